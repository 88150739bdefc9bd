// Package session holds the end-to-end tests of the operator on a real node: real containers, real
// volumes, real time.
//
// Tests that end the operator, or count what it does, have it for themselves: they are not
// parallel, and Go runs those before it goes on with the parallel ones, which share one operator.
package session

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

// How long a test waits at most. The machine may be busy with eight tests at once: a limit that is
// reached means that something does not happen, not that it is slow.
const (
	noticed = 30 * time.Second  // the operator sees something and writes about it
	asleep  = 60 * time.Second  // a pod ends
	awake   = 150 * time.Second // a volume is made, a pod starts
)

var (
	cluster  *support.Cluster
	logs     string // folder of the operators' logs
	operator *support.Operator
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	// The tests mostly wait for the cluster, so more of them run at once than there are processors.
	if err := flag.Set("test.parallel", "8"); err != nil {
		return 0, err
	}
	if cluster, err = support.Connect("SOJOURN_E2E_KUBECONFIG"); err != nil {
		return 0, err
	}
	if err = cluster.ApplyDefinitions(context.Background(), "../../../crds"); err != nil {
		return 0, err
	}
	if logs, err = os.MkdirTemp("", "sojourn-e2e-"); err != nil {
		return 0, err
	}
	if err = cluster.GrantOperator(context.Background(), logs); err != nil {
		return 0, err
	}
	if operator, err = startOperator(); err != nil {
		return 0, err
	}
	code = m.Run()
	_, err = operator.Terminate(10 * time.Second)
	if code == 0 && err == nil {
		return 0, os.RemoveAll(logs)
	}
	fmt.Fprintln(os.Stderr, "the operators' logs are in", logs)
	return code, err
}

// startOperator starts an operator for all namespaces that works at once.
func startOperator() (*support.Operator, error) {
	return support.StartOperator(context.Background(), cluster, logs, "--leader-elect=false",
		"--revision-retention-seconds=5")
}

// crash ends the operator as kill -9 does and starts it again.
func crash(t *testing.T) {
	t.Helper()
	operator.Kill()
	restart(t)
}

func restart(t *testing.T) {
	t.Helper()
	var err error
	if operator, err = startOperator(); err != nil {
		t.Fatal(err)
	}
}

func newSpace(t *testing.T) *support.Space {
	t.Helper()
	return support.NewSpace(t, cluster, logs)
}
