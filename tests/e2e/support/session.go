package support

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// SessionHandle is one Session of a Space: what a user does with it, and what can be waited for.
type SessionHandle struct {
	space *Space
	Name  string
	UID   types.UID
}

// ChildName is the name that the pod and the claim must have: api.md promises that it follows from
// the Session's name and UID alone.
func (h *SessionHandle) ChildName() string {
	const namePart, hashPart = 44, 10
	sum := sha256.Sum256([]byte(h.UID))
	name := strings.ReplaceAll(h.Name, ".", "-")
	if len(name) > namePart {
		name = name[:namePart]
	}
	return strings.TrimRight(name, "-") + "-" + hex.EncodeToString(sum[:])[:hashPart]
}

// Revisions returns every revision of the Session that was seen, in order.
func (h *SessionHandle) Revisions() []Session {
	h.space.T.Helper()
	var revisions []Session
	for _, revision := range h.space.History.Of(Sessions, h.Name) {
		if revision.Object.GetUID() != h.UID {
			continue // another Session had, or has, the name
		}
		session, err := As[Session](revision.Object)
		if err != nil {
			h.space.T.Fatalf("Session %s cannot be read: %v", h.Name, err)
		}
		revisions = append(revisions, session)
	}
	return revisions
}

// Now returns the newest revision that was seen, the zero value when there is none yet.
func (h *SessionHandle) Now() Session {
	h.space.T.Helper()
	revisions := h.Revisions()
	if len(revisions) == 0 {
		return Session{}
	}
	return revisions[len(revisions)-1]
}

// Want sets spec.desiredState.
func (h *SessionHandle) Want(desiredState string) {
	h.space.T.Helper()
	h.Patch(fmt.Sprintf(`{"spec":{"desiredState":%q}}`, desiredState))
}

// PatchSpec sets one field of spec.
func (h *SessionHandle) PatchSpec(field string, value any) {
	h.space.T.Helper()
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{field: value}})
	if err != nil {
		h.space.T.Fatal(err)
	}
	h.Patch(string(patch))
}

// Patch sends a JSON merge patch.
func (h *SessionHandle) Patch(patch string) {
	h.space.T.Helper()
	_, err := h.space.Client(Sessions).Patch(h.space.T.Context(), h.Name, types.MergePatchType,
		[]byte(patch), metav1.PatchOptions{FieldManager: FieldManager, FieldValidation: "Strict"})
	if err != nil {
		h.space.T.Fatalf("cannot patch Session %s: %v", h.Name, err)
	}
}

// MeddleWithStatus patches status as nobody but the operator should. The state may then change in
// ways that the operator itself never chooses.
func (h *SessionHandle) MeddleWithStatus(patch string) {
	h.space.T.Helper()
	h.space.Allowed.WipedStatus = append(h.space.Allowed.WipedStatus, h.Name)
	_, err := h.space.Client(Sessions).Patch(h.space.T.Context(), h.Name, types.MergePatchType,
		[]byte(patch), metav1.PatchOptions{FieldManager: FieldManager}, "status")
	if err != nil {
		h.space.T.Fatalf("cannot patch the status of Session %s: %v", h.Name, err)
	}
}

// Delete deletes the Session and waits until it is gone.
func (h *SessionHandle) Delete() {
	h.space.T.Helper()
	h.space.remove(Sessions, h.Name, 10*time.Second)
}

// Path returns the states that the Session went through, each once until it changed.
func (h *SessionHandle) Path() []string {
	h.space.T.Helper()
	var path []string
	for _, session := range h.Revisions() {
		if session.Status.State != "" {
			path = append(path, session.Status.State)
		}
	}
	return slices.Compact(path)
}

// StagesTooSoon counts the writes of a cold start, INIT and READY included, and names the stages
// between the two that were told before they had lasted 2 seconds. On a slow machine stages last.
func (h *SessionHandle) StagesTooSoon() (statusWrites int, tooSoon []string) {
	h.space.T.Helper()
	var began time.Time
	for _, revision := range h.space.History.Of(Sessions, h.Name) {
		session, err := As[Session](revision.Object)
		if err != nil {
			h.space.T.Fatalf("Session %s cannot be read: %v", h.Name, err)
		}
		if session.UID != h.UID || session.Status.State == "" {
			continue // as it was created
		}
		statusWrites++
		if statusWrites == 1 {
			began = revision.Seen
		}
		const lasted = 2 * time.Second
		after := revision.Seen.Sub(began)
		if session.Status.State == "INIT" && statusWrites > 1 && after < lasted {
			tooSoon = append(tooSoon, fmt.Sprintf("Session %s told %s %.1f s after INIT", h.Name,
				session.Status.Reason, after.Seconds()))
		}
		if session.Status.State == "READY" {
			break
		}
	}
	return statusWrites, tooSoon
}

