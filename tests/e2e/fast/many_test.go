package fast

import (
	"fmt"
	"os"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sojourn.dev/e2e/support"
)

const (
	many = 200
	// All of them are through a step within this time, on two processors that the API server, etcd
	// and this test use, too.
	stepTime = 120 * time.Second
)

const template = `
agents: [{name: idler}]
`

const session = `
templateRef: {name: idler}
storage: {size: 1Gi}
`

func TestTwoHundredSessionsAtOnce_TakeFourWritesEachAndLeaveNothingBehind(t *testing.T) {
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("idler", template)
	space.Until(stepTime, "the acceptance of the template", func() bool {
		object, live := space.History.Live(support.Templates, "idler")
		read, err := support.As[support.Session](object)
		return live && err == nil && read.Is("Accepted")
	})

	spent := step(t, space, "READY", func() {
		for index := range many {
			space.CreateSession(name(index), session)
		}
	})
	statusWrites := checkStages(t, space)
	const claimAndPod = 2
	if spent != claimAndPod*many+statusWrites {
		t.Errorf("%d cold starts took %d writes; claims, pods and %d revisions of the status are %d",
			many, spent, statusWrites, claimAndPod*many+statusWrites)
	}
	checkAudit(t, space, statusWrites)

	spent = step(t, space, "IDLE", func() { wantAll(space, "Stopped") })
	const statusPod = 2
	if spent != statusPod*many {
		t.Errorf("%d stops took %d writes, want %d each", many, spent, statusPod)
	}
	waitPods(t, space, 0)

	revisions := len(space.History.Of(support.Sessions, ""))
	spent = step(t, space, "READY", func() { wantAll(space, "Running") })
	// Each was told to run, which is one more revision; then Waking, stages that last, and READY.
	statusWrites = len(space.History.Of(support.Sessions, "")) - revisions - many
	if spent != many+statusWrites || statusWrites < 2*many {
		t.Errorf("%d wakes took %d writes; pods and %d revisions of the status are %d", many, spent,
			statusWrites, many+statusWrites)
	}

	const done = `code="2`
	before := writes(t, done)
	for index := range many {
		handle(space, index).Delete()
	}
	waitPods(t, space, 0)
	space.Until(stepTime, "the marks on the claims that are kept", func() bool {
		kept := 0
		for _, claim := range space.History.Existing(support.Claims) {
			if claim.GetLabels()["sojourn.dev/retained"] == "true" {
				kept++
			}
		}
		return kept == many
	})
	// A pod may be seen to go before its Session: what is then written about that finds no Session.
	if spent := writes(t, done) - before; spent != many {
		t.Errorf("the deletions took %d writes of the operator, want one for each claim", spent)
	}
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("healthy lives made %d Events, the first %s", len(events), events[0])
	}
}

func name(index int) string { return fmt.Sprintf("session-%03d", index) }

// step does something to all Sessions, waits until all are in the state, and returns how many
// writes that took the operator. The last of them is the one that was waited for, but for the
// deletion of pods, which follows it.
func step(t *testing.T, space *support.Space, state string, do func()) int {
	t.Helper()
	before, began := writes(t), time.Now()
	do()
	space.Until(stepTime, "all to be "+state, func() bool {
		for index := range many {
			object, live := space.History.Live(support.Sessions, name(index))
			if !live {
				return false
			}
			now, _, _ := unstructured.NestedString(object.Object, "status", "state")
			if now != state {
				return false
			}
		}
		return true
	})
	t.Logf("%d Sessions %s after %.1f s", many, state, time.Since(began).Seconds())
	if state == "IDLE" {
		waitPods(t, space, 0)
	}
	return writes(t) - before
}

func waitPods(t *testing.T, space *support.Space, count int) {
	t.Helper()
	space.Until(stepTime, fmt.Sprintf("%d pods", count), func() bool {
		return space.History.Count(support.Pods) == count
	})
}

func handle(space *support.Space, index int) *support.SessionHandle {
	space.T.Helper()
	object, live := space.History.Live(support.Sessions, name(index))
	if !live {
		space.T.Fatalf("Session %s is gone", name(index))
	}
	return space.SessionOf(object)
}

func wantAll(space *support.Space, desiredState string) {
	space.T.Helper()
	for index := range many {
		handle(space, index).Want(desiredState)
	}
}

func writes(t *testing.T, labels ...string) int {
	t.Helper()
	count, err := operator.SettledWrites(t.Context(), labels...)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// checkStages: a cold start is claim, status INIT, pod, status READY. A stage may be told only once
// it has lasted 2 seconds, as it does where 200 start on a busy machine. It returns how often the
// statuses were written.
func checkStages(t *testing.T, space *support.Space) (statusWrites int) {
	t.Helper()
	quick := 0
	for index := range many {
		writes, tooSoon := handle(space, index).StagesTooSoon()
		for _, fault := range tooSoon {
			t.Error(fault)
		}
		statusWrites += writes
		const initReady = 2
		if writes == initReady {
			quick++
		}
	}
	t.Logf("%d of %d cold starts took exactly 4 writes", quick, many)
	return statusWrites
}

// checkAudit: where the API server keeps an audit log, it tells the same of every single Session.
func checkAudit(t *testing.T, space *support.Space, statusWrites int) {
	t.Helper()
	path := os.Getenv("SOJOURN_E2E_FAST_AUDIT")
	if path == "" {
		return
	}
	audited, err := support.AuditedWrites(path, space.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, write := range audited {
		if write.Code >= 300 {
			t.Errorf("the API server answered %d to %s %s/%s", write.Code, write.Verb,
				write.Resource, write.Name)
		}
		count[write.Verb+" "+write.Resource+" "+write.Subresource]++
	}
	want := map[string]int{"create persistentvolumeclaims ": many, "create pods ": many,
		"patch sessions status": statusWrites, "create controllerrevisions ": 1,
		"patch sessiontemplates status": 1}
	for kind, number := range want {
		if count[kind] != number {
			t.Errorf("the audit log tells of %d times %q, want %d", count[kind], kind, number)
		}
		delete(count, kind)
	}
	if len(count) != 0 {
		t.Errorf("the audit log tells of further writes: %v", count)
	}
}
