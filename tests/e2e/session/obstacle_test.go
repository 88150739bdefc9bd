package session

import (
	"net/http"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"sojourn.dev/e2e/support"
)

// What was refused is tried again within this time. What is watched is noticed long before.
const retriedWithin = 30 * time.Second

func TestQuotaUsedUp_IsNamedAndTheSessionStartsWhenItIsFreed(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	quotas := cluster.Core.CoreV1().ResourceQuotas(space.Namespace)
	_, err := quotas.Create(t.Context(), &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "none"},
		Spec: corev1.ResourceQuotaSpec{
			Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	waitQuota(t, space, "0")
	space.CreateTemplate("idler", idler)
	session := space.CreateSession("many", "templateRef: {name: idler}")
	refused := session.WaitReason(noticed, "INIT", "QuotaExceeded")
	if refused.Is("Ready") || refused.Status.Attempts != 0 || refused.Status.Message == "" {
		t.Errorf("the status is %+v", refused.Status)
	}
	waitEvent(space, "QuotaExceeded")

	_, err = quotas.Patch(t.Context(), "none", types.MergePatchType,
		[]byte(`{"spec":{"hard":{"pods":"5"}}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	session.WaitPod(awake)
	if took := time.Since(freed); took > retriedWithin+5*time.Second {
		t.Errorf("the pod was made %v after the quota was freed", took)
	}
	session.WaitPath(awake, "INIT", "READY")
	if told := len(space.History.Of(support.Sessions, "many")); told > 6 {
		t.Errorf("the Session has %d revisions: the refusal was told again and again", told)
	}
	checkRefusals(t, space)
}

// checkRefusals: where the API server keeps an audit log, it shows that a refused creation is not
// tried in a hot loop. Backing off, ten attempts last longer than a test.
func checkRefusals(t *testing.T, space *support.Space) {
	t.Helper()
	path := os.Getenv("SOJOURN_E2E_AUDIT")
	if path == "" {
		return
	}
	audited, err := support.AuditedWrites(path, space.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, write := range audited {
		if write.Code == http.StatusForbidden {
			refused++
		}
	}
	if refused == 0 || refused > 10 {
		t.Errorf("the API server refused %d creations: %+v", refused, audited)
	}
}

// waitQuota waits until the quota is in force, which the controller-manager decides.
func waitQuota(t *testing.T, space *support.Space, pods string) {
	t.Helper()
	deadline := time.Now().Add(noticed)
	for {
		quota, err := cluster.Core.CoreV1().ResourceQuotas(space.Namespace).
			Get(t.Context(), "none", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if hard, found := quota.Status.Hard[corev1.ResourcePods]; found && hard.String() == pods {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the ResourceQuota did not come into force")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestPodThatPodSecurityForbids_IsNamedUntilTheTemplateIsMended(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", `
agents: [{name: idler}]
podTemplate: {spec: {securityContext: {runAsUser: 0, runAsNonRoot: false}}}
`)
	session := space.CreateSession("rooted", "templateRef: {name: idler}")
	refused := session.WaitReason(noticed, "INIT", "Forbidden")
	if refused.Is("Ready") || refused.Status.Attempts != 0 || refused.Status.Message == "" {
		t.Errorf("the status is %+v", refused.Status)
	}
	if len(space.History.Of(support.Pods, "")) != 0 {
		t.Error("there is a pod that runs as root")
	}
	space.ReplaceTemplate("idler", idler)
	session.WaitPath(awake, "INIT", "READY")
}

func TestStrangersPod_IsLeftAloneAndTheSessionWaitsForItsName(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	session := space.CreateSession("crowded", "templateRef: {name: idler}")
	session.WaitReason(noticed, "INIT", "TemplateNotFound")
	space.CreatePod(session.ChildName(), `
automountServiceAccountToken: false
terminationGracePeriodSeconds: 1
securityContext: {runAsUser: 10001, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
containers:
  - name: stranger
    image: `+support.AgentImage+`
    imagePullPolicy: IfNotPresent
    command: [sleep, "600"]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`)
	space.CreateTemplate("idler", idler)
	session.WaitReason(noticed, "INIT", "PodConflict")
	for _, revision := range space.History.Of(support.Pods, session.ChildName()) {
		if revision.Object.GetDeletionTimestamp() != nil || revision.Deleted {
			t.Fatal("the operator deleted a stranger's pod")
		}
	}
	space.RemovePod(session.ChildName(), asleep)
	session.WaitPath(awake, "INIT", "READY")
}

func TestStrangersClaim_IsLeftAloneAndMakesTheSessionWait(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	session := space.CreateSession("robbed", withNotes)
	session.WaitReason(noticed, "INIT", "TemplateNotFound")
	space.CreateObject(support.Claims, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "PersistentVolumeClaim",
		"metadata":   map[string]any{"name": session.ChildName()},
		"spec": map[string]any{
			"accessModes": []any{"ReadWriteOncePod"},
			"resources":   map[string]any{"requests": map[string]any{"storage": "16Mi"}},
		},
	}})
	space.CreateTemplate("notes", notes)
	conflict := session.WaitReason(noticed, "INIT", "VolumeConflict")
	if conflict.Is("Ready") || conflict.Status.Message == "" || conflict.Status.Volume != nil ||
		conflict.Status.Attempts != 0 {
		t.Errorf("the status is %+v", conflict.Status)
	}
	waitEvent(space, "VolumeConflict")
	if claim, live := session.Claim(); !live || len(claim.Labels) != 0 ||
		len(claim.OwnerReferences) != 0 {
		t.Errorf("the stranger's claim is now %+v", claim.ObjectMeta)
	}
	space.RemoveClaim(session.ChildName(), asleep)
	session.WaitPath(awake, "INIT", "READY")
}

func TestClaimThatIsLost_IsNeverReplacedByAnEmptyOne(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("forgetful", withNotes)
	session.WaitPath(awake, "INIT", "READY")
	session.Want("Stopped")
	session.WaitPath(noticed, "INIT", "READY", "IDLE")
	session.WaitGone(asleep, support.Pods)
	space.RemoveClaim(session.ChildName(), asleep)
	session.Want("Running")
	lost := session.WaitPath(noticed, "INIT", "READY", "IDLE", "ERROR")
	if lost.Status.Reason != "VolumeLost" || !lost.Is("Stalled") || lost.Status.Attempts != 0 {
		t.Errorf("the status is %+v", lost.Status)
	}
	waitEvent(space, "VolumeLost")
	if _, live := session.Claim(); live {
		t.Error("the lost claim was replaced by an empty one")
	}
}
