package support

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// revisionsOf reads one object a YAML document. The kind follows from the field `kind`; an object
// with `gone: true` was removed.
func revisionsOf(t *testing.T, documents string) []Revision {
	t.Helper()
	kinds := map[string]Kind{"Session": Sessions, "SessionTemplate": Templates, "Pod": Pods,
		"PersistentVolumeClaim": Claims, "Event": Events}
	var revisions []Revision
	for _, document := range strings.Split(documents, "---\n") {
		object := map[string]any{}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		gone, _ := object["gone"].(bool)
		delete(object, "gone")
		revisions = append(revisions, Revision{
			Kind:    kinds[object["kind"].(string)],
			Version: uint64(len(revisions) + 1),
			Deleted: gone,
			Object:  &unstructured.Unstructured{Object: object},
		})
	}
	return revisions
}

const podOfS = `kind: Pod
metadata:
  name: p
  uid: %UID%
  ownerReferences: [{kind: Session, name: s, uid: s-uid, controller: true}]
status: {phase: %PHASE%}
`

func pod(uid, phase string) string {
	return strings.NewReplacer("%UID%", uid, "%PHASE%", phase).Replace(podOfS)
}

func session(generation, status string) string {
	return "kind: Session\nmetadata: {name: s, uid: s-uid, generation: " + generation +
		"}\nspec: {}\nstatus: {" + status + "}\n"
}

func retained(when string) string {
	return "kind: Session\nmetadata: {name: s, uid: s-uid, deletionTimestamp: '2026-01-01T00:00:00Z'}\n" +
		"spec: {storage: {retention: {whenDeleted: " + when + "}}}\n"
}

const claimOfS = "kind: PersistentVolumeClaim\n" +
	"metadata: {name: c, uid: c-uid, labels: {sojourn.dev/session-uid: s-uid}}\n"

func released(until string) string {
	return strings.Replace(claimOfS, "labels:", "annotations: {sojourn.dev/retained-at: "+
		"'2020-01-01T00:00:00Z', sojourn.dev/retain-until: '"+until+"'}, labels:", 1)
}

func TestEveryInvariantFindsItsViolationAndNoOther(t *testing.T) {
	const next = "---\n"
	rows := []struct {
		name      string
		documents string
		fault     string // how the only fault begins; empty: none
	}{
		{"a second pod beside the first", pod("a", "Running") + next + pod("b", "Pending"), "I1"},
		{"a second pod after the first ended", pod("a", "Failed") + next + pod("b", "Pending"), ""},
		{"a second pod after the first was removed",
			pod("a", "Running") + next + "gone: true\n" + pod("a", "Running") + next +
				pod("b", "Pending"), ""},
		{"another claim", claimOfS + next + strings.Replace(claimOfS, "c-uid", "d-uid", 1), "I2"},
		{"a retained claim deleted",
			retained("Retain") + next + claimOfS + next + "gone: true\n" + claimOfS, "I3"},
		{"a claim under Delete deleted with its session",
			retained("Delete") + next + claimOfS + next + "gone: true\n" + claimOfS, ""},
		{"a claim under Delete deleted while its session lives",
			strings.Replace(retained("Delete"), ", deletionTimestamp: '2026-01-01T00:00:00Z'", "", 1) +
				next + "gone: true\n" + claimOfS, "I3"},
		{"a claim reaped after its time", retained("Retain") + next + "gone: true\n" +
			released("2020-01-02T00:00:00Z"), ""},
		{"a claim reaped before its time", retained("Retain") + next + "gone: true\n" +
			released("2100-01-02T00:00:00Z"), "I3"},
		{"a claim with an end that nobody has released", retained("Retain") + next + "gone: true\n" +
			strings.Replace(released("2020-01-02T00:00:00Z"), "retained-at", "x", 1), "I3"},
		{"a life", session("1", "") + next + session("1", "state: INIT") + next +
			session("1", "state: READY") + next + session("1", "state: IDLE") + next +
			session("2", "state: READY") + next + session("2", "state: ERROR") + next +
			session("2", "state: INIT"), ""},
		{"asleep without having been awake",
			session("1", "state: INIT") + next + session("1", "state: IDLE"), "I5"},
		{"awake from nothing", session("1", "") + next + session("1", "state: READY"), "I5"},
		{"an observed generation that falls",
			session("3", "observedGeneration: 2") + next + session("3", "observedGeneration: 1"), "I6"},
		{"an observed generation of the future", session("1", "observedGeneration: 2"), "I6"},
		{"a finalizer", "kind: Pod\nmetadata: {name: p, finalizers: [sojourn.dev/x]}\n", "I7"},
		{"the finalizer of Kubernetes",
			"kind: PersistentVolumeClaim\nmetadata: {finalizers: [kubernetes.io/pvc-protection]}\n", ""},
		{"a spec written by another", "kind: Session\nmetadata: {name: s, managedFields: " +
			"[{manager: sojourn-operator, fieldsV1: {'f:spec': {}}}]}\n", "I8"},
		{"a stranger's pod written by the operator", "kind: Pod\nmetadata: {name: p, uid: p-uid, " +
			"managedFields: [{manager: sojourn-operator}]}\n", "I4"},
		{"a stranger's claim with the labels of a session", "kind: PersistentVolumeClaim\nmetadata: " +
			"{name: c, uid: c-uid, labels: {sojourn.dev/session: s, sojourn.dev/session-uid: s-uid}, " +
			"managedFields: [{manager: sojourn-operator}]}\n", "I4"},
		{"a session's claim written by the operator", "kind: PersistentVolumeClaim\nmetadata: " +
			"{name: s-a4b865ec74, uid: c-uid, labels: {sojourn.dev/session: s, " +
			"sojourn.dev/session-uid: s-uid}, managedFields: [{manager: sojourn-operator}]}\n", ""},
		{"a claim handed on by the operator", "kind: PersistentVolumeClaim\nmetadata: " +
			"{name: s-a4b865ec74, uid: c-uid, labels: {sojourn.dev/session: next, " +
			"sojourn.dev/session-uid: next-uid, sojourn.dev/first-session: s, " +
			"sojourn.dev/first-session-uid: s-uid}, managedFields: [{manager: sojourn-operator}]}\n", ""},
		{"a status that changes and changes back", session("1", "state: INIT, reason: A") + next +
			session("1", "state: INIT, reason: B") + next + session("1", "state: INIT, reason: A"), "I10"},
		{"a status that changes back with its pod", session("1", "state: INIT, reason: A") + next +
			session("1", "state: INIT, reason: B") + next + pod("a", "Running") + next +
			session("1", "state: INIT, reason: A"), ""},
		{"a status written by another", "kind: Session\nmetadata: {name: s, managedFields: " +
			"[{manager: sojourn-operator, fieldsV1: {'f:status': {}}}]}\n", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			faults := Violations(revisionsOf(t, row.documents), Allowances{})
			found := slices.ContainsFunc(faults,
				func(fault string) bool { return strings.HasPrefix(fault, row.fault+":") })
			if row.fault == "" && len(faults) != 0 || row.fault != "" && (!found || len(faults) != 1) {
				t.Errorf("want one fault of %q, got %v", row.fault, faults)
			}
		})
	}
}

