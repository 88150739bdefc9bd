package session

import (
	"encoding/json"
	"strings"
	"testing"

	"sojourn.dev/e2e/support"
)

// What people write into a prompt must arrive as it is, however much it looks like something else.
func TestOddPrompt_ArrivesByteForByte(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	prompts := map[string]string{
		"shell":   "$(SESSION_NAME) $$(X) `id`; rm -rf / \"quoted\" 'single' \\n \\\\ %s {{.}}",
		"lines":   "\n first\r\n\tsecond\n\n# not: a comment\n---\n- x: [y\n",
		"unicode": "žluťoučký kůň 𝒳 \u202e right to left \u0001 \ufeff end",
		"large":   strings.Repeat("0123456789abcdef", 3<<10) + " the end",
	}
	sessions := map[string]*support.SessionHandle{}
	for name, prompt := range prompts {
		quoted, err := json.Marshal(prompt) // JSON is YAML
		if err != nil {
			t.Fatal(err)
		}
		sessions[name] = space.CreateSession(name,
			"templateRef: {name: idler}\nprompt: "+string(quoted)+"\n")
	}
	for name, session := range sessions {
		session.WaitPath(awake, "INIT", "READY")
		if read := session.Exec("idler", "cat", "/sojourn/context/prompt.txt"); read != prompts[name] {
			t.Errorf("the prompt %q arrived as %.200q", name, read)
		}
	}
}

func TestLongestNameWithDots_IsFoundByItsLabel(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	name := strings.Repeat("a.b-", 15) + "end"
	session := space.CreateSession(name, "templateRef: {name: idler}")
	session.WaitPath(awake, "INIT", "READY")
	if pod, live := session.Pod(); !live || pod.Labels["sojourn.dev/session"] != name {
		t.Errorf("the pod's labels are %v", pod.Labels)
	}
}

func TestLabelsAndAnnotationsOfATemplate_ReachThePodBesideTheOperatorsOwn(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", `
agents:
  - name: idler
    command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
podTemplate:
  metadata: {labels: {team: blue}, annotations: {note: kept}}
  spec: {terminationGracePeriodSeconds: 2}
`)
	session := space.CreateSession("labelled", "templateRef: {name: idler}")
	ready := session.WaitPath(awake, "INIT", "READY")
	pod, _ := session.Pod()
	if pod.Labels["sojourn.dev/session"] != "labelled" || pod.Labels["team"] != "blue" ||
		pod.Annotations["note"] != "kept" ||
		pod.Annotations["sojourn.dev/template-revision"] != ready.Status.Template.Revision {
		t.Errorf("labels %v, annotations %v", pod.Labels, pod.Annotations)
	}
}

func TestWipedStatus_FindsTheSamePodAndVolumeAgain(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("restored", withNotes)
	before := session.WaitPath(awake, "INIT", "READY")
	session.MeddleWithStatus(`{"status":null}`)
	after := session.WaitPath(awake, "INIT", "READY", "INIT", "READY")
	if *after.Status.Pod != *before.Status.Pod || *after.Status.Volume != *before.Status.Volume {
		t.Errorf("the status was %+v and is %+v", before.Status, after.Status)
	}
	if count := len(space.History.Of(support.Claims, "")); count == 0 {
		t.Error("the claim was not seen")
	}
}

func TestStateWrittenByAStranger_IsPutRightWithoutHarmToTheOthers(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	victim := space.CreateSession("victim", "templateRef: {name: idler}")
	bystander := space.CreateSession("bystander", "templateRef: {name: idler}")
	before := victim.WaitPath(awake, "INIT", "READY")
	bystander.WaitPath(awake, "INIT", "READY")
	victim.MeddleWithStatus(`{"status":{"state":"BUSY","reason":"Forged","attempts":99,
		"conditions":null,"nextAttemptTime":"2000-01-01T00:00:00Z"}}`)
	after := victim.WaitPath(noticed, "INIT", "READY", "BUSY", "READY")
	if *after.Status.Pod != *before.Status.Pod || !after.Is("Ready") || after.Is("Stalled") ||
		after.Status.NextAttemptTime != nil {
		t.Errorf("the status is %+v", after.Status)
	}
	if path := bystander.Path(); len(path) != 2 {
		t.Errorf("the bystander went %v", path)
	}
}
