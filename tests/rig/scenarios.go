package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sojourn.dev/e2e/support"
)

// Scenario is one piece of a Session's life. Its run ends when the last step has been seen; what is
// left then is what every run with a fault must come to.
type Scenario struct {
	Name string
	Run  func(*World)
}

const (
	idler   = "agents: [{name: idler}]"
	changed = "agents: [{name: idler, env: [{name: CHANGED, value: 'yes'}]}]"
	bound   = "storage: {size: 1Gi}\nretryPolicy: {limit: 3, initialSeconds: 1, maxSeconds: 1}\n"
	// Nobody but the rig binds a claim of this class, so that pods wait until it does.
	held = "storage: {size: 1Gi, storageClassName: rig}\n" +
		"retryPolicy: {limit: 1, initialSeconds: 1, maxSeconds: 1}\n"
)

// Scenarios are all of them.
var Scenarios = []Scenario{
	{"cold-start", func(w *World) { coldStart(w, bound) }},
	{"stop", func(w *World) { coldStart(w, bound); stop(w) }},
	{"wake", func(w *World) {
		coldStart(w, bound)
		stop(w)
		w.Spec(`{"desiredState":"Running"}`)
		w.Passes("READY")
	}},
	{"wake-that-fails", wakeThatFails},
	{"pod-lost", func(w *World) {
		coldStart(w, bound)
		w.must(w.client(support.Pods).Delete(w.ctx, w.Child(), metav1.DeleteOptions{}), "delete the pod")
		w.Passes("ERROR", "INIT", "READY")
	}},
	{"container-restarted", func(w *World) {
		coldStart(w, bound)
		w.RestartContainer(w.RunningPod())
		w.Passes("ERROR", "READY")
	}},
	{"retry-to-the-limit", retryToTheLimit},
	{"task-completed", func(w *World) {
		coldStart(w, bound+"mode: Task\n")
		w.SucceedPod(w.RunningPod())
		w.Passes("IDLE")
	}},
	{"expiry-retain", func(w *World) { expire(w, "Retain"); w.Kept(w.Child()) }},
	{"expiry-delete", func(w *World) {
		expire(w, "Delete")
		w.Gone(support.Claims, w.Child())
	}},
	{"asleep-too-long", func(w *World) {
		coldStart(w, bound)
		stop(w)
		w.Spec(`{"ttl":{"afterIdleSeconds":1}}`)
		w.Shows("Expired", func(s support.Session) bool { return s.Is("Expired") })
	}},
	{"cancelled", func(w *World) {
		coldStart(w, bound)
		w.Spec(`{"desiredState":"Cancelled"}`)
		w.Shows("Cancelled", func(s support.Session) bool { return s.Status.Outcome == "Cancelled" })
		w.Gone(support.Pods, w.Child())
		w.Kept(w.Child())
	}},
	{"deleted-and-gone-on-with", func(w *World) {
		coldStart(w, bound)
		claim := w.Child()
		w.Delete(support.Sessions, "s")
		w.Kept(claim)
		w.Session("storage: {existingClaim: {name: " + claim + "}}")
		w.Passes("READY")
	}},
	{"kept-for-its-time", func(w *World) {
		coldStart(w, "storage: {size: 1Gi, retention: {retainFor: 1}}")
		w.Delete(support.Sessions, "s")
		w.Gone(support.Claims, w.Child())
	}},
	{"run-again", func(w *World) {
		coldStart(w, bound+"mode: Task\n")
		w.SucceedPod(w.RunningPod())
		w.Passes("IDLE")
		w.Spec(`{"runToken":"2"}`)
		w.Passes("READY")
	}},
	{"delete-during-start", func(w *World) {
		w.Template(idler)
		w.Session(held)
		w.PodAfter("")
		w.Delete(support.Sessions, "s")
		w.Gone(support.Pods, w.Child())
	}},
	{"delete-while-asleep", func(w *World) {
		coldStart(w, "storage: {size: 1Gi, retention: {whenDeleted: Delete}}")
		stop(w)
		w.Delete(support.Sessions, "s")
		w.Gone(support.Claims, w.Child())
	}},
	{"template-changed", func(w *World) {
		coldStart(w, bound)
		w.Patch(support.Templates, "t", `{"spec":{"agents":[{"name":"idler","env":[`+
			`{"name":"CHANGED","value":"yes"}]}]}}`)
		w.Until("the second revision", func() bool { return w.history.Count(support.Revisions) == 2 })
		stop(w)
		w.Spec(`{"desiredState":"Running"}`)
		w.Passes("READY")
		w.Until("the first revision is collected",
			func() bool { return w.history.Count(support.Revisions) == 1 })
	}},
	{"volume-grows", func(w *World) {
		coldStart(w, bound)
		w.Spec(`{"storage":{"size":"2Gi"}}`)
		w.Shows("grown", func(s support.Session) bool { return s.Status.Volume.Capacity == "2Gi" })
	}},
	{"template-late", func(w *World) {
		w.Session(bound)
		w.Shows("TemplateNotFound", func(s support.Session) bool {
			return s.Status.Reason == "TemplateNotFound"
		})
		w.Template(changed)
		w.Passes("READY")
	}},
	{"quota-hit-and-freed", quotaHitAndFreed},
}

