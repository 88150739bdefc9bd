package node

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sojourn.dev/e2e/support"
)

// kubectl runs the one of the cluster's own version and returns what it says.
func kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	program := os.Getenv("SOJOURN_HYPERKUBE")
	if program == "" {
		t.Fatal("SOJOURN_HYPERKUBE is not set; run ./dev/test, or set it to the path of hyperkube")
	}
	// Without the test's context, which is over when the test cleans up.
	command := exec.Command(program, append([]string{"kubectl", "--kubeconfig", cluster.Kubeconfig},
		arguments...)...)
	text, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("kubectl %s: %v\n%s", strings.Join(arguments, " "), err, text)
	}
	return string(text)
}

func TestDrainedNode_CostsAnAttemptAndTheSessionGoesOnWithItsVolumeAfterTheUncordon(t *testing.T) {
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("notes", notes)
	// One waits for the node within the time of its start, the other for longer than that.
	early := space.CreateSession("early", withNotes)
	late := space.CreateSession("late", withNotes)
	before := map[string]support.Session{}
	written := map[string]string{}
	for _, session := range []*support.SessionHandle{early, late} {
		before[session.Name] = session.WaitPath(awake, "INIT", "READY")
		written[session.Name] = read(session)
	}
	late.PatchSpec("startTimeoutSeconds", 6)

	node := before["early"].Status.Pod.Node
	t.Cleanup(func() { kubectl(t, "uncordon", node) })
	// As people do it, without --force or --delete-emptydir-data: the pods have a controller and keep
	// nothing on the node. Nothing else of the node shall go.
	t.Log(kubectl(t, "drain", node, "--timeout", "60s", "--pod-selector",
		fmt.Sprintf("sojourn.dev/session-uid in (%s,%s)", early.UID, late.UID)))
	early.WaitReason(noticed, "INIT", "Unschedulable")
	waiting := late.WaitPath(noticed, "INIT", "READY", "ERROR", "INIT", "ERROR")
	if waiting.Status.Reason != "StartTimeout" || waiting.Condition("Stalled").Reason != "Unschedulable" ||
		waiting.Status.Attempts != 1 {
		t.Errorf("past the time of its start, Session late is %+v", waiting.Status)
	}
	held, _ := late.Pod()

	kubectl(t, "uncordon", node)
	after := map[string]support.Session{
		"early": early.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "READY"),
		"late":  late.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "ERROR", "READY"),
	}
	if after["late"].Status.Pod.UID != string(held.UID) {
		t.Errorf("pod %s waited for the node, and the Session has %+v", held.UID, after["late"].Status.Pod)
	}
	for _, session := range []*support.SessionHandle{early, late} {
		checkEvicted(space, session)
		was, is := before[session.Name].Status, after[session.Name].Status
		// The eviction is an attempt; the time without a node is none.
		if is.Attempts != 1 || *is.Volume != *was.Volume || is.Pod.UID == was.Pod.UID {
			t.Errorf("Session %s was %+v and is %+v", session.Name, was, is)
		}
		now := read(session)
		if !strings.HasPrefix(now, written[session.Name]) || strings.Count(now, "\n") != 2 {
			t.Errorf("the file held %q and holds %q", written[session.Name], now)
		}
	}
}

// checkEvicted holds what a Session said when its pod was evicted.
func checkEvicted(space *support.Space, session *support.SessionHandle) {
	space.T.Helper()
	failed := failure(space, session)
	if failed.Reason != "Evicted" || failed.Message == "" || failed.Attempts != 1 ||
		failed.NextAttemptTime == nil || failed.Pod != nil {
		space.T.Errorf("evicted, the status of Session %s is %+v", session.Name, failed)
	}
}
