package session

import (
	"slices"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

const withNotesForDelete = `
templateRef: {name: notes}
storage: {size: 16Mi, retention: {whenDeleted: Delete}}
`

func TestDeletedSession_LeavesItsClaimAndTheNextOfItsNameGetsItsOwn(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	first := space.CreateSession("kept", withNotes)
	first.WaitPath(awake, "INIT", "READY")
	written := first.Exec("writer", "cat", readNotes)
	first.Delete()
	second := space.CreateSession("kept", withNotes)
	first.WaitGone(asleep, support.Pods)
	claim, live := first.Claim()
	if !live || claim.DeletionTimestamp != nil || len(claim.OwnerReferences) != 0 {
		t.Fatalf("the claim was to be retained and is %+v", claim.ObjectMeta)
	}
	if read := readClaim(t, space, first.ChildName()); read != written {
		t.Errorf("the retained volume holds %q, the agent wrote %q", read, written)
	}
	ready := second.WaitPath(awake, "INIT", "READY")
	if ready.Status.Volume.ClaimUID == string(claim.UID) {
		t.Error("the second Session was given the first one's volume")
	}
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("a healthy life made Events: %v", events)
	}
}

func TestDeletedSessionWithWhenDeletedDelete_TakesItsClaimAlong(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("gone", withNotesForDelete)
	ready := session.WaitPath(awake, "INIT", "READY")
	if ready.Status.Volume.OnDelete != "Delete" {
		t.Errorf("status.volume.onDelete is %s", ready.Status.Volume.OnDelete)
	}
	session.Delete()
	session.WaitGone(asleep, support.Pods)
	session.WaitGone(asleep, support.Claims)
}

func TestRetentionChangedWhileRunning_MovesTheOwnerReferenceAndTellsIt(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("wavering", withNotesForDelete)
	session.WaitPath(awake, "INIT", "READY")
	for _, retention := range []string{"Retain", "Delete", "Retain"} {
		session.Patch(`{"spec":{"storage":{"retention":{"whenDeleted":"` + retention + `"}}}}`)
		session.WaitFor(noticed, "onDelete "+retention, func(s support.Session) bool {
			return s.Status.Volume.OnDelete == retention
		})
		claim, _ := session.Claim()
		if owned := len(claim.OwnerReferences) == 1; owned != (retention == "Delete") {
			t.Errorf("under %s the claim has the owners %v", retention, claim.OwnerReferences)
		}
	}
	session.Delete()
	session.WaitGone(asleep, support.Pods)
	if claim, live := session.Claim(); !live || claim.DeletionTimestamp != nil {
		t.Error("the claim was to be retained in the end and is gone")
	}
}

func TestExpiredSession_SleepsForEverAndKeepsOrLosesItsClaim(t *testing.T) {
	for _, retention := range []string{"Retain", "Delete"} {
		t.Run(retention, func(t *testing.T) {
			t.Parallel()
			space := newSpace(t)
			space.CreateTemplate("notes", notes)
			session := space.CreateSession("mortal", `
templateRef: {name: notes}
storage: {size: 16Mi, retention: {whenExpired: `+retention+`}}
ttl: {maxLifetimeSeconds: 3600}
`)
			session.WaitPath(awake, "INIT", "READY")
			expireIn(t, session, 4*time.Second)
			expired := session.WaitPath(noticed, "INIT", "READY", "IDLE")
			told := firstInState(t, space, "mortal", "IDLE").Seen
			if told.Before(expired.Status.ExpiresAt.Time) {
				t.Errorf("expired at %v, before %v", told, expired.Status.ExpiresAt)
			}
			if late := told.Sub(expired.Status.ExpiresAt.Time); late > 10*time.Second {
				t.Errorf("expired %v late", late)
			}
			if expired.Status.Outcome != "Expired" || !expired.Is("Expired") ||
				!expired.Is("Finished") || expired.Status.FinishTime == nil {
				t.Errorf("the status is %+v", expired.Status)
			}
			session.WaitGone(asleep, support.Pods)
			checkSleepWasToldFirst(t, space, session)
			if retention == "Delete" {
				session.WaitGone(asleep, support.Claims)
				session.WaitFor(noticed, "the volume's end on record", func(s support.Session) bool {
					return s.Condition("VolumeReady").Reason == "VolumeDeleted"
				})
			} else if claim, live := session.Claim(); !live || claim.DeletionTimestamp != nil {
				t.Error("the claim was to be retained and is gone")
			}
			checkStaysExpired(t, space, session)
		})
	}
}

// expireIn shortens the lifetime so that it ends that long from now.
func expireIn(t *testing.T, session *support.SessionHandle, rest time.Duration) {
	t.Helper()
	age := time.Since(session.Now().CreationTimestamp.Time)
	seconds := int((age + rest).Seconds()) + 1
	session.PatchSpec("ttl", map[string]any{"maxLifetimeSeconds": seconds})
}

// checkStaysExpired: running an expired Session makes no pod.
func checkStaysExpired(t *testing.T, space *support.Space, session *support.SessionHandle) {
	t.Helper()
	pods := len(space.History.Of(support.Pods, ""))
	session.Want("Stopped")
	session.Want("Running")
	session.WaitFor(noticed, "both wishes seen", func(s support.Session) bool {
		return s.Status.ObservedGeneration == s.Generation
	})
	if more := len(space.History.Of(support.Pods, "")) - pods; more != 0 {
		t.Error("an expired Session was given a pod")
	}
	if path := session.Path(); !slices.Equal(path, []string{"INIT", "READY", "IDLE"}) {
		t.Errorf("an expired Session went %v", path)
	}
}
