package crd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

var states = []string{"INIT", "READY", "IDLE", "BUSY", "ERROR"}

var legal = []string{
	"INIT READY", "INIT ERROR", "READY IDLE", "READY BUSY", "READY ERROR", "IDLE READY", "IDLE ERROR",
	"BUSY READY", "BUSY ERROR", "ERROR INIT", "ERROR READY",
}

func stateOf(object *unstructured.Unstructured) string {
	state, _, _ := unstructured.NestedString(object.Object, "status", "state")
	return state
}

func TestOnlyElevenChangesOfStateAreAccepted(t *testing.T) {
	room := newRoom(t)
	room.mustCreate(newSession())
	set := func(state any) error {
		patch, err := json.Marshal(map[string]any{"status": map[string]any{"state": state}})
		if err != nil {
			t.Fatal(err)
		}
		return room.patchStatus(sessions, "notes", string(patch))
	}
	for _, from := range states {
		for _, to := range states {
			t.Run(from+" to "+to, func(t *testing.T) {
				// From absent every state is accepted: a restored backup begins so.
				expectAccepted(t, set(nil))
				expectAccepted(t, set(from))
				err := set(to)
				if from == to || slices.Contains(legal, from+" "+to) {
					expectAccepted(t, err)
				} else {
					expectRefused(t, err, "status.state cannot go from "+from+" to "+to+"; leave the field to the operator")
					if state := stateOf(room.get(sessions, "notes")); state != from {
						t.Errorf("the state is %s now", state)
					}
				}
			})
		}
	}
	expectRefused(t, set("SLEEPING"), `supported values: "INIT", "READY", "IDLE", "BUSY", "ERROR"`)
}

func TestAFreshObjectShowsThatNobodyHasLookedAtIt(t *testing.T) {
	room := newRoom(t)
	for _, object := range []*unstructured.Unstructured{
		newSession(), newTemplate(),
		// A status given on creation is dropped.
		newSession(set("metadata.name", "forged"), set("status", map[string]any{"state": "READY", "observedGeneration": 1})),
	} {
		of, name := resourceOf(object), object.GetName()
		t.Run(object.GetKind()+" "+name, func(t *testing.T) {
			watch, err := room.client(of).Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=" + name})
			if err != nil {
				t.Fatal(err)
			}
			defer watch.Stop()
			want := map[string]any{"observedGeneration": int64(-1)}
			expectStatus(t, "create", room.mustCreate(object), want)
			expectStatus(t, "get", room.get(of, name), want)
			select {
			case event := <-watch.ResultChan():
				seen, ok := event.Object.(*unstructured.Unstructured)
				if !ok {
					t.Fatalf("the watch says %v", event)
				}
				expectStatus(t, "watch", seen, want)
			case <-time.After(10 * time.Second):
				t.Error("the watch says nothing")
			}
			// The property has the default too, for a status that names other things alone.
			expectAccepted(t, room.patchStatus(of, name, `{"status":{"observedGeneration":null,"conditions":[]}}`))
			expectStatus(t, "patched", room.get(of, name), map[string]any{"observedGeneration": int64(-1), "conditions": []any{}})
		})
	}
}

func expectStatus(t *testing.T, where string, object *unstructured.Unstructured, want map[string]any) {
	t.Helper()
	if got := object.Object["status"]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: want %v, got %v", where, want, got)
	}
}

func TestSpecAndStatusAreWrittenApart(t *testing.T) {
	room := newRoom(t)
	made := room.mustCreate(newSession())
	expectAccepted(t, room.patchStatus(sessions, "notes", `{"status":{"state":"INIT"},"spec":{"desiredState":"Stopped"}}`))
	after := room.get(sessions, "notes")
	if desired, _, _ := unstructured.NestedString(after.Object, "spec", "desiredState"); desired != "Running" || after.GetGeneration() != made.GetGeneration() {
		t.Error("a write of status changed the spec")
	}
	_, err := room.client(sessions).Patch(t.Context(), "notes", types.MergePatchType,
		[]byte(`{"status":{"state":"READY"},"spec":{"desiredState":"Stopped"}}`), metav1.PatchOptions{})
	expectAccepted(t, err)
	after = room.get(sessions, "notes")
	if stateOf(after) != "INIT" || after.GetGeneration() != made.GetGeneration()+1 {
		t.Error("a write of the spec changed the status, or did not count")
	}
}

const fullStatus = `{"status":{"observedGeneration":1,"state":"READY","stateSince":"2026-01-02T03:04:05Z","reason":"PodReady",
"message":"m","outcome":"Completed","template":{"name":"t","generation":1,"revision":"t-1"},
"pod":{"name":"p","uid":"u","node":"n","incarnation":"u/a:0"},
"volume":{"claimName":"c","claimUID":"u","volumeName":"v","capacity":"1Gi","phase":"Bound","onDelete":"Retain"},
"attempts":1,"nextAttemptTime":"2026-01-02T03:04:05Z","expiresAt":"2026-01-02T03:04:05Z",
"startTime":"2026-01-02T03:04:05Z","finishTime":"2026-01-02T03:04:05Z","activeSeconds":5,"lastHandledRunToken":"2",
"transitions":[{"time":"2026-01-02T03:04:05Z","to":"INIT","reason":"Starting"},
{"time":"2026-01-02T03:04:06Z","from":"INIT","to":"READY","reason":"Ready"}],"conditions":[{"type":"Ready","status":"True",
"reason":"PodReady","message":"","lastTransitionTime":"2026-01-02T03:04:05Z","observedGeneration":1}]}}`

