package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"sojourn.dev/e2e/support"
)

// How long one step of a scenario may take on a busy machine, with a restart in between.
const patience = 60 * time.Second

// failure is what a step of a scenario panics with; the run recovers it.
type failure struct{ error }

// World is what a scenario may do: it is the user of one namespace and, where pods have to fail,
// the kubelet. A step that does not succeed panics with a failure.
type World struct {
	ctx       context.Context
	cluster   *support.Cluster
	namespace string
	history   *support.History
	session   support.SessionHandle
	seen      uint64 // states are waited for after this revision
}

func (w *World) must(err error, what string, args ...any) {
	if err != nil {
		panic(failure{fmt.Errorf("%s: %w", fmt.Sprintf(what, args...), err)})
	}
}

func (w *World) client(kind support.Kind) dynamic.ResourceInterface {
	return w.cluster.Dynamic.Resource(support.ResourceOf(kind)).Namespace(w.namespace)
}

func (w *World) create(kind support.Kind, word, name, spec string) *unstructured.Unstructured {
	var fields map[string]any
	w.must(yaml.Unmarshal([]byte(spec), &fields), "the spec of %s", name)
	made, err := w.client(kind).Create(w.ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1", "kind": word, "spec": fields,
		"metadata": map[string]any{"name": name, "namespace": w.namespace}}},
		metav1.CreateOptions{FieldManager: support.FieldManager, FieldValidation: "Strict"})
	w.must(err, "create %s %s", word, name)
	return made
}

// Template makes the SessionTemplate of the scenario.
func (w *World) Template(spec string) { w.create(support.Templates, "SessionTemplate", "t", spec) }

// Session makes the Session of the scenario.
func (w *World) Session(spec string) {
	made := w.create(support.Sessions, "Session", "s", "templateRef: {name: t}\n"+spec)
	w.session = support.SessionHandle{Name: "s", UID: made.GetUID()}
}

// Patch sends a JSON merge patch; sub is "" or "status".
func (w *World) Patch(kind support.Kind, name, patch string, sub ...string) {
	_, err := w.client(kind).Patch(w.ctx, name, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: support.FieldManager}, sub...)
	w.must(err, "patch %s %s", kind, name)
}

// Spec patches the spec of the Session.
func (w *World) Spec(fields string) {
	w.Patch(support.Sessions, "s", `{"spec":`+fields+`}`)
}

// Delete deletes an object and waits until it is gone.
func (w *World) Delete(kind support.Kind, name string) {
	w.must(w.client(kind).Delete(w.ctx, name, metav1.DeleteOptions{}), "delete %s %s", kind, name)
	w.Gone(kind, name)
}

// Gone waits until there is no such object.
func (w *World) Gone(kind support.Kind, name string) {
	w.Until(fmt.Sprintf("the end of %s %s", kind, name), func() bool {
		_, live := w.history.Live(kind, name)
		return !live
	})
}

// Kept waits until the claim is marked as one that its Session has left.
func (w *World) Kept(claim string) {
	w.Until("the mark on claim "+claim, func() bool {
		object, live := w.history.Live(support.Claims, claim)
		return live && object.GetLabels()["sojourn.dev/retained"] == "true"
	})
}

// Child is the name of the Session's pod and claim.
func (w *World) Child() string { return w.session.ChildName() }

// Until waits until done says true.
func (w *World) Until(what string, done func() bool) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	err := w.history.Until(ctx, func() (bool, error) { return done(), nil })
	w.must(err, "waited for %s", what)
}

// Passes waits until the Session has gone through these states, in this order, since the last wait.
// Others may lie between.
func (w *World) Passes(states ...string) {
	w.Until("the states "+strings.Join(states, ", "), func() bool {
		next := 0
		for _, revision := range w.history.Of(support.Sessions, "s") {
			state, _, _ := unstructured.NestedString(revision.Object.Object, "status", "state")
			if revision.Version <= w.seen || state != states[next] {
				continue
			}
			if next++; next == len(states) {
				w.seen = revision.Version
				return true
			}
		}
		return false
	})
}

