package install

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

// unwatchedSpace is a namespace without the observer, which an API server that goes away would blind.
// What happened meanwhile is read from what is left behind.
func unwatchedSpace(t *testing.T) *support.Space {
	t.Helper()
	keepLogs(t)
	namespace, err := cluster.Core.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-",
			Labels: map[string]string{support.RestrictedPods: "restricted"}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	space := &support.Space{T: t, Cluster: cluster, Namespace: namespace.Name}
	space.CreateTemplate("idler", idler)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), noticed)
		defer cancel()
		err := cluster.Core.CoreV1().Namespaces().Delete(ctx, namespace.Name, metav1.DeleteOptions{})
		if err != nil {
			t.Errorf("cannot delete namespace %s: %v", namespace.Name, err)
		}
	})
	return space
}

func read(space *support.Space, name string) support.Session {
	space.T.Helper()
	object, err := space.Client(support.Sessions).Get(space.T.Context(), name, metav1.GetOptions{})
	if err != nil {
		return support.Session{} // asked again by whoever waits
	}
	session, err := support.As[support.Session](object)
	if err != nil {
		space.T.Fatal(err)
	}
	return session
}

// becomesReady makes a Session and returns it once it is READY, with how long that took.
func becomesReady(space *support.Space, name string, atMost time.Duration) (support.Session, time.Duration) {
	space.T.Helper()
	began := time.Now()
	space.CreateSession(name, "templateRef: {name: idler}")
	var session support.Session
	poll(space.T, atMost, "Session "+name+" to be READY", func() bool {
		session = read(space, name)
		return session.Status.State == "READY"
	})
	return session, time.Since(began)
}

// undisturbed fails unless the Session has the state it had, since when it had it, and the same pod,
// never restarted.
func undisturbed(space *support.Space, before support.Session) {
	t := space.T
	t.Helper()
	after := read(space, before.Name)
	if after.Status.State != before.Status.State || !after.Status.StateSince.Equal(before.Status.StateSince) {
		t.Errorf("Session %s was %s since %v and is %s since %v", before.Name, before.Status.State,
			before.Status.StateSince, after.Status.State, after.Status.StateSince)
	}
	pod, err := cluster.Core.CoreV1().Pods(space.Namespace).
		Get(t.Context(), before.Status.Pod.Name, metav1.GetOptions{})
	if err != nil || string(pod.UID) != before.Status.Pod.UID {
		t.Fatalf("the pod of Session %s was %+v and is %s (%v)", before.Name, before.Status.Pod, pod.UID, err)
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.RestartCount != 0 || status.State.Running == nil {
			t.Errorf("container %s of Session %s was disturbed: %+v", status.Name, before.Name, status)
		}
	}
}

// metric sums the samples of a metric on a pod's page whose labels hold all the texts.
func metric(t *testing.T, pod corev1.Pod, name string, labels ...string) float64 {
	t.Helper()
	page, err := cluster.Core.CoreV1().Pods(releaseNamespace).
		ProxyGet("http", pod.Name, "8080", "/metrics", nil).DoRaw(t.Context())
	if err != nil {
		t.Fatalf("cannot read the metrics of %s: %v", pod.Name, err)
	}
	var sum float64
	for line := range strings.Lines(string(page)) {
		at := strings.LastIndex(strings.TrimSpace(line), " ")
		if at < 0 || (line[:at] != name && !strings.HasPrefix(line, name+"{")) {
			continue
		}
		holds := true
		for _, label := range labels {
			holds = holds && strings.Contains(line, label)
		}
		if !holds {
			continue
		}
		number, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			t.Fatalf("metric line %q: %v", line, err)
		}
		sum += number
	}
	return sum
}

func TestAPIServerGoneForTwoMinutes_SessionsRunOnAndNewOnesStartWithinAMinuteOfItsReturn(t *testing.T) {
	space := unwatchedSpace(t)
	before, _ := becomesReady(space, "running", awake)
	support.Devcluster(t, "stop", "kube-apiserver")
	time.Sleep(2 * time.Minute)
	support.Devcluster(t, "start", "kube-apiserver")
	poll(t, awake, "the API server to be ready", func() bool {
		return cluster.Core.Discovery().RESTClient().Get().AbsPath("/readyz").Do(t.Context()).Error() == nil
	})
	_, took := becomesReady(space, "new", awake)
	t.Logf("a new Session was READY %.1f s after the API server had come back", took.Seconds())
	if took > time.Minute {
		t.Errorf("a new Session was READY only %v after the API server had come back", took)
	}
	undisturbed(space, before)
	waitOperators(t, 2, 3*time.Minute) // one may wait for its restart
	undisturbed(space, before)
}