// partOf is one object of fullStatus, changed.
func partOf(member string, change edit) any {
	var object map[string]map[string]any
	if err := json.Unmarshal([]byte(fullStatus), &object); err != nil {
		panic(err)
	}
	return change(object["status"][member])
}

func TestAFullStatusIsKeptToTheLetter(t *testing.T) {
	room := newRoom(t)
	room.mustCreate(newSession())
	expectAccepted(t, room.patchStatus(sessions, "notes", fullStatus))
	var want map[string]any
	if err := json.Unmarshal([]byte(fullStatus), &want); err != nil {
		t.Fatal(err)
	}
	expectStatus(t, "get", room.get(sessions, "notes"), want["status"].(map[string]any))
}

// conditions is a status with that many conditions of different types, changed by the edits.
func conditions(count int, edits ...edit) string {
	object := any(map[string]any{"status": map[string]any{"conditions": list(count, func(i int) any {
		return map[string]any{"type": "T" + letters(i+1), "status": "True", "reason": "Why", "message": "",
			"lastTransitionTime": "2026-01-02T03:04:05Z", "observedGeneration": 0}
	})}})
	for _, change := range edits {
		object = change(object)
	}
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// transitions are that many, changed by the edits.
func transitions(count int, edits ...edit) any {
	object := any(list(count, func(int) any {
		return map[string]any{"time": "2026-01-02T03:04:05Z", "from": "INIT", "to": "READY", "reason": "Ready"}
	}))
	for _, change := range edits {
		object = change(object)
	}
	return object
}

func TestStatusIsBounded(t *testing.T) {
	room := newRoom(t)
	room.mustCreate(newSession())
	room.mustCreate(newTemplate())
	const first = "status.conditions.0."
	member := func(path string, value any) string { return conditions(0, set("status."+path, value)) }
	shared := []struct{ what, patch, words string }{
		{"17 conditions", conditions(17), "Too many"},
		{"two conditions of one type", conditions(2, set("status.conditions.1.type", "Ta")), "Duplicate value"},
		{"a condition without a status", conditions(1, remove(first+"status")), "status: Required value"},
		{"a type of 129 letters", conditions(1, set(first+"type", "A"+letters(128))), "Too long"},
		{"a condition of generation -1", conditions(1, set(first+"observedGeneration", -1)), "should be greater than or equal to 0"},
		{"a condition without a reason", conditions(1, remove(first+"reason")), "reason: Required value"},
		{"a condition without a message", conditions(1, remove(first+"message")), "message: Required value"},
		{"a condition without a time", conditions(1, remove(first+"lastTransitionTime")), "lastTransitionTime: Required value"},
		{"a condition with a bad time", conditions(1, set(first+"lastTransitionTime", "yesterday")), "lastTransitionTime"},
		{"an empty reason", conditions(1, set(first+"reason", "")), "reason"},
		{"a reason in words", conditions(1, set(first+"reason", "the pod is gone")), "should match"},
		{"a reason of 129 letters", conditions(1, set(first+"reason", "A"+letters(128))), "Too long"},
		{"a type in words", conditions(1, set(first+"type", "is ready")), "should match"},
		{"a condition's message of 1025 letters", conditions(1, set(first+"message", letters(1025))), "Too long"},
		{"a status of maybe", conditions(1, set(first+"status", "Maybe")), "Unsupported value"},
		{"an unknown field", member("mood", "good"), `unknown field "status.mood"`},
		{"a generation below -1", member("observedGeneration", -2), "should be greater than or equal to -1"},
	}
	for _, row := range shared {
		t.Run(row.what, func(t *testing.T) {
			expectRefused(t, room.patchStatus(sessions, "notes", row.patch), row.words)
			expectRefused(t, room.patchStatus(sessionTemplates, "assistant", row.patch), row.words)
		})
	}
	expectAccepted(t, room.patchStatus(sessions, "notes", conditions(16)))
	expectAccepted(t, room.patchStatus(sessionTemplates, "assistant", conditions(16)))

	rows := []struct {
		path  string
		value any
		words string
	}{
		{"message", letters(1025), "Too long"},
		{"reason", "A" + letters(128), "Too long"},
		{"reason", "no pod", "should match"},
		{"outcome", "Done", "Unsupported value"},
		{"stateSince", "now", "stateSince"},
		{"nextAttemptTime", 5, "must be of type date-time"},
		{"expiresAt", "2026-01-02", "expiresAt"},
		{"startTime", "", "startTime"},
		{"finishTime", "x", "finishTime"},
		{"attempts", -1, "should be greater than or equal to 0"},
		{"activeSeconds", -1, "should be greater than or equal to 0"},
		{"lastHandledRunToken", letters(129), "Too long"},
		{"transitions", transitions(11), "Too many"},
		{"transitions", transitions(1, remove("0.to")), "to: Required value"},
		{"transitions", transitions(1, remove("0.time")), "time: Required value"},
		{"transitions", transitions(1, remove("0.reason")), "reason: Required value"},
		{"transitions", transitions(1, set("0.time", "now")), "time"},
		{"transitions", transitions(1, set("0.from", letters(17))), "Too long"},
		{"transitions", transitions(1, set("0.to", letters(17))), "Too long"},
		{"transitions", transitions(1, set("0.reason", letters(129))), "Too long"},
		{"template", partOf("template", remove("revision")), "revision: Required value"},
		{"template", partOf("template", remove("name")), "name: Required value"},
		{"template", partOf("template", remove("generation")), "generation: Required value"},
		{"template", partOf("template", set("name", letters(64))), "Too long"},
		{"template", partOf("template", set("generation", -1)), "should be greater than or equal to 0"},
		{"template", partOf("template", set("revision", letters(254))), "Too long"},
		{"pod", partOf("pod", remove("uid")), "uid: Required value"},
		{"pod", partOf("pod", remove("name")), "name: Required value"},
		{"pod", partOf("pod", set("name", letters(254))), "Too long"},
		{"pod", partOf("pod", set("uid", letters(65))), "Too long"},
		{"pod", partOf("pod", set("node", letters(254))), "Too long"},
		{"pod", partOf("pod", set("incarnation", letters(2049))), "Too long"},
		{"volume", partOf("volume", remove("claimName")), "claimName: Required value"},
		{"volume", partOf("volume", set("claimName", letters(254))), "Too long"},
		{"volume", partOf("volume", set("claimUID", letters(65))), "Too long"},
		{"volume", partOf("volume", set("volumeName", letters(254))), "Too long"},
		{"volume", partOf("volume", set("capacity", strings.Repeat("1", 33))), "Too long"},
		{"volume", partOf("volume", set("phase", letters(33))), "Too long"},
		{"volume", partOf("volume", set("onDelete", "Keep")), "Unsupported value"},
	}
	for i, row := range rows {
		t.Run(fmt.Sprintf("%s, row %d", row.path, i), func(t *testing.T) {
			expectRefused(t, room.patchStatus(sessions, "notes", member(row.path, row.value)), row.words)
		})
	}
}

func TestAnExpiredSessionKeepsItsLifetime(t *testing.T) {
	room := newRoom(t)
	made := room.mustCreate(newSession(set("spec.ttl.maxLifetimeSeconds", 5)))
	longer := func(edits ...edit) error {
		current := room.get(sessions, made.GetName())
		return room.update(newSession(append(edits, set("metadata.resourceVersion", current.GetResourceVersion()))...))
	}
	expectAccepted(t, longer(set("spec.ttl.maxLifetimeSeconds", 6)))
	expired := set("status.conditions.0.type", "Expired")
	expectAccepted(t, room.patchStatus(sessions, "notes", conditions(1, expired, set("status.conditions.0.status", "False"))))
	expectAccepted(t, longer(set("spec.ttl.maxLifetimeSeconds", 7)))
	expectAccepted(t, room.patchStatus(sessions, "notes", conditions(1, expired)))
	const sentence = "an expired Session stays expired; create a Session with spec.storage.existingClaim instead of changing spec.ttl"
	expectRefused(t, longer(set("spec.ttl.maxLifetimeSeconds", 8)), sentence)
	expectRefused(t, longer(), sentence)
	expectRefused(t, longer(set("spec.ttl", map[string]any{"maxLifetimeSeconds": 7, "afterIdleSeconds": 1})), sentence)
	same := set("spec.ttl.maxLifetimeSeconds", 7)
	expectRefused(t, longer(same, set("spec.runToken", "2")), "is not run again; create a Session with spec.storage.existingClaim")
	expectAccepted(t, longer(same, set("spec.desiredState", "Stopped")))
	expectAccepted(t, room.patchStatus(sessions, "notes", `{"status":{"reason":"Expired"}}`))
}

func TestAnOutcomeThatIsFinalIsNotRunAgain(t *testing.T) {
	room := newRoom(t)
	made := room.mustCreate(newSession(set("spec.runToken", "1")))
	run := func(token string) error {
		current := room.get(sessions, made.GetName())
		return room.update(newSession(set("spec.runToken", token),
			set("metadata.resourceVersion", current.GetResourceVersion())))
	}
	for outcome, final := range map[string]bool{"Completed": false, "Failed": false, "Timeout": false,
		"Cancelled": true, "Expired": true} {
		expectAccepted(t, room.patchStatus(sessions, "notes", `{"status":{"outcome":null}}`))
		expectAccepted(t, run("before "+outcome))
		expectAccepted(t, room.patchStatus(sessions, "notes", `{"status":{"outcome":"`+outcome+`"}}`))
		err := run("after " + outcome)
		if final {
			expectRefused(t, err, "a Session that was cancelled or has expired is not run again")
		} else {
			expectAccepted(t, err)
		}
	}
}
