package install

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestInstalledChart_BringsSessionsUpAndPutsThemToSleep(t *testing.T) {
	space := newSpace(t)
	session := startSession(space, "first")
	session.Want("Stopped")
	session.WaitPath(asleep, "INIT", "READY", "IDLE")
	session.Want("Running")
	session.WaitPath(awake, "INIT", "READY", "IDLE", "READY")
}

func TestInstalledChart_RunsTwoOperatorsThatStayWithinTheRestrictedLevel(t *testing.T) {
	keepLogs(t)
	namespace, err := cluster.Core.CoreV1().Namespaces().
		Get(t.Context(), releaseNamespace, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	namespace.Labels["pod-security.kubernetes.io/enforce"] = "restricted"
	_, err = cluster.Core.CoreV1().Namespaces().Update(t.Context(), namespace, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// New pods must pass, now that the namespace takes no others.
	for _, pod := range waitOperators(t, 2, awake) {
		err := cluster.Core.CoreV1().Pods(releaseNamespace).
			Delete(t.Context(), pod.Name, metav1.DeleteOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, pod := range waitOperators(t, 2, awake) {
		for _, container := range pod.Spec.Containers {
			context := container.SecurityContext
			if context == nil || context.ReadOnlyRootFilesystem == nil || !*context.ReadOnlyRootFilesystem {
				t.Errorf("container %s of %s can write to its root", container.Name, pod.Name)
			}
		}
	}
}

func TestUpgradeFromThePreviousCommit_LeavesRunningSessionsAloneAndSoDoesTheWayBack(t *testing.T) {
	space := newSpace(t)
	helm(t, "uninstall", release, "--wait", "--timeout", "1m")
	// With another value, so that the operator's pods are replaced even where the charts are alike.
	install(t, previousChart(t), "--set", "operator.verbosity=1")
	session := startSession(space, "old")
	check := leaveAlone(t, session)

	install(t, chart)
	check()
	startSession(space, "after-upgrade")
	check()

	helm(t, "rollback", release, "1", "--force-conflicts", "--wait", "--timeout", "4m")
	check()
	startSession(space, "after-rollback")
	check()
	session.Want("Stopped")
	session.WaitPath(asleep, "INIT", "READY", "IDLE")
	install(t, chart)
}

func TestUninstalledAndInstalledAgain_EverySessionIsThereAndItsPodWasNeverRestarted(t *testing.T) {
	space := newSpace(t)
	running := startSession(space, "running")
	changed := startSession(space, "changed")
	check := leaveAlone(t, running)

	helm(t, "uninstall", release, "--wait", "--timeout", "1m")
	if pods := operators(t); len(pods) != 0 {
		t.Errorf("after uninstalling there are still %d operators", len(pods))
	}
	changed.Want("Stopped") // refused if the definitions were gone
	check()
	install(t, chart)
	changed.WaitPath(asleep, "INIT", "READY", "IDLE")
	check()
	if path := running.Path(); len(path) != 2 {
		t.Errorf("the Session that ran on went %v", path)
	}
	startSession(space, "new")
}
