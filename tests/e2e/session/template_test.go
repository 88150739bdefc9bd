package session

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sojourn.dev/e2e/support"
)

// accepted returns the Accepted condition of a template, with the template's generation.
func accepted(space *support.Space, name string) (metav1.Condition, int64) {
	space.T.Helper()
	object, found := space.History.Live(support.Templates, name)
	if !found {
		return metav1.Condition{}, 0
	}
	// Templates have the same metadata and conditions as Sessions.
	template, err := support.As[support.Session](object)
	if err != nil {
		space.T.Fatalf("SessionTemplate %s cannot be read: %v", name, err)
	}
	return template.Condition("Accepted"), template.Generation
}

// waitAccepted waits until the operator has judged the template as it now stands.
func waitAccepted(space *support.Space, name string, status metav1.ConditionStatus) {
	space.T.Helper()
	space.Until(noticed, "Accepted="+string(status)+" of template "+name, func() bool {
		condition, generation := accepted(space, name)
		return condition.Status == status && condition.ObservedGeneration == generation
	})
}

func TestTemplateThatComesLate_StartsTheWaitingSession(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	session := space.CreateSession("early", "templateRef: {name: idler}")
	waiting := session.WaitReason(noticed, "INIT", "TemplateNotFound")
	if waiting.Is("Ready") || waiting.Is("Stalled") || waiting.Status.Message == "" {
		t.Errorf("the status is %+v", waiting.Status)
	}
	if _, live := session.Pod(); live {
		t.Error("there is a pod without a template")
	}
	applied := time.Now()
	space.CreateTemplate("idler", idler)
	session.WaitPod(noticed)
	if took := time.Since(applied); took > retriedWithin-10*time.Second {
		t.Errorf("the pod was made %v after the template: nobody noticed it", took)
	}
	session.WaitPath(awake, "INIT", "READY")
}

func TestInvalidTemplate_StallsItsSessionsUntilItIsMended(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", "resources: {cpu: 100m, requests: {cpu: 200m}}"+idler)
	waitAccepted(space, "idler", metav1.ConditionFalse)
	if condition, _ := accepted(space, "idler"); condition.Reason != "InvalidTemplate" {
		t.Errorf("the template is refused with %s", condition.Reason)
	}
	session := space.CreateSession("stuck", "templateRef: {name: idler}")
	stuck := session.WaitReason(noticed, "INIT", "InvalidTemplate")
	if !stuck.Is("Stalled") || stuck.Is("Ready") || stuck.Is("Reconciling") {
		t.Errorf("the status is %+v", stuck.Status)
	}
	space.ReplaceTemplate("idler", idler)
	waitAccepted(space, "idler", metav1.ConditionTrue)
	session.WaitPath(awake, "INIT", "READY")
}

func TestImageThatCannotBePulled_IsNamedAndAMendedTemplateStartsAfresh(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", imageless)
	session := space.CreateSession("pulling", `
templateRef: {name: idler}
startTimeoutSeconds: 10
`)
	pulling := session.WaitReason(noticed, "INIT", "ImagePull")
	if pulling.Is("Ready") || !pulling.Is("Reconciling") || pulling.Status.Message == "" {
		t.Errorf("the status is %+v", pulling.Status)
	}
	late := session.WaitPath(noticed, "INIT", "ERROR")
	if late.Status.Reason != "StartTimeout" || late.Condition("Stalled").Reason != "ImagePull" ||
		late.Status.Attempts != 0 {
		t.Errorf("after the start clock the status is %+v", late.Status)
	}
	session.Patch(`{"spec":{"startTimeoutSeconds":300}}`)
	space.ReplaceTemplate("idler", idler)
	session.WaitPath(awake, "INIT", "ERROR", "INIT", "READY")
}

func TestTemplateChangedWhileRunning_TakesEffectAtTheNextStart(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	session := space.CreateSession("steady", "templateRef: {name: idler}")
	before := session.WaitPath(awake, "INIT", "READY")
	space.ReplaceTemplate("idler", "resources: {cpu: 150m}"+idler)
	waitAccepted(space, "idler", metav1.ConditionTrue)
	if now := session.Now(); *now.Status.Template != *before.Status.Template ||
		*now.Status.Pod != *before.Status.Pod {
		t.Errorf("the running Session changed from %+v to %+v", before.Status, now.Status)
	}
	session.Want("Stopped")
	session.WaitPath(noticed, "INIT", "READY", "IDLE")
	session.Want("Running")
	after := session.WaitPath(awake, "INIT", "READY", "IDLE", "READY")
	if after.Status.Template.Generation != 2 ||
		after.Status.Template.Revision == before.Status.Template.Revision {
		t.Errorf("the second start took %+v", after.Status.Template)
	}
	pod, _ := session.Pod()
	if limit := pod.Spec.Containers[0].Resources.Limits.Cpu().String(); limit != "150m" {
		t.Errorf("the second pod's CPU limit is %s", limit)
	}
	space.Until(noticed, "the end of the first revision, which nobody names any more", func() bool {
		_, live := space.History.Live(support.Revisions, before.Status.Template.Revision)
		return !live
	})
}

func TestTemplateDeletedWhileRunning_TheLastRevisionServesOn(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	session := space.CreateSession("orphan", `
templateRef: {name: idler}
retryPolicy: {initialSeconds: 1}
`)
	before := session.WaitPath(awake, "INIT", "READY")
	space.DeleteTemplate("idler")
	session.DeletePod()
	after := session.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "READY")
	if *after.Status.Template != *before.Status.Template {
		t.Errorf("the template was %+v and is %+v", before.Status.Template, after.Status.Template)
	}
}

func TestStrangersRevisionOfOurName_IsNotTakenForTheTemplate(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	waitAccepted(space, "idler", metav1.ConditionTrue)
	revisions := space.Client(support.Revisions)
	made, err := revisions.List(t.Context(), metav1.ListOptions{})
	if err != nil || len(made.Items) != 1 {
		t.Fatalf("there are %d revisions, want 1: %v", len(made.Items), err)
	}
	space.DeleteTemplate("idler")
	name := made.Items[0].GetName()
	if err := revisions.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	stranger := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "ControllerRevision",
		"metadata": map[string]any{"name": name}, "revision": int64(1),
		"data": map[string]any{"agents": "of somebody else"},
	}}
	if _, err := revisions.Create(t.Context(), stranger, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	space.CreateTemplate("idler", idler)
	waitAccepted(space, "idler", metav1.ConditionFalse)
	condition, _ := accepted(space, "idler")
	if !strings.Contains(condition.Message, name+" holds something else; remove it") {
		t.Errorf("the template says %q", condition.Message)
	}
}
