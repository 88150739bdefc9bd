package session

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Two agents, of which Sessions may choose, and what they may say otherwise.
const tailor = `
agents:
  - name: writer
    command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
    config: {model: large, tone: plain}
    tools: [read, write]
    env: [{name: CLONE, value: "$(REPOSITORY)#$(BRANCH)"}]
  - name: reviewer
    command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
parameters:
  - {name: REPOSITORY, required: true, pattern: "https://[a-z./$()]+"}
  - {name: BRANCH, default: main}
overrides: [model, temperature, tools, contextFrom]
podTemplate: {spec: {terminationGracePeriodSeconds: 2}}
`

func TestTailoredSession_RunsTheChosenAgentWithItsParametersAndContext(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("tailor", tailor)
	session := space.CreateSession("tailored", `
templateRef: {name: tailor}
displayName: "Notes $(SESSION_ID)"
metadata: '{"ticket": 4711}'
context: '{"week": 47, "path": "$(HOME)"}'
parameters: {REPOSITORY: "https://git.example/$(ssh)"}
agents: [{name: writer, model: small, temperature: 0.2, tools: []}]
`)
	session.WaitPath(awake, "INIT", "READY")
	pod, _ := session.Pod()
	if len(pod.Spec.Containers) != 1 || pod.Spec.Containers[0].Name != "writer" {
		t.Fatalf("the pod has %d containers, want the writer alone", len(pod.Spec.Containers))
	}
	variables := session.Exec("writer", "sh", "-c",
		`printf '%s\n' "$REPOSITORY" "$BRANCH" "$CLONE" "$SESSION_DISPLAY_NAME" "$SESSION_MODEL" \
			"$SESSION_TEMPERATURE" "${SESSION_TOOLS-unset}"`)
	const expected = "https://git.example/$(ssh)\nmain\nhttps://git.example/$(ssh)#main\n" +
		"Notes $(SESSION_ID)\nsmall\n0.2\nunset\n"
	if variables != expected {
		t.Errorf("the variables are\n%swant\n%s", variables, expected)
	}
	if read := session.Exec("writer", "sh", "-c", `cat "$SESSION_CONTEXT_FILE"`); read != `{"week": 47, "path": "$(HOME)"}` {
		t.Errorf("the context arrived as %q", read)
	}
	var told map[string]any
	if err := json.Unmarshal([]byte(session.Exec("writer", "sh", "-c", `cat "$SESSION_CONFIG_FILE"`)), &told); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]any{"agent": "writer", "model": "small", "temperature": 0.2, "tools": []any{},
		"config": map[string]any{"model": "large", "tone": "plain"}}
	if !reflect.DeepEqual(told, wanted) {
		t.Errorf("the agent is told %v, want %v", told, wanted)
	}
}

func TestSessionThatDoesNotFitItsTemplate_SaysWhyAndStartsWhenTheTemplateAllowsIt(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("tailor", tailor)
	session := space.CreateSession("unfit", `
templateRef: {name: tailor}
parameters: {REPOSITORY: "https://git.example/notes"}
agents: [{name: writer, maxOutputTokens: 100}]
`)
	held := session.WaitReason(awake, "INIT", "InvalidSession")
	if !strings.Contains(held.Status.Message, "add maxOutputTokens to the template's overrides") {
		t.Errorf("the message is %q", held.Status.Message)
	}
	waitAccepted(space, "tailor", metav1.ConditionTrue)
	space.ReplaceTemplate("tailor", strings.Replace(tailor, "[model,", "[maxOutputTokens, model,", 1))
	session.WaitPath(awake, "INIT", "READY")
	if tokens := session.Exec("writer", "sh", "-c", `echo "$SESSION_MAX_OUTPUT_TOKENS"`); tokens != "100\n" {
		t.Errorf("SESSION_MAX_OUTPUT_TOKENS is %q", tokens)
	}
}

func TestContextFromAConfigMap_IsWaitedForAndArrives(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("tailor", tailor)
	session := space.CreateSession("from-map", `
templateRef: {name: tailor}
parameters: {REPOSITORY: "https://git.example/notes"}
contextFrom: {configMapKeyRef: {name: weeks, key: "47"}}
`)
	held := session.WaitReason(awake, "INIT", "ContainersStarting")
	if !strings.Contains(held.Status.Message, `ConfigMap weeks must have the key "47"`) {
		t.Errorf("the message is %q", held.Status.Message)
	}
	weeks := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "weeks"},
		Data: map[string]string{"47": "the week's notes\n"}}
	if _, err := space.Cluster.Core.CoreV1().ConfigMaps(space.Namespace).Create(t.Context(), weeks,
		metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	session.WaitPath(awake, "INIT", "READY")
	if read := session.Exec("reviewer", "cat", "/sojourn/context/context.json"); read != "the week's notes\n" {
		t.Errorf("the context arrived as %q", read)
	}
}
