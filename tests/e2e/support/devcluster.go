package support

import (
	"os"
	"os/exec"
	"testing"
)

// What ./dev/test says of the local cluster, so that a test can stop its programs.
const (
	devclusterVariable = "SOJOURN_DEVCLUSTER"  // path of devcluster
	clusterVariable    = "SOJOURN_E2E_CLUSTER" // name of the cluster
)

// Devcluster stops or starts a program of the local cluster, such as kube-apiserver.
func Devcluster(t *testing.T, command, program string) {
	t.Helper()
	path, name := os.Getenv(devclusterVariable), os.Getenv(clusterVariable)
	if path == "" || name == "" {
		t.Fatalf("%s and %s are not set; run ./dev/test", devclusterVariable, clusterVariable)
	}
	if output, err := exec.Command(path, command, "--name", name, program).CombinedOutput(); err != nil {
		t.Fatalf("devcluster %s %s: %v\n%s", command, program, err, output)
	}
}
