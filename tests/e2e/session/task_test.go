package session

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"sojourn.dev/e2e/support"
)

// taskThat is a template whose command works for a moment and then ends with that exit code.
func taskThat(exitCode string) string {
	return `
agents:
  - name: worker
    command: [sh, -c, "sleep 1; echo worked; exit ` + exitCode + `"]
`
}

func TestTaskThatEndsWithZero_IsCompletedAndItsLogIsKept(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("task", taskThat("0"))
	session := space.CreateSession("good", `
templateRef: {name: task}
mode: Task
`)
	done := session.WaitPath(awake, "INIT", "READY", "IDLE")
	done = session.WaitFor(noticed, "Completed",
		func(s support.Session) bool { return s.Status.Outcome == "Completed" })
	if !done.Is("Finished") || !done.Is("Ready") || done.Status.FinishTime == nil ||
		done.Status.Reason != "Completed" || done.Is("Reconciling") || done.Is("Stalled") {
		t.Errorf("the status is %+v", done.Status)
	}
	if printed := space.Output(session.ChildName()); printed != "worked\n" {
		t.Errorf("the log of the finished task is %q", printed)
	}
	pod, live := session.Pod()
	if !live || pod.Status.Phase != corev1.PodSucceeded || pod.DeletionTimestamp != nil {
		t.Errorf("the finished pod is not kept: %v, %s", live, pod.Status.Phase)
	}
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("a healthy life made Events: %v", events)
	}
}

func TestTaskThatEndsWithThree_IsTriedAgainAndThenFailed(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("task", taskThat("3"))
	session := space.CreateSession("bad", `
templateRef: {name: task}
mode: Task
retryPolicy: {limit: 2, initialSeconds: 1, maxSeconds: 1}
`)
	failed := session.WaitFor(awake, "Failed",
		func(s support.Session) bool { return s.Status.Outcome == "Failed" })
	if failed.Status.State != "ERROR" || failed.Status.Reason != "TaskFailed" ||
		failed.Status.Attempts != 3 || !failed.Is("Stalled") || !failed.Is("Finished") ||
		failed.Is("Ready") || failed.Status.NextAttemptTime != nil {
		t.Errorf("the status is %+v", failed.Status)
	}
	isError := func(state string) bool { return state == "ERROR" }
	path := session.Path()
	if errors := len(path) - len(slices.DeleteFunc(slices.Clone(path), isError)); errors != 3 {
		t.Errorf("three attempts were to fail, the path is %v", path)
	}
	pods := map[string]bool{}
	for _, revision := range space.History.Of(support.Pods, "") {
		pods[string(revision.Object.GetUID())] = true
	}
	if len(pods) != 3 {
		t.Errorf("three attempts were to have a pod each, there were %d", len(pods))
	}
	waitEvent(space, "TaskFailed")
}