// WaitPath waits until the states that the Session went through are exactly these. It fails at once
// when another state comes between. It returns the revision that completed the path, or a newer
// one.
func (h *SessionHandle) WaitPath(atMost time.Duration, states ...string) Session {
	h.space.T.Helper()
	ctx, cancel := context.WithTimeout(h.space.T.Context(), atMost)
	defer cancel()
	var path []string
	err := h.space.History.Until(ctx, func() (bool, error) {
		path = h.Path()
		if len(path) > len(states) || !slices.Equal(path, states[:len(path)]) {
			return false, fmt.Errorf("it took another path")
		}
		return len(path) == len(states), nil
	})
	if err != nil {
		h.space.T.Fatalf("Session %s went %v and not %v: %v", h.Name, path, states, err)
	}
	return h.Now()
}

// WaitFor waits until the newest revision fits.
func (h *SessionHandle) WaitFor(atMost time.Duration, what string, fits func(Session) bool) Session {
	h.space.T.Helper()
	h.space.Until(atMost, "Session "+h.Name+": "+what, func() bool { return fits(h.Now()) })
	return h.Now()
}

// WaitReason waits until the newest revision has that state and reason.
func (h *SessionHandle) WaitReason(atMost time.Duration, state, reason string) Session {
	h.space.T.Helper()
	return h.WaitFor(atMost, state+" with reason "+reason, func(session Session) bool {
		return session.Status.State == state && session.Status.Reason == reason
	})
}

// Pod returns the Session's pod, if there is one.
func (h *SessionHandle) Pod() (corev1.Pod, bool) {
	h.space.T.Helper()
	return live[corev1.Pod](h.space, Pods, h.ChildName())
}

// Claim returns the Session's claim, if there is one.
func (h *SessionHandle) Claim() (corev1.PersistentVolumeClaim, bool) {
	h.space.T.Helper()
	return live[corev1.PersistentVolumeClaim](h.space, Claims, h.ChildName())
}

func live[T any](space *Space, kind Kind, name string) (T, bool) {
	space.T.Helper()
	object, found := space.History.Live(kind, name)
	if !found {
		var none T
		return none, false
	}
	value, err := As[T](object)
	if err != nil {
		space.T.Fatalf("%s %s cannot be read: %v", kind, name, err)
	}
	return value, true
}

// WaitPod waits until the Session's pod exists.
func (h *SessionHandle) WaitPod(atMost time.Duration) corev1.Pod {
	h.space.T.Helper()
	return waitLive[corev1.Pod](h, atMost, Pods)
}

// WaitClaim waits until the Session's claim exists.
func (h *SessionHandle) WaitClaim(atMost time.Duration) corev1.PersistentVolumeClaim {
	h.space.T.Helper()
	return waitLive[corev1.PersistentVolumeClaim](h, atMost, Claims)
}

func waitLive[T any](h *SessionHandle, atMost time.Duration, kind Kind) (value T) {
	h.space.T.Helper()
	h.space.Until(atMost, string(kind)+" "+h.ChildName(), func() (found bool) {
		value, found = live[T](h.space, kind, h.ChildName())
		return found
	})
	return value
}

// WaitGone waits until the Session's pod or claim is gone.
func (h *SessionHandle) WaitGone(atMost time.Duration, kind Kind) {
	h.space.T.Helper()
	h.space.Until(atMost, "the end of "+string(kind)+" "+h.ChildName(), func() bool {
		_, live := h.space.History.Live(kind, h.ChildName())
		return !live
	})
}

// DeletePod deletes the Session's pod, as somebody other than the operator would.
func (h *SessionHandle) DeletePod() {
	h.space.T.Helper()
	err := h.space.Client(Pods).Delete(h.space.T.Context(), h.ChildName(), metav1.DeleteOptions{})
	if err != nil {
		h.space.T.Fatalf("cannot delete the pod of Session %s: %v", h.Name, err)
	}
}