func TestWhatTheTestDidItselfIsNoFault(t *testing.T) {
	allowed := Allowances{RemovedClaims: []string{"c"}, WipedStatus: []string{"s"}}
	documents := retained("Retain") + "---\ngone: true\n" + claimOfS + "---\n" +
		session("1", "state: READY, observedGeneration: 1") + "---\n" + session("1", "state: INIT")
	if faults := Violations(revisionsOf(t, documents), allowed); len(faults) != 0 {
		t.Error(faults)
	}
}

func TestAChildIsNamedBySessionNameAndUID(t *testing.T) {
	rows := map[string]string{
		"notes":                 "notes-a4b865ec74",
		"a.b":                   "a-b-a4b865ec74",
		strings.Repeat("x", 63): strings.Repeat("x", 44) + "-a4b865ec74",
	}
	for name, want := range rows {
		handle := SessionHandle{Name: name, UID: "s-uid"}
		if got := handle.ChildName(); got != want {
			t.Errorf("Session %s: want child %s, got %s", name, want, got)
		}
	}
}

func TestAConditionThatIsNotThereIsNotTrue(t *testing.T) {
	session := Session{Status: SessionStatus{Conditions: []metav1.Condition{
		{Type: "Ready", Status: metav1.ConditionTrue}}}}
	if !session.Is("Ready") || session.Is("Stalled") {
		t.Error("Is() does not read the conditions")
	}
}

const failed = `kind: Session
metadata: {name: s, uid: s-uid}
status: {state: ERROR, reason: PodLost, conditions: [{type: Ready, status: %READY%}]}
`

const event = `kind: Event
metadata: {name: e}
reason: PodLost
message: pod p of the secret-of-somebody is gone
involvedObject: {kind: Session, uid: s-uid}
`

func TestAFailureThatNothingTellsOf_IsFound(t *testing.T) {
	told := strings.Replace(failed, "%READY%", "'False'", 1)
	rows := []struct {
		name, documents string
		visible         bool
	}{
		{"told by condition and Event", told + "---\n" + event, true},
		{"without an Event", told, false},
		{"with the Event of another reason", told + "---\n" +
			strings.Replace(event, "PodLost", "Evicted", 1), false},
		{"with the Event of another session", told + "---\n" +
			strings.Replace(event, "s-uid", "other", 1), false},
		{"still Ready", strings.Replace(failed, "%READY%", "'True'", 1) + "---\n" + event, false},
	}
	for _, row := range rows {
		revisions := revisionsOf(t, row.documents)
		failings := Failings(revisions, Allowances{})
		if len(failings) != 1 {
			t.Fatalf("%s: found %d failures", row.name, len(failings))
		}
		if untold := failings[0].Untold(revisions); (untold == "") != row.visible {
			t.Errorf("%s: %q", row.name, untold)
		}
	}
}

func TestASecretThatIsShown_IsFound(t *testing.T) {
	spec := map[string]any{"prompt": "secret-of-somebody", "agents": []any{map[string]any{
		"env": []any{map[string]any{"name": "LONG-NAME-OF-IT", "value": "line\n\"another\" one"}}}}}
	secrets := SecretsIn(spec)
	if len(secrets) != 2 {
		t.Fatalf("the spec has two secrets, found %q", secrets)
	}
	rows := []struct {
		name, documents, text string
		faults                int
	}{
		{"nowhere", session("1", "state: INIT"), "nothing", 0},
		{"in the spec", "kind: Session\nspec: {prompt: secret-of-somebody}\n", "", 0},
		{"in the status", session("1", "message: a secret-of-somebody"), "", 1},
		{"in an Event", event, "", 1},
		{"in a log", session("1", "state: INIT"), "... secret-of-somebody ...", 1},
		{"in a log as JSON", session("1", "state: INIT"), `{"msg":"line\n\"another\" one"}`, 1},
	}
	for _, row := range rows {
		faults := SecretViolations(secrets, revisionsOf(t, row.documents),
			map[string]string{"the log": row.text})
		if len(faults) != row.faults {
			t.Errorf("%s: %v", row.name, faults)
		}
	}
}
