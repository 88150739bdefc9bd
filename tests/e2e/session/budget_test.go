package session

import (
	"os"
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

func writes(t *testing.T) int {
	t.Helper()
	count, err := operator.SettledWrites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// A quick cold start is claim, status INIT, pod, status READY. A stage that lasts 2 seconds may be
// told; on a busy machine that happens.
func TestColdStart_WritesFourTimesAndThenKeepsQuiet(t *testing.T) {
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	waitAccepted(space, "notes", "True")
	before := writes(t)
	session := space.CreateSession("quick", withNotes)
	session.WaitPath(awake, "INIT", "READY")
	spent := writes(t) - before

	const claimAndPod = 2
	told, tooSoon := session.StagesTooSoon()
	for _, fault := range tooSoon {
		t.Error(fault)
	}
	if spent != claimAndPod+told {
		t.Errorf("the operator wrote %d times; claim, pod and %d revisions of the status are %d",
			spent, told, claimAndPod+told)
	}
	checkAudit(t, space, spent)
	keepsQuiet(t, space)
}

// checkAudit: where the API server keeps an audit log, it tells the same as the operator's metrics.
func checkAudit(t *testing.T, space *support.Space, spent int) {
	t.Helper()
	path := os.Getenv("SOJOURN_E2E_AUDIT")
	if path == "" {
		return
	}
	audited, err := support.AuditedWrites(path, space.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	const revisionAndAcceptance = 2
	if len(audited) != spent+revisionAndAcceptance {
		t.Errorf("the operator counts %d writes for a Session and %d for its template, the audit log "+
			"has %+v", spent, revisionAndAcceptance, audited)
	}
}

// keepsQuiet holds that the operator writes nothing while nothing changes, whatever the states are.
func keepsQuiet(t *testing.T, space *support.Space) {
	t.Helper()
	sleeper := space.CreateSession("sleeper", `
templateRef: {name: notes}
desiredState: Stopped
`)
	orphan := space.CreateSession("orphan", "templateRef: {name: no-such-template}")
	waitEvent(space, "TemplateNotFound")
	sleeper.WaitFor(noticed, "suspended", func(s support.Session) bool { return s.Is("Suspended") })
	orphan.WaitReason(noticed, "INIT", "TemplateNotFound")
	before, revisions := writes(t), len(space.History.All())
	const quiet = 20 * time.Second
	time.Sleep(quiet)
	if more := writes(t) - before; more != 0 {
		t.Errorf("the operator wrote %d times in %v of quiet", more, quiet)
	}
	if more := len(space.History.All()) - revisions; more != 0 {
		t.Errorf("%d revisions came in %v of quiet", more, quiet)
	}
}
