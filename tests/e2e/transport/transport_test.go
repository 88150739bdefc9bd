// Package transport runs one whole life of a Session by each transport that is not the default.
package transport

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

// A limit that is reached means that something does not happen, not that it is slow.
const atMost = 150 * time.Second

var (
	cluster *support.Cluster
	logs    string // folder of the operators' logs
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
	if code = m.Run(); code == 0 {
		return 0, os.RemoveAll(logs)
	}
	fmt.Fprintln(os.Stderr, "the operator's log is in", logs)
	return code, nil
}

func TestCpprest_CarriesALifeAndEndsInTime(t *testing.T) {
	operator, err := support.StartOperator(t.Context(), cluster, logs, "--leader-elect=false",
		"--transport", "cpprest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(operator.Kill)
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("idler", "agents: [{name: idler}]")
	session := space.CreateSession("life", "{templateRef: {name: idler}, storage: {size: 1Gi}}")
	session.WaitPath(atMost, "INIT", "READY")
	session.Want("Stopped")
	session.WaitPath(atMost, "INIT", "READY", "IDLE")
	session.WaitGone(atMost, support.Pods)
	session.Want("Running")
	session.WaitPath(atMost, "INIT", "READY", "IDLE", "READY")
	session.Delete()
	session.WaitGone(atMost, support.Pods)
	if took, err := operator.Terminate(5 * time.Second); err != nil {
		t.Errorf("the operator ended after %v: %v\n%s", took, err, operator.Log())
	}
}
