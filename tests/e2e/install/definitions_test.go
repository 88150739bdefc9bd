package install

import (
	"context"
	"os"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sojourn.dev/e2e/support"
)

var definitions = schema.GroupVersionResource{
	Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// served is how long the API server takes to serve a changed definition and to end the watches of the
// one before. Nothing tells when it has.
const served = 5 * time.Second

// changeDefinition changes the schema of Sessions below the path, and leaves it as the chart has it
// when the test ends.
func changeDefinition(t *testing.T, change func(properties map[string]any), path ...string) {
	t.Helper()
	client := cluster.Dynamic.Resource(definitions)
	definition, err := client.Get(t.Context(), "sessions.sojourn.dev", v1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	version, _ := versions[0].(map[string]any)
	whole := append([]string{"schema", "openAPIV3Schema", "properties"}, path...)
	properties, found, err := unstructured.NestedMap(version, whole...)
	if err != nil || !found {
		t.Fatalf("the schema has no %v: %v", path, err)
	}
	original, _, _ := unstructured.NestedMap(definition.DeepCopy().Object, "spec")
	change(properties)
	if err := unstructured.SetNestedMap(version, properties, whole...); err != nil {
		t.Fatal(err)
	}
	if err := unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Update(t.Context(), definition, v1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		now, err := client.Get(context.Background(), definition.GetName(), v1.GetOptions{})
		if err == nil {
			now.Object["spec"] = original
			_, err = client.Update(context.Background(), now, v1.UpdateOptions{})
		}
		if err != nil {
			t.Errorf("the definition of Session is not as it was: %v", err)
		}
	})
}

// newSpaceBehind makes a Space once the changed definition is served.
func newSpaceBehind(t *testing.T, change func(properties map[string]any), path ...string) *support.Space {
	t.Helper()
	changeDefinition(t, change, path...)
	time.Sleep(served)
	return newSpace(t)
}

func TestDefinitionNewerThanTheOperator_FieldsItDoesNotKnowAreKept(t *testing.T) {
	space := newSpaceBehind(t, func(properties map[string]any) {
		properties["future"] = map[string]any{"type": "string"}
	}, "spec", "properties")
	session := space.SessionOf(space.CreateObject(support.Sessions, &unstructured.Unstructured{
		Object: map[string]any{"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
			"metadata": map[string]any{"name": "newer"},
			"spec":     map[string]any{"templateRef": map[string]any{"name": "idler"}, "future": "kept"}}}))
	session.WaitPath(awake, "INIT", "READY")
	session.Want("Stopped")
	session.WaitPath(asleep, "INIT", "READY", "IDLE")
	object, err := space.Client(support.Sessions).Get(t.Context(), session.Name, v1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if is, _, _ := unstructured.NestedString(object.Object, "spec", "future"); is != "kept" {
		t.Errorf("spec.future is %q: the operator took it away", is)
	}
}

func TestDefinitionOlderThanTheOperator_SessionsRunAndWhatIsWrittenInVainIsWrittenEverMoreRarely(t *testing.T) {
	space := newSpaceBehind(t, func(properties map[string]any) {
		if _, found := properties["startTime"]; !found {
			t.Fatal("status has no field startTime that could be missing")
		}
		delete(properties, "startTime")
	}, "status", "properties")
	session := startSession(space, "older")
	if at := session.Now().Status.StartTime; at != nil {
		t.Fatalf("status.startTime is %v though the definition has no such field", at)
	}
	session.WaitFor(noticed, "Degraded", func(s support.Session) bool {
		return s.Condition("Degraded").Reason == "StatusPruned" && s.Status.State == "READY"
	})
	writes := func() int {
		all, err := support.AuditedWrites(os.Getenv("SOJOURN_E2E_AUDIT"), space.Namespace)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if writes() == 0 {
		t.Fatal("the audit log shows no write, so nothing would be shown")
	}
	time.Sleep(30 * time.Second)
	before := writes()
	time.Sleep(10 * time.Second)
	if more := writes() - before; more > 1 {
		t.Errorf("half a minute after it was READY the Session is written %d times in 10 s", more)
	}
	session.Want("Stopped")
	session.WaitPath(asleep, "INIT", "READY", "IDLE")
}
