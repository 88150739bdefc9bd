package fast

import (
	"fmt"
	"os"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sojourn.dev/e2e/support"
)

const (
	many = 200
	// All of them are through a step within this time, on two processors that the API server, etcd
	// and this test use, too.
	stepTime = 60 * time.Second
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
	const claimStatusPodStatus = 4
	if spent != claimStatusPodStatus*many {
		t.Errorf("%d cold starts took %d writes, want %d each", many, spent, claimStatusPodStatus)
	}
	checkRevisions(t, space)
	checkAudit(t, space)

	spent = step(t, space, "IDLE", func() { wantAll(space, "Stopped") })
	const statusPod = 2
	if spent != statusPod*many {
		t.Errorf("%d stops took %d writes, want %d each", many, spent, statusPod)
	}
	waitPods(t, space, 0)

	spent = step(t, space, "READY", func() { wantAll(space, "Running") })
	const statusPodStatus = 3
	if spent != statusPodStatus*many {
		t.Errorf("%d wakes took %d writes, want %d each", many, spent, statusPodStatus)
	}

	before := writes(t)
	err := space.Client(support.Sessions).DeleteCollection(t.Context(), metav1.DeleteOptions{},
		metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	waitPods(t, space, 0)
	if spent := writes(t) - before; spent != 0 {
		t.Errorf("the deletions took %d writes of the operator, want none", spent)
	}
	if claims := space.History.Count(support.Claims); claims != many {
		t.Errorf("%d claims are left, %d were to be retained", claims, many)
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

func wantAll(space *support.Space, desiredState string) {
	for index := range many {
		object, live := space.History.Live(support.Sessions, name(index))
		if !live {
			space.T.Fatalf("Session %s is gone", name(index))
		}
		space.SessionOf(object).Want(desiredState)
	}
}

func writes(t *testing.T) int {
	t.Helper()
	count, err := operator.Writes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// checkRevisions: after its creation a Session was written twice, INIT and READY.
func checkRevisions(t *testing.T, space *support.Space) {
	t.Helper()
	count := map[string]int{}
	for _, revision := range space.History.Of(support.Sessions, "") {
		count[revision.Object.GetName()]++
	}
	const createdInitReady = 3
	for name, revisions := range count {
		if revisions != createdInitReady {
			t.Errorf("Session %s has %d revisions, want %d", name, revisions, createdInitReady)
		}
	}
}

// checkAudit: where the API server keeps an audit log, it tells the same of every single Session.
func checkAudit(t *testing.T, space *support.Space) {
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
		"patch sessions status": 2 * many, "create controllerrevisions ": 1,
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
