package chart

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sojourn.dev/e2e/support"
)

const kustomization = `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namePrefix: blue-
resources: [objects.yaml]
configurations: [configuration.yaml]
openapi: {path: openapi.json}
images: [{name: registry.example/agent, newName: mirror.example/agent, newTag: "2"}]
patches:
  - patch: |
      apiVersion: sojourn.dev/v1alpha1
      kind: SessionTemplate
      metadata: {name: writer}
      spec: {agents: [{name: second, model: large}]}
`

const objectsForKustomize = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: writers}
---
apiVersion: sojourn.dev/v1alpha1
kind: SessionTemplate
metadata: {name: writer}
spec:
  agents:
    - name: first
      image: registry.example/agent:1
      envFrom: [{configMapRef: {name: settings}}]
      env: [{name: KEY, valueFrom: {secretKeyRef: {name: keys, key: k}}}]
    - {name: second, image: other.example/agent:1}
  podTemplate:
    spec:
      serviceAccountName: writers
      sidecars: [{name: helper, image: registry.example/agent:1}]
      volumes:
        - {name: a, secret: {secretName: keys}}
        - {name: b, projected: {sources: [{configMap: {name: settings}}]}}
---
apiVersion: sojourn.dev/v1alpha1
kind: Session
metadata: {name: one}
spec: {templateRef: {name: writer}}
`

func TestKustomize_ReachesIntoSessionsAndTemplates(t *testing.T) {
	program := os.Getenv("SOJOURN_HYPERKUBE")
	if program == "" {
		t.Fatal("SOJOURN_HYPERKUBE is not set; run ./dev/test, or set it to the path of hyperkube")
	}
	folder := t.TempDir()
	files := map[string]string{"kustomization.yaml": kustomization, "objects.yaml": objectsForKustomize}
	for _, name := range []string{"configuration.yaml", "openapi.json"} {
		text, err := os.ReadFile(filepath.Join("../../../deploy/kustomize", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := exec.CommandContext(t.Context(), program, "kubectl", "kustomize", folder).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	objects, err := support.ReadObjects(text)
	if err != nil {
		t.Fatal(err)
	}
	session, err := byName(objects)["Session /blue-one"].MarshalJSON()
	if err != nil || !strings.Contains(string(session), `"templateRef":{"name":"blue-writer"}`) {
		t.Errorf("the Session is %s (%v)", session, err)
	}
	template, err := byName(objects)["SessionTemplate /blue-writer"].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for part, count := range map[string]int{
		`"image":"mirror.example/agent:2"`: 2, `"image":"other.example/agent:1"`: 1,
		`"model":"large"`: 1, `"configMapRef":{"name":"blue-settings"}`: 1,
		`"secretName":"blue-keys"`: 1, `"serviceAccountName":"blue-writers"`: 1,
		`"configMap":{"name":"blue-settings"}`: 1, `"secretKeyRef":{"key":"k","name":"blue-keys"}`: 1,
		`"name":"first"`: 1, // the patch of the other agent left it
	} {
		if got := strings.Count(string(template), part); got != count {
			t.Errorf("%s is there %d times, want %d", part, got, count)
		}
	}
}
