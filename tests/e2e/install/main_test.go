// Package install holds the end-to-end tests of the operator as a platform team runs it: as pods of a
// real node, from its image, installed by its chart. They share one release and change it, so they
// run one after the other, and each leaves the chart of this tree installed.
package install

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

// How long a test waits at most, on a machine that may be busy.
const (
	noticed = 30 * time.Second  // the operator sees something and writes about it
	asleep  = 60 * time.Second  // a pod ends
	awake   = 150 * time.Second // a volume is made, a pod starts
)

// idler is a template that does nothing for as long as it is let.
const idler = `
agents:
  - name: idler
    command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
resources: {cpu: 100m, memory: 32Mi}
podTemplate: {spec: {terminationGracePeriodSeconds: 2}}
`

var (
	cluster *support.Cluster
	logs    string // folder for what operators said
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	for _, variable := range []string{helmVariable, imageVariable, productsVariable} {
		if os.Getenv(variable) == "" {
			return 0, fmt.Errorf("%s is not set; run ./dev/test", variable)
		}
	}
	if cluster, err = support.Connect("SOJOURN_E2E_KUBECONFIG"); err != nil {
		return 0, err
	}
	if logs, err = os.MkdirTemp("", "sojourn-e2e-"); err != nil {
		return 0, err
	}
	ctx := context.Background()
	if _, err := installRelease(ctx, chart); err != nil {
		return 0, err
	}
	code = m.Run()
	// Another package's operator must not meet this one.
	_, err = runHelm(ctx, "uninstall", release, "--wait", "--timeout", "1m")
	if code == 0 && err == nil {
		return 0, os.RemoveAll(logs)
	}
	return code, err
}

func newSpace(t *testing.T) *support.Space {
	t.Helper()
	keepLogs(t)
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("idler", idler)
	return space
}

// startSession makes a Session of the template idler and waits until it is READY.
func startSession(space *support.Space, name string) *support.SessionHandle {
	space.T.Helper()
	session := space.CreateSession(name, "templateRef: {name: idler}")
	session.WaitPath(awake, "INIT", "READY")
	return session
}
