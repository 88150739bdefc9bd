package install

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

// leader returns the pod that holds the Lease, whose holder is the pod's name with a suffix.
func leader(t *testing.T) (pod corev1.Pod, holder string) {
	t.Helper()
	poll(t, noticed, "a leader among two ready operators", func() bool {
		spec := lease(t)
		if spec.HolderIdentity == nil {
			return false
		}
		holder = *spec.HolderIdentity
		pods := operators(t)
		for _, candidate := range pods {
			if !isReady(candidate) {
				return false
			}
			if strings.HasPrefix(holder, candidate.Name+"_") {
				pod = candidate
			}
		}
		return pod.Name != "" && len(pods) == 2
	})
	return pod, holder
}

// processOf finds the operator's process in a pod, as this machine numbers it: the pods of the local
// cluster are processes of this machine.
func processOf(t *testing.T, pod corev1.Pod) int {
	t.Helper()
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range groups {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), string(pod.UID)) {
			continue // it has ended since, or is another pod's
		}
		directory := filepath.Dir(file)
		if program, err := os.Readlink(directory + "/exe"); err == nil && program == "/sojourn-operator" {
			pid, err := strconv.Atoi(filepath.Base(directory))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("no process of pod %s runs on this machine", pod.Name)
	return 0
}

// waitTakeover waits until somebody else holds the Lease and returns when it was taken, by the new
// holder's clock, which is this machine's.
func waitTakeover(t *testing.T, before string, atMost time.Duration) (at time.Time) {
	t.Helper()
	poll(t, atMost, "somebody to take the Lease from "+before, func() bool {
		spec := lease(t)
		if spec.HolderIdentity == nil || *spec.HolderIdentity == "" || *spec.HolderIdentity == before {
			return false
		}
		at = spec.AcquireTime.Time
		return true
	})
	return at
}

// worksOn checks that a Session made under the leader before is served by the one after.
func worksOn(session *support.SessionHandle, check func()) {
	check()
	session.Want("Stopped")
	session.WaitPath(asleep, "INIT", "READY", "IDLE")
}

func TestKilledLeader_IsReplacedWithinSeventeenSeconds(t *testing.T) {
	space := newSpace(t)
	session := startSession(space, "led")
	check := leaveAlone(t, session)
	pod, holder := leader(t)
	killed := time.Now()
	if err := syscall.Kill(processOf(t, pod), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	took := waitTakeover(t, holder, time.Minute).Sub(killed)
	t.Logf("the Lease was taken %.1f s after the leader was killed", took.Seconds())
	if took > 17*time.Second {
		t.Errorf("the Lease was taken only %v after the leader was killed", took)
	}
	worksOn(session, check)
	waitOperators(t, 2, awake)
}

func TestDrainedLeader_HandsOverWithinTwoSeconds(t *testing.T) {
	space := newSpace(t)
	session := startSession(space, "led")
	check := leaveAlone(t, session)
	pod, holder := leader(t)
	pid := processOf(t, pod)
	err := cluster.Core.PolicyV1().Evictions(releaseNamespace).Evict(t.Context(), &policyv1.Eviction{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: releaseNamespace}})
	if err != nil {
		t.Fatalf("the leader cannot be drained: %v", err)
	}
	// The node may take its time to pass the wish on; what is the operator's own is measured.
	released := time.Time{}
	poll(t, noticed, "the leader's Lease to be released", func() bool {
		spec := lease(t)
		released = time.Now()
		return spec.HolderIdentity == nil || *spec.HolderIdentity != holder
	})
	took := waitTakeover(t, holder, time.Minute).Sub(released)
	t.Logf("the Lease was taken %.1f s after it was released", took.Seconds())
	if took > 2*time.Second {
		t.Errorf("the Lease was taken only %v after it was released", took)
	}
	poll(t, 10*time.Second, "the end of the drained operator's process", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
		return err != nil
	})
	worksOn(session, check)
	waitOperators(t, 2, awake)
}
