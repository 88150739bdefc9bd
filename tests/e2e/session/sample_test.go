package session

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"sojourn.dev/e2e/support"
)

// applySample makes the objects of a file in deploy/samples, in the test's own namespace, and
// returns the Session among them.
func applySample(t *testing.T, space *support.Space, file string) *support.SessionHandle {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/samples/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var session *support.SessionHandle
	for _, document := range strings.Split(string(text), "\n---") {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(document), &object.Object); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		object.SetNamespace(space.Namespace)
		switch object.GetKind() {
		case "SessionTemplate":
			space.CreateObject(support.Templates, object)
		case "Session":
			session = space.SessionOf(space.CreateObject(support.Sessions, object))
		case "":
			// a document of comments
		default:
			t.Fatalf("%s holds a %s, which this test cannot make", file, object.GetKind())
		}
	}
	if session == nil {
		t.Fatalf("%s holds no Session", file)
	}
	return session
}

func TestSampleOfRaworc_BecomesReadyAndItsAgentsKnowTheirModel(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	session := applySample(t, space, "raworc.yaml")
	session.WaitPath(awake, "INIT", "READY")
	pod, _ := session.Pod()
	for _, container := range pod.Spec.Containers {
		model := strings.TrimSpace(session.Exec(container.Name, "sh", "-c", `echo "$SESSION_MODEL"`))
		file := session.Exec(container.Name, "sh", "-c", `cat "$SESSION_CONFIG_FILE"`)
		var agent struct {
			Agent  string            `json:"agent"`
			Model  string            `json:"model"`
			Config map[string]string `json:"config"`
		}
		if err := json.Unmarshal([]byte(file), &agent); err != nil {
			t.Fatalf("the file of agent %s: %v\n%s", container.Name, err, file)
		}
		if model == "" || agent.Agent != container.Name || agent.Model != model ||
			agent.Config["model"] != model {
			t.Errorf("agent %s has SESSION_MODEL %q and the file %s", container.Name, model, file)
		}
	}
}

func TestSampleOfTheQuickstart_BecomesReadyAndWritesToItsVolume(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	session := applySample(t, space, "quickstart.yaml")
	ready := session.WaitPath(awake, "INIT", "READY")
	if ready.Status.Volume == nil || ready.Status.Volume.Phase != "Bound" {
		t.Fatalf("status.volume is %+v", ready.Status.Volume)
	}
	pod, _ := session.Pod()
	agent := pod.Spec.Containers[0].Name
	line := session.Exec(agent, "sh", "-c",
		`until cat "$SESSION_WORKSPACE"/* 2>/dev/null | grep -m 1 .; do sleep 0.2; done`)
	if line == "" {
		t.Error("the agent wrote nothing to its volume")
	}
}

func TestSampleOfATailoredSession_RunsWhatItChose(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	session := applySample(t, space, "tailored.yaml")
	session.WaitPath(awake, "INIT", "READY")
	variables := session.Exec("writer", "sh", "-c", `echo "$CLONE $SESSION_MODEL $SESSION_TEMPERATURE $SESSION_TOOLS"`)
	if variables != "https://git.example/team/notes#main small 0.2 read,write\n" {
		t.Errorf("the writer knows %q", variables)
	}
}
