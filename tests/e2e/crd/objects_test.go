package crd

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// parse reads an object from YAML and applies the edits.
func parse(text string, edits ...edit) *unstructured.Unstructured {
	var object any
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		panic(err)
	}
	for _, change := range edits {
		object = change(object)
	}
	// Through JSON once more, so that numbers have the types unstructured objects want.
	encoded, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	result := &unstructured.Unstructured{}
	if err := result.UnmarshalJSON(encoded); err != nil {
		panic(err)
	}
	return result
}

// newSession is the smallest Session, with edits.
func newSession(edits ...edit) *unstructured.Unstructured {
	return parse(`
apiVersion: sojourn.dev/v1alpha1
kind: Session
metadata: {name: notes}
spec: {templateRef: {name: assistant}}`, edits...)
}

// newTemplate is a SessionTemplate with one of everything that needs another thing, with edits.
func newTemplate(edits ...edit) *unstructured.Unstructured {
	return parse(`
apiVersion: sojourn.dev/v1alpha1
kind: SessionTemplate
metadata: {name: assistant}
spec:
  agents:
    - {name: writer, env: [{name: A, value: x}], volumeMounts: [{name: cache, mountPath: /cache}]}
    - {name: critic}
  podTemplate:
    spec:
      volumes: [{name: cache, emptyDir: {}}]
      initContainers: [{name: fetch, image: fetch:1}]
      sidecars: [{name: proxy, image: proxy:1}]`, edits...)
}

type edit func(object any) any

// set gives the member at a path such as spec.agents.0.name a value, making what leads there.
func set(path string, value any) edit {
	return func(object any) any { return changed(object, strings.Split(path, "."), value) }
}

type removal struct{}

// remove takes the member at a path away.
func remove(path string) edit { return set(path, removal{}) }

// with is several edits as one.
func with(edits ...edit) edit {
	return func(object any) any {
		for _, change := range edits {
			object = change(object)
		}
		return object
	}
}

func changed(place any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if list, ok := place.([]any); ok {
		index, err := strconv.Atoi(path[0])
		if err != nil || index >= len(list) {
			panic(fmt.Sprintf("no item %q", path[0]))
		}
		list[index] = changed(list[index], path[1:], value)
		return list
	}
	members, ok := place.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	if _, gone := value.(removal); gone && len(path) == 1 {
		delete(members, path[0])
	} else {
		members[path[0]] = changed(members[path[0]], path[1:], value)
	}
	return members
}

// letters is a text of that many letters.
func letters(count int) string { return strings.Repeat("a", count) }

// list is that many items, each made from its number.
func list(count int, item func(i int) any) []any {
	items := make([]any, count)
	for i := range items {
		items[i] = item(i)
	}
	return items
}

// numbered is an agent with that number in its name.
func numbered(i int) any { return map[string]any{"name": fmt.Sprintf("agent-%d", i)} }

// dictionary has that many entries of one value.
func dictionary(count int, value string) map[string]any {
	entries := map[string]any{}
	for i := range count {
		entries[fmt.Sprintf("k%d", i)] = value
	}
	return entries
}

// expectRefused expects the API server's no, in words that contain all of those given.
func expectRefused(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Error("was accepted")
		return
	}
	if !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
		t.Errorf("failed otherwise: %v", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the refusal does not say %q: %v", word, err)
		}
	}
}

func expectAccepted(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("was refused: %v", err)
	}
}
