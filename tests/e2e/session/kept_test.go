package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

// waitKept waits until the claim says that its Session has left it.
func waitKept(t *testing.T, space *support.Space, claim string) map[string]string {
	t.Helper()
	var notes map[string]string
	space.Until(noticed, "the mark on claim "+claim, func() bool {
		object, live := space.History.Live(support.Claims, claim)
		if !live || object.GetLabels()["sojourn.dev/retained"] != "true" {
			return false
		}
		notes = object.GetAnnotations()
		return true
	})
	return notes
}

func TestVolumeThatASessionLeft_IsGoneOnWithByAnotherThatFindsItsFiles(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	first := space.CreateSession("first", withNotes)
	first.WaitPath(awake, "INIT", "READY")
	written := first.Exec("writer", "cat", readNotes)
	claim := first.ChildName()

	next := space.CreateSession("next", "templateRef: {name: notes}\nstorage: {existingClaim: {name: "+claim+"}}\n")
	next.WaitReason(noticed, "INIT", "VolumeInUse")
	first.Delete()
	marked := waitLabel(t, space, claim, "first-session", "first")
	if marked["sojourn.dev/session"] != "next" {
		t.Errorf("the claim says it is held by %q", marked["sojourn.dev/session"])
	}
	ready := next.WaitPath(awake, "INIT", "READY")
	if ready.Status.Volume.ClaimName != claim {
		t.Errorf("the volume is %s, and %s was asked for", ready.Status.Volume.ClaimName, claim)
	}
	if read := next.Exec("writer", "cat", readNotes); !strings.HasPrefix(read, written) {
		t.Errorf("the volume holds %q, the first session wrote %q", read, written)
	}
	if events := space.SessionEvents(); !slices.ContainsFunc(events, func(event string) bool {
		return strings.Contains(event, "Reattached")
	}) {
		t.Errorf("of %v none is Reattached", events)
	}
}

func waitLabel(t *testing.T, space *support.Space, claim, label, value string) map[string]string {
	t.Helper()
	var labels map[string]string
	space.Until(asleep+noticed, "claim "+claim+" with "+label+" "+value, func() bool {
		object, live := space.History.Live(support.Claims, claim)
		if !live || object.GetLabels()["sojourn.dev/"+label] != value {
			return false
		}
		labels = object.GetLabels()
		return true
	})
	return labels
}

func TestVolumeOfAnExpiredSession_SaysUntilWhenItIsKeptAndGoesThen(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("mortal", `
templateRef: {name: notes}
storage: {size: 16Mi, retention: {retainFor: 5}}
ttl: {maxLifetimeSeconds: 3600}
`)
	session.WaitPath(awake, "INIT", "READY")
	expireIn(t, session, 2*time.Second)
	session.WaitGone(asleep, support.Pods)
	marks := waitKept(t, space, session.ChildName())
	until, err := time.Parse(time.RFC3339, marks["sojourn.dev/retain-until"])
	if err != nil {
		t.Fatal(err)
	}
	if told := session.Now().Status.Volume.RetainUntil; told == nil || !told.Time.Equal(until) {
		t.Errorf("the Session says %v and the claim %v", told, until)
	}
	session.WaitGone(asleep, support.Claims)
	if time.Now().Before(until) {
		t.Errorf("the claim is gone before %v", until)
	}
	session.WaitFor(noticed, "the volume's end on record", func(s support.Session) bool {
		return s.Condition("VolumeReady").Reason == "VolumeDeleted" && s.Status.Volume == nil
	})
}
