package install

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

// What ./dev/test says by environment variables.
const (
	helmVariable     = "SOJOURN_HELM"           // path of helm
	imageVariable    = "SOJOURN_IMAGE_TAG"      // tag of docker.io/sojourn/operator on the node
	productsVariable = "SOJOURN_IMAGE_PRODUCTS" // folder of image.tar and its bill of materials
)

const (
	chart            = "../../../charts/sojourn"
	release          = "sojourn"
	releaseNamespace = "sojourn-system"
	leaseName        = "sojourn-operator"
	operatorPods     = "app.kubernetes.io/instance=sojourn,app.kubernetes.io/component=operator"
)

// runHelm returns what helm printed; when it fails that is part of the error.
func runHelm(ctx context.Context, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	all := append([]string{"--kubeconfig", cluster.Kubeconfig, "--namespace", releaseNamespace},
		arguments...)
	output, err := exec.CommandContext(ctx, os.Getenv(helmVariable), all...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("helm %v: %w\n%s", arguments, err, output)
	}
	return string(output), nil
}

func helm(t *testing.T, arguments ...string) {
	t.Helper()
	if _, err := runHelm(t.Context(), arguments...); err != nil {
		t.Fatal(err)
	}
}

// installRelease installs or upgrades with a chart and waits until the operator's pods are ready.
func installRelease(ctx context.Context, chart string, more ...string) (string, error) {
	return runHelm(ctx, append([]string{"upgrade", release, chart, "--install", "--create-namespace",
		"--take-ownership", "--force-conflicts", "--wait", "--timeout", "4m",
		"--set", "image.tag=" + os.Getenv(imageVariable),
		"--set", "operator.defaultAgentImage=" + support.AgentImage}, more...)...)
}

func install(t *testing.T, chart string, more ...string) {
	t.Helper()
	if _, err := installRelease(t.Context(), chart, more...); err != nil {
		t.Fatal(err)
	}
}

// previousChart writes the chart of the commit before this one to a folder. Where there is no such
// commit it is this tree's.
func previousChart(t *testing.T) string {
	t.Helper()
	archive, err := exec.Command("git", "-C", "../../..", "archive", "HEAD~1", "charts/sojourn").Output()
	if err != nil {
		t.Logf("the chart of this tree stands for the previous one: git archive HEAD~1: %v", err)
		return chart
	}
	folder := t.TempDir()
	unpack := exec.Command("tar", "-x", "-C", folder)
	unpack.Stdin = bytes.NewReader(archive)
	if output, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, output)
	}
	return filepath.Join(folder, "charts/sojourn")
}

// operators returns the operator's pods that are not ending.
func operators(t *testing.T) []corev1.Pod {
	t.Helper()
	list, err := cluster.Core.CoreV1().Pods(releaseNamespace).
		List(t.Context(), metav1.ListOptions{LabelSelector: operatorPods})
	if err != nil {
		t.Fatal(err)
	}
	var pods []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods
}

func isReady(pod corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// waitOperators waits until so many of the operator's pods are ready, and no other is there.
func waitOperators(t *testing.T, count int, atMost time.Duration) []corev1.Pod {
	t.Helper()
	var pods []corev1.Pod
	poll(t, atMost, fmt.Sprintf("%d ready operators", count), func() bool {
		pods = operators(t)
		for _, pod := range pods {
			if !isReady(pod) {
				return false
			}
		}
		return len(pods) == count
	})
	return pods
}

// poll asks ten times a second.
func poll(t *testing.T, atMost time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(atMost); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", atMost, what)
		}
	}
}

func lease(t *testing.T) coordinationv1.LeaseSpec {
	t.Helper()
	found, err := cluster.Core.CoordinationV1().Leases(releaseNamespace).
		Get(t.Context(), leaseName, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("cannot read the Lease: %v", err)
	}
	return found.Spec
}

// cleanupContext is for what is done after a test, when its own context has ended.
func cleanupContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Minute)
}

// keepLogs writes what the operators say during the test to a file when the test fails.
func keepLogs(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		pods, err := cluster.Core.CoreV1().Pods(releaseNamespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			t.Logf("cannot list the operators: %v", err)
			return
		}
		for _, pod := range pods.Items {
			lines := int64(60)
			text, err := cluster.Core.CoreV1().Pods(releaseNamespace).
				GetLogs(pod.Name, &corev1.PodLogOptions{TailLines: &lines}).DoRaw(ctx)
			t.Logf("the end of the log of %s (%s, error %v):\n%s", pod.Name, pod.Status.Phase, err, text)
		}
	})
}

// leaveAlone notes the Session's pod and returns what checks that it is the same and never restarted.
func leaveAlone(t *testing.T, session *support.SessionHandle) (check func()) {
	t.Helper()
	before, found := session.Pod()
	if !found {
		t.Fatalf("Session %s has no pod", session.Name)
	}
	return func() {
		t.Helper()
		after, found := session.Pod()
		if !found || after.UID != before.UID {
			t.Errorf("the pod of Session %s was %s and is %s", session.Name, before.UID, after.UID)
		}
		for _, status := range after.Status.ContainerStatuses {
			if status.RestartCount != 0 || status.State.Running == nil {
				t.Errorf("container %s of Session %s was disturbed: %+v", status.Name, session.Name, status)
			}
		}
		for _, revision := range session.Revisions() {
			if revision.Status.Pod != nil && revision.Status.Pod.UID != string(before.UID) {
				t.Errorf("Session %s has told of another pod: %+v", session.Name, revision.Status.Pod)
			}
		}
	}
}
