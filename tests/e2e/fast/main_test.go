// Package fast holds the end-to-end tests with many Sessions at once, on a cluster whose pods are
// Ready and whose claims are bound the moment they are made, so that only the operator is measured.
package fast

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

var (
	cluster  *support.Cluster
	logs     string // folder of the operator's log
	operator *support.Operator
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
	if cluster, err = support.Connect("SOJOURN_E2E_FAST_KUBECONFIG"); err != nil {
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
	operator, err = support.StartOperator(context.Background(), cluster, logs, "--leader-elect=false")
	if err != nil {
		return 0, err
	}
	code = m.Run()
	_, err = operator.Terminate(10 * time.Second)
	if code == 0 && err == nil {
		return 0, os.RemoveAll(logs)
	}
	fmt.Fprintln(os.Stderr, "the operator's log is in", logs)
	return code, err
}
