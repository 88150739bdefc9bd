package session

import (
	"slices"
	"strings"
	"testing"

	"sojourn.dev/e2e/support"
)

func TestKilledPod_IsReplacedAfterABackoffOnTheSameVolume(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("hurt", withNotes)
	before := session.WaitPath(awake, "INIT", "READY")
	written := session.Exec("writer", "cat", readNotes)

	session.DeletePod()
	after := session.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "READY")
	failed, err := support.As[support.Session](firstInState(t, space, "hurt", "ERROR").Object)
	if err != nil {
		t.Fatal(err)
	}
	if failed.Status.Reason != "PodLost" || failed.Status.NextAttemptTime == nil ||
		failed.Status.Attempts != 1 || failed.Status.Pod != nil || failed.Is("Ready") ||
		!failed.Is("Reconciling") || failed.Is("Stalled") {
		t.Errorf("after the loss the status is %+v", failed.Status)
	}
	if *after.Status.Volume != *before.Status.Volume {
		t.Errorf("the volume was %+v and is %+v", before.Status.Volume, after.Status.Volume)
	}
	if now := session.Exec("writer", "cat", readNotes); !strings.HasPrefix(now, written) {
		t.Errorf("the file held %q and holds %q", written, now)
	}
	waitEvent(space, "PodLost")
}

// waitEvent waits for an Event about a Session with that reason.
func waitEvent(space *support.Space, reason string) {
	space.T.Helper()
	space.Until(noticed, "an Event "+reason, func() bool {
		return slices.ContainsFunc(space.SessionEvents(),
			func(event string) bool { return strings.HasPrefix(event, reason+": ") })
	})
}

func TestContainerThatRestartsInPlace_IsAnErrorUntilItIsReadyAgain(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("restarted", withNotes)
	before := session.WaitPath(awake, "INIT", "READY")
	// A moment later, so that the command itself can end well.
	session.Exec("writer", "sh", "-c", "(sleep 1; kill 1) >/dev/null 2>&1 &")
	after := session.WaitPath(awake, "INIT", "READY", "ERROR", "READY")
	if after.Status.Pod.UID != before.Status.Pod.UID ||
		after.Status.Pod.Incarnation == before.Status.Pod.Incarnation || after.Status.Attempts != 1 {
		t.Errorf("the status was %+v and is %+v", before.Status, after.Status)
	}
	waitEvent(space, "AgentRestarted")
}

func TestAgentThatNeverStaysUp_IsGivenUpUntilItIsStoppedAndRunAgain(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", `
agents:
  - name: idler
    command: [sh, -c, "exit 7"]
`)
	session := space.CreateSession("crasher", `
templateRef: {name: idler}
startTimeoutSeconds: 6
retryPolicy: {limit: 1, initialSeconds: 1, maxSeconds: 1}
`)
	given := session.WaitFor(awake, "given up", func(s support.Session) bool {
		return s.Condition("Stalled").Reason == "RetriesExhausted"
	})
	if given.Status.State != "ERROR" || given.Status.Attempts != 2 || given.Is("Ready") ||
		given.Status.NextAttemptTime != nil {
		t.Errorf("given up, the status is %+v", given.Status)
	}
	waitEvent(space, "RetriesExhausted")
	session.WaitGone(asleep, support.Pods)

	session.Want("Stopped")
	session.WaitFor(noticed, "the count cleared", func(s support.Session) bool {
		return s.Is("Suspended") && s.Status.Attempts == 0 && !s.Is("Stalled")
	})
	space.ReplaceTemplate("idler", idler)
	session.Patch(`{"spec":{"desiredState":"Running","startTimeoutSeconds":300}}`)
	session.WaitFor(awake, "READY", func(s support.Session) bool {
		return s.Status.State == "READY" && s.Is("Ready")
	})
}

func TestWakeThatTakesTooLong_IsAnErrorUntilTheTemplateIsMended(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	session := space.CreateSession("sleeper", "templateRef: {name: idler}")
	session.WaitPath(awake, "INIT", "READY")
	session.Want("Stopped")
	session.WaitPath(noticed, "INIT", "READY", "IDLE")
	session.WaitGone(asleep, support.Pods)
	space.ReplaceTemplate("idler", imageless)
	session.Patch(`{"spec":{"desiredState":"Running","startTimeoutSeconds":6}}`)
	late := session.WaitPath(noticed, "INIT", "READY", "IDLE", "ERROR")
	if late.Status.Reason != "WakeTimeout" || late.Condition("Stalled").Reason != "ImagePull" ||
		late.Status.Attempts != 0 {
		t.Errorf("the status is %+v", late.Status)
	}
	session.Patch(`{"spec":{"startTimeoutSeconds":300}}`)
	space.ReplaceTemplate("idler", idler)
	session.WaitPath(awake, "INIT", "READY", "IDLE", "ERROR", "INIT", "READY")
}
