package crd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// node is a schema as crds/ has it.
type node map[string]any

func (n node) has(key string) bool { _, ok := n[key]; return ok }

func (n node) child(key string) node {
	member, _ := n[key].(map[string]any)
	return member
}

// flaws walks a schema and tells what lacks a description or a bound.
func flaws(schema node, path string) []string {
	var found []string
	complain := func(what string) { found = append(found, path+": "+what) }
	if description, _ := schema["description"].(string); path != "metadata" &&
		!strings.HasSuffix(description, ".") {
		complain("has no description that is a sentence")
	}
	switch kind := schema["type"]; {
	case schema["x-kubernetes-int-or-string"] == true:
		if !schema.has("maxLength") {
			complain("is an unbounded int-or-string")
		}
	case kind == "string":
		if !schema.has("maxLength") && !schema.has("enum") && schema["format"] != "date-time" {
			complain("is an unbounded string")
		}
	case kind == "array":
		if !schema.has("maxItems") {
			complain("is an unbounded list")
		}
		if !schema.has("x-kubernetes-list-type") {
			complain("is a list without a list type")
		}
	case kind == "object" && schema.has("additionalProperties"):
		if !schema.has("maxProperties") {
			complain("is an unbounded map")
		}
	case kind == "object", kind == "boolean":
	case kind == "number":
		if !schema.has("minimum") || !schema.has("maximum") {
			complain("is an unbounded number")
		}
	case kind == "integer":
		if !schema.has("minimum") && !strings.HasSuffix(path, ".tolerationSeconds") {
			complain("is an integer without a lower bound")
		}
	default:
		complain("is of no known type")
	}
	for name, member := range schema.child("properties") {
		child, _ := member.(map[string]any)
		found = append(found, flaws(child, strings.TrimPrefix(path+"."+name, "."))...)
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if schema.has(key) {
			found = append(found, flaws(schema.child(key), path+"[]")...)
		}
	}
	return found
}

// open lists the objects whose members the API server does not know.
func open(schema node, path string) []string {
	var found []string
	if schema["x-kubernetes-preserve-unknown-fields"] == true {
		found = append(found, path)
	}
	for name, member := range schema.child("properties") {
		child, _ := member.(map[string]any)
		found = append(found, open(child, strings.TrimPrefix(path+"."+name, "."))...)
	}
	if schema.has("items") {
		found = append(found, open(schema.child("items"), path+"[]")...)
	}
	return found
}

// definitions are the CRDs by the name of their file.
func definitions(t *testing.T) map[string]node {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(definitionsDirectory, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no definitions in %s: %v", definitionsDirectory, err)
	}
	all := map[string]node{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var definition node
		if err := yaml.Unmarshal(text, &definition); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[filepath.Base(file)] = definition
	}
	return all
}

func schemaOf(t *testing.T, definition node) node {
	t.Helper()
	versions, _ := definition.child("spec")["versions"].([]any)
	if len(versions) != 1 {
		t.Fatalf("want one version, found %d", len(versions))
	}
	version := node(versions[0].(map[string]any))
	return version.child("schema").child("openAPIV3Schema")
}

func TestEveryFieldIsDescribedAndBounded(t *testing.T) {
	for file, definition := range definitions(t) {
		for _, flaw := range flaws(schemaOf(t, definition), "") {
			t.Errorf("%s: %s", file, flaw)
		}
	}
}

func TestTheWalkFindsWhatIsMissing(t *testing.T) {
	good := `{"type":"object","description":"D.","properties":{"a":{"type":"string","maxLength":3,"description":"A."}}}`
	rows := []struct{ from, to, flaw string }{
		{`"description":"A."`, `"default":"A."`, "a: has no description"},
		{`"A."`, `"A"`, "a: has no description that is a sentence"},
		{`"maxLength":3`, `"minLength":3`, "a: is an unbounded string"},
		{`"type":"string","maxLength":3`, `"type":"number","minimum":0`, "a: is an unbounded number"},
		{`"type":"string"`, `"type":"array"`, "a: is an unbounded list"},
		{`"type":"string","maxLength":3`, `"type":"array","maxItems":3`, "a: is a list without a list type"},
		{`"type":"string","maxLength":3`, `"x-kubernetes-int-or-string":true`, "a: is an unbounded int-or-string"},
		{`"type":"string","maxLength":3`, `"type":"integer"`, "a: is an integer without a lower bound"},
		{`"type":"string"`, `"type":"null"`, "a: is of no known type"},
		{`"type":"string"`, `"type":"object","additionalProperties":{}`, "a: is an unbounded map"},
		{`"type":"string"`, `"type":"object","maxProperties":1,"additionalProperties":{"type":"string","description":"B."}`,
			"a[]: is an unbounded string"},
	}
	walk := func(text string) string {
		var schema node
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			t.Fatal(err)
		}
		return strings.Join(flaws(schema, ""), "\n")
	}
	if found := walk(good); found != "" {
		t.Error(found)
	}
	for _, row := range rows {
		if found := walk(strings.Replace(good, row.from, row.to, 1)); !strings.Contains(found, row.flaw) {
			t.Errorf("want %q, found %q", row.flaw, found)
		}
	}
}

func TestOnlyPodFragmentsAreOpen(t *testing.T) {
	pod := "spec.podTemplate.spec."
	allowed := []string{
		pod + "affinity.nodeAffinity", pod + "affinity.podAffinity", pod + "affinity.podAntiAffinity",
		pod + "topologySpreadConstraints[]",
	}
	for _, source := range []string{
		"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "projected", "secret",
	} {
		allowed = append(allowed, pod+"volumes[]."+source)
	}
	for file, definition := range definitions(t) {
		for _, path := range open(schemaOf(t, definition), "") {
			if !slices.Contains(allowed, path) {
				t.Errorf("%s: %s is open to any member", file, path)
			}
		}
	}
}

// kubectl apply keeps a copy of the object in an annotation, which may hold 256 KiB.
func TestTheDefinitionsFitIntoAnAnnotation(t *testing.T) {
	for file, definition := range definitions(t) {
		text, err := json.Marshal(definition)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) >= 256<<10 {
			t.Errorf("%s has %d bytes", file, len(text))
		}
	}
}
