package main

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"sojourn.dev/e2e/support"
)

func historyOf(t *testing.T, kind support.Kind, documents ...string) *support.History {
	t.Helper()
	history := support.NewHistory()
	for index, document := range documents {
		object := map[string]any{}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		gone, _ := object["gone"].(bool)
		delete(object, "gone")
		history.Add(support.Revision{Kind: kind, Version: uint64(index + 1), Deleted: gone,
			Object: &unstructured.Unstructured{Object: object}})
	}
	return history
}

const (
	ourPod = "metadata: {name: p, ownerReferences: [{kind: Session, name: s, uid: u, " +
		"controller: true}]}"
	strangersPod = "metadata: {name: p}"
)

func TestWhatOnlyRequestsShow_IsFound(t *testing.T) {
	made := Call{Kind: "create-pods", Number: 1, Name: "p", Code: 201, Run: 1}
	again := Call{Kind: "create-pods", Number: 2, Name: "p", Code: 409, Run: 1}
	later, lost := again, made
	later.Run, lost.Faulty = 2, true
	rows := []struct {
		name  string
		calls []Call
		pods  []string
		fault string
	}{
		{"a status with a resourceVersion", []Call{{Kind: "patch-sessions-status",
			Body: []byte(`{"metadata":{"resourceVersion":"7"},"status":{}}`)}}, nil, ""},
		{"a status without", []Call{{Kind: "patch-sessions-status", Body: []byte(`{"status":{}}`)}},
			nil, "I9"},
		{"a deletion of its own pod", []Call{{Kind: "delete-pods", Name: "p"}}, []string{ourPod}, ""},
		{"a deletion of a stranger's", []Call{{Kind: "delete-pods", Name: "p"}},
			[]string{strangersPod}, "I4"},
		{"a pod made twice", []Call{made, again}, []string{ourPod}, "I11"},
		{"a pod made again after a crash", []Call{made, later}, []string{ourPod}, ""},
		{"a pod made again because the answer was lost", []Call{lost, again}, []string{ourPod}, ""},
		{"a pod made again after its end", []Call{made, again}, []string{ourPod, "gone: true\n" + ourPod},
			""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			faults := support.WriteViolations(WritesOf(row.calls), historyOf(t, support.Pods, row.pods...))
			wrong := len(faults) != 1 || !strings.HasPrefix(faults[0], row.fault+":")
			if row.fault == "" && len(faults) != 0 || row.fault != "" && wrong {
				t.Errorf("want one fault of %q, got %v", row.fault, faults)
			}
		})
	}
}

func TestEndStates_DifferInWhatMattersOnly(t *testing.T) {
	session := func(uid, version, time, state string) string {
		return "metadata: {name: s, uid: uid-" + uid + ", resourceVersion: '" + version + "'}\n" +
			"status: {state: " + state + ", stateSince: '" + time + "', pod: {uid: uid-" + uid + "}}"
	}
	one := EndState(historyOf(t, support.Sessions, session("1", "7", "2026-01-01T00:00:00Z", "READY")),
		"n1")
	two := EndState(historyOf(t, support.Sessions, session("2", "9", "2026-02-02T00:00:00Z", "READY")),
		"n2")
	if one != two {
		t.Errorf("alike, but different:\n%s", Difference(one, two))
	}
	other := EndState(historyOf(t, support.Sessions, session("1", "7", "2026-01-01T00:00:00Z", "IDLE")),
		"n1")
	if difference := Difference(one, other); !strings.Contains(difference, `.status.state = "READY"`) ||
		!strings.Contains(difference, `.status.state = "IDLE"`) {
		t.Errorf("another state is not seen: %q", difference)
	}
}
