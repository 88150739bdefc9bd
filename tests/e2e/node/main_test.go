// Package node holds the end-to-end tests of what becomes of Sessions when their node is drained or
// stops answering. They have the node for themselves and run one after the other: a cordon, or a
// kubelet that is stopped, would hold up every other test.
package node

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
	awake   = 150 * time.Second // a volume is made, a pod starts
)

// notes has one agent. At every start it adds a line that nobody can guess to a file on its volume.
const notes = `
agents:
  - name: writer
    command:
      - sh
      - -c
      - |
        trap 'exit 0' TERM
        echo "$SESSION_NAME $(cat /proc/sys/kernel/random/uuid)" >> "$SESSION_WORKSPACE/notes"
        while :; do sleep 1 & wait $!; done
podTemplate:
  spec:
    terminationGracePeriodSeconds: 2
`

const withNotes = `
templateRef: {name: notes}
storage: {size: 16Mi}
retryPolicy: {initialSeconds: 1, maxSeconds: 2}
`

var (
	cluster *support.Cluster
	logs    string // folder of the operator's log
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
	operator, err := support.StartOperator(context.Background(), cluster, logs, "--leader-elect=false")
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

// read returns what the agent of a Session has written to its volume.
func read(session *support.SessionHandle) string {
	return session.Exec("writer", "cat", "/workspace/notes")
}

// failure returns what a Session said when it fell into ERROR first.
func failure(space *support.Space, session *support.SessionHandle) support.SessionStatus {
	space.T.Helper()
	for _, revision := range session.Revisions() {
		if revision.Status.State == "ERROR" {
			return revision.Status
		}
	}
	space.T.Fatalf("Session %s was never ERROR", session.Name)
	return support.SessionStatus{}
}
