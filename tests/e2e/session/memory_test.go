package session

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"sojourn.dev/e2e/support"
)

// hungry notes each of its starts on its volume, as notes does. Told by a signal, its first process
// takes more memory than its container may have. Where there was a start before, it ends well as a
// task.
const hungry = `
agents:
  - name: writer
    command:
      - sh
      - -c
      - |
        trap 'exit 0' TERM
        trap 'x=more; while :; do x=$x$x; done' USR1
        echo "$SESSION_NAME $(cat /proc/sys/kernel/random/uuid)" >> "$SESSION_WORKSPACE/notes"
        [ "$SESSION_MODE" = Task ] && [ "$(wc -l < "$SESSION_WORKSPACE/notes")" = 2 ] && exit 0
        while :; do sleep 1 & wait $!; done
resources: {memory: 32Mi}
podTemplate: {spec: {terminationGracePeriodSeconds: 2}}
`

// starve makes the agent take too much memory, a moment later, so that the command that tells it to
// can end well.
func starve(session *support.SessionHandle) {
	session.Exec("writer", "sh", "-c", "(sleep 1; kill -USR1 1) >/dev/null 2>&1 &")
}

// checkOutOfMemory holds what a Session says once its agent was killed for its memory.
func checkOutOfMemory(t *testing.T, failed support.Session) {
	t.Helper()
	if failed.Status.Reason != "OOMKilled" || failed.Status.Attempts != 1 || failed.Is("Ready") ||
		!failed.Is("Reconciling") || failed.Is("Stalled") ||
		!strings.Contains(failed.Status.Message, "writer") {
		t.Errorf("out of memory, the status is %+v", failed.Status)
	}
}

func TestAgentOutOfMemory_IsRestartedInItsPodAndTheSessionSaysWhy(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", hungry)
	session := space.CreateSession("hungry", withNotes)
	before := session.WaitPath(awake, "INIT", "READY")
	written := session.Exec("writer", "cat", readNotes)

	starve(session)
	after := session.WaitPath(awake, "INIT", "READY", "ERROR", "READY")
	failed, err := support.As[support.Session](firstInState(t, space, "hungry", "ERROR").Object)
	if err != nil {
		t.Fatal(err)
	}
	checkOutOfMemory(t, failed)
	if after.Status.Pod.UID != before.Status.Pod.UID || after.Status.Attempts != 1 ||
		after.Status.Pod.Incarnation == before.Status.Pod.Incarnation {
		t.Errorf("the status was %+v and is %+v", before.Status, after.Status)
	}
	if now := session.Exec("writer", "cat", readNotes); !strings.HasPrefix(now, written) ||
		strings.Count(now, "\n") != 2 {
		t.Errorf("the file held %q and holds %q", written, now)
	}
	waitEvent(space, "OOMKilled")
}

func TestTaskOutOfMemory_IsTriedAgainInANewPodOnTheSameVolume(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", hungry)
	session := space.CreateSession("starved", withNotes+"mode: Task\n")
	before := session.WaitPath(awake, "INIT", "READY")
	starve(session)
	after := session.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "READY", "IDLE")
	failed, err := support.As[support.Session](firstInState(t, space, "starved", "ERROR").Object)
	if err != nil {
		t.Fatal(err)
	}
	checkOutOfMemory(t, failed)
	if failed.Status.NextAttemptTime == nil || failed.Status.Pod != nil {
		t.Errorf("before it is tried again, the status is %+v", failed.Status)
	}
	if after.Status.Outcome != "Completed" || *after.Status.Volume != *before.Status.Volume {
		t.Errorf("the status was %+v and is %+v", before.Status, after.Status)
	}
	if pod, live := session.Pod(); !live || pod.Status.Phase != corev1.PodSucceeded ||
		string(pod.UID) == before.Status.Pod.UID {
		t.Errorf("the second attempt was to have a pod of its own, and that is %s, %s", pod.UID, pod.Status.Phase)
	}
	waitEvent(space, "OOMKilled")
}
