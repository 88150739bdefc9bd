package session

import (
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

func TestCancelledSession_EndsForGoodAndKeepsItsClaim(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("unwanted", "templateRef: {name: notes}\nstorage: {size: 16Mi}")
	session.WaitPath(awake, "INIT", "READY")
	session.Want("Cancelled")
	ended := session.WaitFor(noticed, "Cancelled",
		func(s support.Session) bool { return s.Status.Outcome == "Cancelled" })
	if ended.Status.State != "IDLE" || !ended.Is("Finished") || !ended.Is("Ready") ||
		ended.Is("Suspended") || ended.Status.FinishTime == nil {
		t.Errorf("the status is %+v", ended.Status)
	}
	session.WaitGone(asleep, support.Pods)
	checkSleepWasToldFirst(t, space, session)
	if claim, live := session.Claim(); !live || claim.DeletionTimestamp != nil {
		t.Error("the claim was to be retained and is gone")
	}
}

func TestFinishedTask_RunsAgainInANewPodWhenItsTokenChanges(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("task", taskThat("0"))
	session := space.CreateSession("twice", "templateRef: {name: task}\nmode: Task")
	completed := func(s support.Session) bool { return s.Status.Outcome == "Completed" }
	session.WaitFor(awake, "Completed", completed)
	first, _ := session.Pod()
	session.Patch(`{"spec":{"runToken":"2"}}`)
	again := session.WaitFor(awake, "Completed once more", func(s support.Session) bool {
		return completed(s) && s.Status.LastHandledRunToken == "2"
	})
	second, live := session.Pod()
	if !live || second.UID == first.UID {
		t.Error("the second run was to have a pod of its own")
	}
	way := ""
	for _, transition := range again.Status.Transitions {
		way += transition.To + " "
	}
	if way != "INIT READY IDLE READY IDLE " {
		t.Errorf("status.transitions tell of %s", way)
	}
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("a healthy life made Events: %v", events)
	}
}

func TestTimesOfASession_EndItWhenTheyAreUsedUp(t *testing.T) {
	rows := []struct{ what, spec, asks, outcome, event string }{
		{"awake too long", `{"limits":{"activeDeadlineSeconds":4}}`, "Running", "Timeout", "Timeout"},
		{"asleep too long", `{"ttl":{"afterIdleSeconds":4}}`, "Stopped", "Expired", "Expired"},
	}
	for _, row := range rows {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			space := newSpace(t)
			space.CreateTemplate("idler", idler)
			session := space.CreateSession("limited", "templateRef: {name: idler}")
			session.WaitPath(awake, "INIT", "READY")
			session.Patch(`{"spec":` + row.spec + `}`)
			session.Want(row.asks)
			ended := session.WaitFor(asleep, row.outcome,
				func(s support.Session) bool { return s.Status.Outcome == row.outcome })
			if ended.Status.State != "IDLE" || !ended.Is("Finished") || !ended.Is("Ready") {
				t.Errorf("the status is %+v", ended.Status)
			}
			session.WaitGone(asleep, support.Pods)
			waitEvent(space, row.event)
		})
	}
}

func TestFinishedSession_IsDeletedAfterItsTimeAndItsVolumeStays(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("task", taskThat("0"))
	session := space.CreateSession("brief", `
templateRef: {name: task}
mode: Task
storage: {size: 16Mi}
ttl: {deleteAfterFinishedSeconds: 3}
`)
	done := session.WaitFor(awake, "Completed",
		func(s support.Session) bool { return s.Status.Outcome == "Completed" })
	space.Until(noticed, "the end of the Session", func() bool {
		_, live := space.History.Live(support.Sessions, "brief")
		return !live
	})
	if lived := time.Since(done.Status.FinishTime.Time); lived < 3*time.Second {
		t.Errorf("the Session was deleted %v after its end", lived)
	}
	session.WaitGone(asleep, support.Pods)
	waitKept(t, space, session.ChildName())
}