func coldStart(w *World, session string) {
	w.Template(idler)
	w.Session(session)
	w.Passes("READY")
}

func stop(w *World) {
	w.Spec(`{"desiredState":"Stopped"}`)
	w.Passes("IDLE")
	w.Gone(support.Pods, w.Child())
}

// The claim is not bound any more when the Session wakes, so that its pod does not start in time.
func wakeThatFails(w *World) {
	w.Template(idler)
	w.Session(held)
	w.ClaimPhase(corev1.ClaimBound)
	w.Passes("READY")
	stop(w)
	w.ClaimPhase(corev1.ClaimPending)
	w.Spec(`{"desiredState":"Running","startTimeoutSeconds":2}`)
	w.Passes("ERROR")
	w.Spec(`{"startTimeoutSeconds":300}`)
	w.ClaimPhase(corev1.ClaimBound)
	w.Passes("READY")
}

func retryToTheLimit(w *World) {
	w.Template(idler)
	w.Session(held)
	var before types.UID
	for range 2 {
		pod := w.PodAfter(before)
		// A pod that fails before INIT is written would be told as a failure of an INIT that is made
		// up for it: another life than this one.
		w.Shows("INIT", func(s support.Session) bool { return s.Status.State == "INIT" })
		w.FailPod(pod)
		before = pod.UID
	}
	w.Shows("given up", func(s support.Session) bool {
		return s.Condition("Stalled").Reason == "RetriesExhausted"
	})
}

func expire(w *World, whenExpired string) {
	coldStart(w, "storage: {size: 1Gi, retention: {whenExpired: "+whenExpired+"}}")
	// Only now: a run that is cut must not expire before it is READY.
	w.Spec(`{"ttl":{"maxLifetimeSeconds":1}}`)
	w.Shows("Expired", func(s support.Session) bool { return s.Is("Expired") })
	w.Gone(support.Pods, w.Child())
}

func quotaHitAndFreed(w *World) {
	quotas := w.cluster.Core.CoreV1().ResourceQuotas(w.namespace)
	_, err := quotas.Create(w.ctx, &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "none"},
		Spec: corev1.ResourceQuotaSpec{
			Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}},
	}, metav1.CreateOptions{})
	w.must(err, "create a quota")
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		quota, err := quotas.Get(w.ctx, "none", metav1.GetOptions{})
		w.must(err, "read the quota")
		if _, inForce := quota.Status.Hard[corev1.ResourcePods]; inForce {
			break
		}
		if time.Since(began) > patience {
			w.must(context.DeadlineExceeded, "waited for the quota to be in force")
		}
	}
	w.Template(idler)
	w.Session(bound)
	w.Shows("QuotaExceeded", func(s support.Session) bool { return s.Status.Reason == "QuotaExceeded" })
	_, err = quotas.Patch(w.ctx, "none", types.MergePatchType,
		[]byte(`{"spec":{"hard":{"pods":"5"}}}`), metav1.PatchOptions{})
	w.must(err, "free the quota")
	w.Passes("READY")
}
