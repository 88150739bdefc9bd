package install

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sojourn.dev/e2e/rbac"
	"sojourn.dev/e2e/support"
)

const auditVariable = "SOJOURN_E2E_AUDIT" // path of the API server's audit log

const withVolume = `
templateRef: {name: idler}
storage: {size: 16Mi, retention: {whenDeleted: Delete, whenExpired: Delete}}
`

// Every right of the chart's Roles is used here once, so that what is left over shows.
func TestChartForSomeNamespaces_WorksThereByItsRolesAndTouchesNothingElse(t *testing.T) {
	if os.Getenv(auditVariable) == "" {
		t.Fatalf("%s is not set; run ./dev/test", auditVariable)
	}
	first, second, other := newSpace(t), newBareSpace(t), newSpace(t)
	listed := fmt.Sprintf("namespaces={%s,%s}", first.Namespace, second.Namespace)
	removeOperators(t)
	install(t, chart, "--set", listed, "--set", "operator.revisionRetentionSeconds=5")
	restored := false
	t.Cleanup(func() {
		if restored {
			return
		}
		ctx, cancel := cleanupContext()
		defer cancel()
		if _, err := installRelease(ctx, chart); err != nil {
			t.Error(err)
		}
	})
	var pods []string
	for _, pod := range waitOperators(t, 2, awake) {
		pods = append(pods, pod.Name)
	}
	outside := other.CreateSession("outside", "templateRef: {name: idler}")
	copyRevision(t, first, second)
	second.CreateTemplate("idler", idler)
	useEveryRight(first)
	startSession(second, "second")

	if status := outside.Now().Status; status.State != "" || other.History.Count(support.Pods) != 0 {
		t.Errorf("the Session of a namespace that is not listed was touched: %+v", status)
	}
	checkRequests(t, pods, listed, []string{first.Namespace, second.Namespace})
	install(t, chart)
	restored = true
	outside.WaitPath(awake, "INIT", "READY")
}

// removeOperators takes their Lease along, so that the next must make it.
func removeOperators(t *testing.T) {
	t.Helper()
	helm(t, "uninstall", release, "--wait", "--timeout", "1m")
	err := cluster.Core.CoordinationV1().Leases(releaseNamespace).
		Delete(t.Context(), leaseName, metav1.DeleteOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// newBareSpace is newSpace without the template.
func newBareSpace(t *testing.T) *support.Space {
	t.Helper()
	keepLogs(t)
	return support.NewSpace(t, cluster, logs)
}

// copyRevision gives the other namespace the revision of this one's template without the label by
// which the operator sees it: to find out what it is the operator must read it.
func copyRevision(t *testing.T, from, to *support.Space) {
	t.Helper()
	var found *unstructured.Unstructured
	from.Until(noticed, "the template's revision", func() bool {
		for _, revision := range from.History.Of(support.Revisions, "") {
			found = revision.Object
		}
		return found != nil
	})
	copied := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "ControllerRevision",
		"metadata": map[string]any{"name": found.GetName(), "namespace": to.Namespace},
		"data":     found.Object["data"], "revision": found.Object["revision"],
	}}
	to.CreateObject(support.Revisions, copied)
}