// Shows waits until the newest revision of the Session fits.
func (w *World) Shows(what string, fits func(support.Session) bool) {
	w.Until(what, func() bool {
		object, live := w.history.Live(support.Sessions, "s")
		session, err := support.As[support.Session](object)
		return live && err == nil && fits(session)
	})
}

// PodAfter waits until the Session has a pod other than the one with that UID.
func (w *World) PodAfter(before types.UID) corev1.Pod {
	var pod corev1.Pod
	w.Until("a pod", func() bool {
		object, live := w.history.Live(support.Pods, w.Child())
		if !live || object.GetUID() == before || object.GetDeletionTimestamp() != nil {
			return false
		}
		var err error
		pod, err = support.As[corev1.Pod](object)
		return err == nil
	})
	return pod
}

// The binder may say once more what it said of a pod, from what it saw before, and so undo what is
// said of it here. It does so at once or not at all.
const binderRests = time.Second

// RunningPod waits until the Session's pod runs and the binder has done with it: of a pod and its
// Session, either is seen first.
func (w *World) RunningPod() corev1.Pod {
	for {
		pod := w.runningPod()
		time.Sleep(binderRests)
		if again := w.runningPod(); again.ResourceVersion == pod.ResourceVersion {
			return pod
		}
	}
}

func (w *World) runningPod() corev1.Pod {
	var pod corev1.Pod
	w.Until("a pod that runs", func() bool {
		object, live := w.history.Live(support.Pods, w.Child())
		if !live {
			return false
		}
		var err error
		pod, err = support.As[corev1.Pod](object)
		return err == nil && pod.Status.Phase == corev1.PodRunning
	})
	return pod
}

// FailPod says what a kubelet says of a pod whose container ended with 1.
func (w *World) FailPod(pod corev1.Pod) {
	now := metav1.Now()
	w.podStatus(pod, corev1.PodStatus{Phase: corev1.PodFailed, StartTime: &now,
		ContainerStatuses: []corev1.ContainerStatus{{Name: pod.Spec.Containers[0].Name,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: 1, Reason: "Error", StartedAt: now, FinishedAt: now}}}}})
}

// SucceedPod says what a kubelet says of a pod whose container ended with 0.
func (w *World) SucceedPod(pod corev1.Pod) {
	now := metav1.Now()
	w.podStatus(pod, corev1.PodStatus{Phase: corev1.PodSucceeded, StartTime: &now,
		ContainerStatuses: []corev1.ContainerStatus{{Name: pod.Spec.Containers[0].Name,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				Reason: "Completed", StartedAt: now, FinishedAt: now}}}}})
}

// RestartContainer says what a kubelet says when a container has been started again in its pod.
func (w *World) RestartContainer(pod corev1.Pod) {
	status := pod.Status.DeepCopy()
	for i := range status.ContainerStatuses {
		now := metav1.Now()
		status.ContainerStatuses[i].RestartCount++
		status.ContainerStatuses[i].LastTerminationState = corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error",
				StartedAt: now, FinishedAt: now}}
	}
	w.podStatus(pod, *status)
}

func (w *World) podStatus(pod corev1.Pod, status corev1.PodStatus) {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": pod.UID}, "status": status})
	w.must(err, "the status of a pod")
	w.Patch(support.Pods, pod.Name, string(patch), "status")
}

// ClaimPhase binds, or looses, the Session's claim. The class `rig` is nobody else's.
func (w *World) ClaimPhase(phase corev1.PersistentVolumeClaimPhase) {
	w.Until("the claim", func() bool {
		_, live := w.history.Live(support.Claims, w.Child())
		return live
	})
	w.Patch(support.Claims, w.Child(), fmt.Sprintf(
		`{"status":{"phase":%q,"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOncePod"]}}`,
		phase), "status")
}
