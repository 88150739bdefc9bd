package crd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// table is what kubectl get prints: the names of the columns and the cells of the only row, without
// the age; columns that only -o wide shows are marked with a +.
func (r *room) table(of schema.GroupVersionResource) (columns, cells []string) {
	r.t.Helper()
	text, err := r.cluster.Core.CoreV1().RESTClient().Get().
		AbsPath("/apis", of.Group, of.Version, "namespaces", r.namespace, of.Resource).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").DoRaw(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	var table metav1.Table
	if err := json.Unmarshal(text, &table); err != nil {
		r.t.Fatal(err)
	}
	if len(table.Rows) != 1 {
		r.t.Fatalf("want one row, got %d", len(table.Rows))
	}
	for i, column := range table.ColumnDefinitions {
		mark := strings.Repeat("+", int(column.Priority))
		columns = append(columns, mark+column.Name)
		if column.Name != "Age" {
			cells = append(cells, fmt.Sprint(table.Rows[0].Cells[i]))
		}
	}
	return columns, cells
}

func expectSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: want %q, got %q", what, want, got)
	}
}

func TestTheColumnsOfSessionsTellWhatGoesOn(t *testing.T) {
	room := newRoom(t)
	room.mustCreate(newSession())
	want := []string{"Name", "State", "Ready", "Template", "Outcome", "Expires", "Age",
		"+Pod", "+Node", "+Volume", "+Reason", "+Message"}
	columns, cells := room.table(sessions)
	expectSame(t, "columns", columns, want)
	const none = "<nil>"
	expectSame(t, "fresh", cells, []string{"notes", none, none, "assistant", none, none, none, none, none, none, none})
	expectAccepted(t, room.patchStatus(sessions, "notes", fullStatus))
	_, cells = room.table(sessions)
	expectSame(t, "full", cells, []string{"notes", "READY", "True", "assistant", "Completed",
		"2026-01-02T03:04:05Z", "p", "n", "c", "PodReady", "m"})
}

func TestTheColumnsOfTemplatesTellWhetherTheyCanBeUsed(t *testing.T) {
	room := newRoom(t)
	room.mustCreate(newTemplate())
	expectAccepted(t, room.patchStatus(sessionTemplates, "assistant", conditions(2,
		set("status.conditions.1.type", "Accepted"), set("status.conditions.1.reason", "Valid"),
		set("status.conditions.1.message", "in one sentence"))))
	columns, cells := room.table(sessionTemplates)
	expectSame(t, "columns", columns, []string{"Name", "Accepted", "Reason", "Age", "+Message"})
	expectSame(t, "cells", cells, []string{"assistant", "True", "Valid", "in one sentence"})
}

func TestSessionsAreFoundByTheirFields(t *testing.T) {
	room := newRoom(t)
	for name, status := range map[string]string{
		"asleep":   `{"status":{"state":"IDLE"}}`,
		"up":       `{"status":{"state":"READY","pod":{"name":"p","uid":"u","node":"node-1"}}}`,
		"finished": `{"status":{"state":"IDLE","outcome":"Completed"}}`,
	} {
		room.mustCreate(newSession(set("metadata.name", name), set("spec.templateRef.name", "for-"+name)))
		expectAccepted(t, room.patchStatus(sessions, name, status))
	}
	for selector, want := range map[string][]string{
		"status.state=IDLE":                 {"asleep", "finished"},
		"status.state=READY":                {"up"},
		"status.state!=IDLE":                {"up"},
		"status.outcome=Completed":          {"finished"},
		"status.outcome=":                   {"asleep", "up"},
		"spec.templateRef.name=for-up":      {"up"},
		"status.pod.node=node-1":            {"up"},
		"status.state=IDLE,status.outcome=": {"asleep"},
		"status.pod.node=node-2":            nil,
	} {
		found, err := room.client(sessions).List(t.Context(), metav1.ListOptions{FieldSelector: selector})
		if err != nil {
			t.Errorf("%s: %v", selector, err)
			continue
		}
		var names []string
		for _, item := range found.Items {
			names = append(names, item.GetName())
		}
		expectSame(t, selector, names, want)
	}
}

func TestTheKindsHaveTheirShortNames(t *testing.T) {
	cluster := connect(t)
	served, err := cluster.Core.Discovery().ServerResourcesForGroupVersion("sojourn.dev/v1alpha1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"sessions": {"ses", "sess"}, "sessions/status": nil,
		"sessiontemplates": {"sest"}, "sessiontemplates/status": nil,
	}
	for _, one := range served.APIResources {
		short, known := want[one.Name]
		if !known {
			t.Errorf("%s is served unasked", one.Name)
		}
		expectSame(t, one.Name, one.ShortNames, short)
		if !strings.Contains(one.Name, "/") {
			expectSame(t, one.Name, one.Categories, []string{"sojourn"})
		}
		delete(want, one.Name)
	}
	for name := range want {
		t.Errorf("%s is not served", name)
	}
}