func useEveryRight(space *support.Space) {
	space.T.Helper()
	worker := space.CreateSession("worker", withVolume)
	mortal := space.CreateSession("mortal", withVolume)
	robbed := space.CreateSession("robbed", withVolume)
	for _, session := range []*support.SessionHandle{worker, mortal, robbed} {
		session.WaitPath(awake, "INIT", "READY")
	}
	robbed.Want("Stopped") // deletes the pod
	space.CreateTemplate("passing", idler)
	awaitRevisions(space, "passing", 1)
	space.DeleteTemplate("passing") // deletes the revision, when nobody has named it for a while
	defer awaitRevisions(space, "passing", 0)
	mortal.PatchSpec("ttl", map[string]any{"maxLifetimeSeconds": 1})
	worker.Patch(`{"spec":{"storage":{"retention":{"whenDeleted":"Retain"}}}}`) // patches the claim
	// Looked for twice, and told twice: the second time in the same Event.
	losePod(space, worker)
	robbed.WaitGone(asleep, support.Pods)
	space.RemoveClaim(robbed.ChildName(), asleep) // looked for
	robbed.Want("Running")
	robbed.WaitFor(noticed, "the loss of the claim", func(session support.Session) bool {
		return session.Condition("VolumeReady").Reason == "VolumeLost"
	})
	mortal.WaitGone(asleep, support.Claims)
	mortal.PatchSpec("ttl", map[string]any{"deleteAfterFinishedSeconds": 1})
	space.Until(noticed, "the end of the finished Session", func() bool {
		_, live := space.History.Live(support.Sessions, mortal.Name)
		return !live
	})
	worker.WaitFor(awake, "READY again", func(session support.Session) bool { return session.Is("Ready") })
	losePod(space, worker)
	space.Until(noticed, "the same Event again", func() bool { return hasSeries(space) })
}

// awaitRevisions waits until so many revisions of the template are stored.
func awaitRevisions(space *support.Space, template string, count int) {
	space.T.Helper()
	space.Until(awake, fmt.Sprintf("%d revisions of %s", count, template), func() bool {
		stored, err := space.Client(support.Revisions).List(space.T.Context(),
			metav1.ListOptions{LabelSelector: "sojourn.dev/template=" + template})
		return err == nil && len(stored.Items) == count
	})
}

// losePod makes the pod vanish at once, and waits until that was seen.
func losePod(space *support.Space, session *support.SessionHandle) {
	space.T.Helper()
	now := int64(0)
	err := space.Cluster.Core.CoreV1().Pods(space.Namespace).Delete(space.T.Context(), session.ChildName(),
		metav1.DeleteOptions{GracePeriodSeconds: &now})
	if err != nil {
		space.T.Fatal(err)
	}
	session.WaitFor(noticed, "ERROR", func(s support.Session) bool { return s.Status.State == "ERROR" })
}

func hasSeries(space *support.Space) bool {
	for _, revision := range space.History.Of(support.Events, "") {
		if _, found, _ := unstructured.NestedMap(revision.Object.Object, "series"); found {
			return true
		}
	}
	return false
}

// checkRequests compares what the pods asked for with what Helm grants them.
func checkRequests(t *testing.T, pods []string, listed string, namespaces []string) {
	t.Helper()
	objects, err := support.RenderChart(t.Context(), release, chart, "--namespace", releaseNamespace,
		"--set", listed, "--show-only", "templates/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	granted, err := rbac.Granted(objects)
	if err != nil {
		t.Fatal(err)
	}
	used := map[rbac.Right]bool{}
	for _, request := range requestsOf(t, pods) {
		text, _ := json.Marshal(request) // of plain words: it cannot fail
		if request.OfEverybody() {
			continue
		}
		used[request.Right] = true
		if request.Code == 401 || request.Code == 403 {
			t.Errorf("a request was refused: %s", text)
		}
		isLease := request.Resource == "leases" && request.Namespace == releaseNamespace
		if !isLease && !slices.Contains(namespaces, request.Namespace) {
			t.Errorf("a request went beyond the listed namespaces: %s", text)
		}
		if _, known := granted[request.Right]; !known {
			t.Errorf("a request without a right: %s", text)
		}
	}
	for right := range granted {
		if !used[right] {
			t.Errorf("the Roles grant %s, which was not used", right)
		}
	}
}

func requestsOf(t *testing.T, pods []string) []rbac.Request {
	t.Helper()
	time.Sleep(time.Second) // the log is written behind
	all, err := rbac.Requests(os.Getenv(auditVariable), "system:serviceaccount:"+releaseNamespace+":"+leaseName)
	if err != nil {
		t.Fatal(err)
	}
	var theirs []rbac.Request
	for _, request := range all {
		if slices.Contains(pods, request.Pod) {
			theirs = append(theirs, request)
		}
	}
	if len(theirs) == 0 {
		t.Fatalf("no request of %v in the audit log", pods)
	}
	return theirs
}
