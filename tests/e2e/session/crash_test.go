package session

import (
	"strings"
	"testing"

	"sojourn.dev/e2e/support"
)

// The operator is killed in every position of one Session's life that can be seen from outside. It
// may have come further by the time the kill takes effect; that is as good a position.
func TestOperatorKilledAtEveryStep_LosesAndDoublesNothing(t *testing.T) {
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("cut", withNotes)
	crash(t)
	claim := session.WaitClaim(noticed)
	crash(t)
	session.WaitFor(noticed, "INIT", func(s support.Session) bool { return s.Status.State == "INIT" })
	crash(t)
	session.WaitPod(noticed)
	crash(t)
	session.WaitPath(awake, "INIT", "READY")
	first := session.Exec("writer", "cat", readNotes)

	session.Want("Stopped")
	session.WaitPath(noticed, "INIT", "READY", "IDLE")
	crash(t)
	session.WaitGone(asleep, support.Pods)

	session.Want("Running")
	session.WaitFor(noticed, "Waking", func(s support.Session) bool { return s.Is("Waking") })
	crash(t)
	session.WaitPod(noticed)
	crash(t)
	ready := session.WaitPath(awake, "INIT", "READY", "IDLE", "READY")

	if ready.Status.Volume.ClaimUID != string(claim.UID) {
		t.Errorf("the claim was %s and is %s", claim.UID, ready.Status.Volume.ClaimUID)
	}
	if then := session.Exec("writer", "cat", readNotes); !strings.HasPrefix(then, first) ||
		strings.Count(then, "\n") != 2 {
		t.Errorf("the volume held %q and holds %q", first, then)
	}
	if len(space.SessionEvents()) != 0 {
		t.Errorf("a healthy life made Events: %v", space.SessionEvents())
	}
}

func TestWhatHappenedWhileTheOperatorWasDown_IsMadeGoodWhenItIsBack(t *testing.T) {
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	killed := space.CreateSession("killed", withNotes)
	stopped := space.CreateSession("stopped", withNotes)
	deleted := space.CreateSession("deleted", withNotes)
	for _, session := range []*support.SessionHandle{killed, stopped, deleted} {
		session.WaitPath(awake, "INIT", "READY")
	}

	operator.Kill()
	killed.DeletePod()
	killed.WaitGone(asleep, support.Pods)
	stopped.Want("Stopped")
	deleted.Delete()
	late := space.CreateSession("late", withNotes)
	restart(t)

	killed.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "READY")
	stopped.WaitPath(noticed, "INIT", "READY", "IDLE")
	stopped.WaitGone(asleep, support.Pods)
	deleted.WaitGone(asleep, support.Pods)
	late.WaitPath(awake, "INIT", "READY")
	if claim, live := deleted.Claim(); !live || claim.DeletionTimestamp != nil {
		t.Error("the claim of the deleted Session was to be retained and is gone")
	}
}
