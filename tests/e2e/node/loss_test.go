package node

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sojourn.dev/e2e/support"
)

// fleeing makes of notes a template whose pods leave a node two seconds after it was given up; without
// it Kubernetes lets them wait for five minutes.
const fleeing = `    tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
`

// lost is how long Kubernetes may need to give a node up: by itself less than a minute, 20 s with the
// flag --node-grace of the local cluster, and more on a busy machine.
const lost = 90 * time.Second

// keepWitness makes a second node that takes no pods and only says that it lives. Without one that
// does, Kubernetes takes its own network for what is broken, and drives no pod away.
func keepWitness(t *testing.T) {
	t.Helper()
	const name = "witness"
	nodes := cluster.Core.CoreV1().Nodes()
	_, err := nodes.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.NodeSpec{Unschedulable: true}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("cannot make a second node: %v", err)
	}
	// The test's own context ends before its clean-up, and until then the node shall live.
	ctx, stop := context.WithCancel(context.Background())
	var living sync.WaitGroup
	living.Go(func() { live(ctx, t, name) })
	t.Cleanup(func() {
		stop()
		living.Wait()
		if err := nodes.Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("cannot remove the second node: %v", err)
		}
	})
	const ready = `{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Witness"}]}}`
	_, err = nodes.Patch(t.Context(), name, types.StrategicMergePatchType, []byte(ready),
		metav1.PatchOptions{}, "status")
	if err != nil {
		t.Fatalf("cannot make the second node ready: %v", err)
	}
}

// live says that a node lives until the context ends.
func live(ctx context.Context, t *testing.T, node string) {
	for ctx.Err() == nil {
		if err := renewLease(ctx, node); err != nil && ctx.Err() == nil {
			t.Logf("the second node cannot say that it lives: %v", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
}

// renewLease is all that a kubelet does to say that its node lives.
func renewLease(ctx context.Context, node string) error {
	leases := cluster.Core.CoordinationV1().Leases(corev1.NamespaceNodeLease)
	now := metav1.NowMicro()
	lease, err := leases.Get(ctx, node, metav1.GetOptions{})
	if err == nil {
		lease.Spec.RenewTime = &now
		_, err = leases.Update(ctx, lease, metav1.UpdateOptions{})
		return err
	}
	_, err = leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: node},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &node, RenewTime: &now}}, metav1.CreateOptions{})
	return err
}

func TestNodeThatStopsAnswering_LosesNothingAndNeverGetsASessionASecondPod(t *testing.T) {
	keepWitness(t)
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("notes", notes)
	space.CreateTemplate("fleeing", notes+fleeing)
	stays := space.CreateSession("stays", withNotes)
	flees := space.CreateSession("flees", strings.Replace(withNotes, "name: notes", "name: fleeing", 1))
	stayed := stays.WaitPath(awake, "INIT", "READY")
	before := flees.WaitPath(awake, "INIT", "READY")
	written := read(flees)

	t.Cleanup(func() { support.Devcluster(t, "start", "kubelet") })
	support.Devcluster(t, "stop", "kubelet")
	stopped := time.Now()
	stays.WaitFor(lost, "READY, with a pod that is not", func(s support.Session) bool {
		return s.Status.State == "READY" && s.Condition("AgentReady").Reason == "PodNotReady"
	})
	flees.WaitFor(lost, "ERROR", func(s support.Session) bool { return s.Status.State == "ERROR" })
	t.Logf("the loss of the node was told %.1f s after its kubelet was stopped",
		time.Since(stopped).Seconds())
	checkLost(space, flees)
	checkPatience(space, flees, before)

	support.Devcluster(t, "start", "kubelet")
	started := time.Now()
	after := flees.WaitPath(awake, "INIT", "READY", "ERROR", "INIT", "READY")
	t.Logf("the Session was READY %.1f s after the kubelet was started", time.Since(started).Seconds())
	if *after.Status.Volume != *before.Status.Volume || after.Status.Attempts != 1 ||
		after.Status.Pod.UID == before.Status.Pod.UID {
		t.Errorf("the status was %+v and is %+v", before.Status, after.Status)
	}
	if now := read(flees); !strings.HasPrefix(now, written) || strings.Count(now, "\n") != 2 {
		t.Errorf("the file held %q and holds %q", written, now)
	}
	again := stays.WaitFor(awake, "READY, with a pod that is, too",
		func(s support.Session) bool { return s.Is("AgentReady") })
	if path := stays.Path(); len(path) != 2 || *again.Status.Pod != *stayed.Status.Pod ||
		again.Status.Attempts != 0 {
		t.Errorf("whoever bears the loss went %v, was %+v and is %+v", path, stayed.Status, again.Status)
	}
}

// checkLost holds what a Session said when its node was given up.
func checkLost(space *support.Space, session *support.SessionHandle) {
	space.T.Helper()
	failed := failure(space, session)
	if failed.Reason != "NodeLost" || failed.Message == "" || failed.Attempts != 1 ||
		failed.NextAttemptTime == nil {
		space.T.Errorf("without its node, the status of Session %s is %+v", session.Name, failed)
	}
}

// checkPatience: its container may still run on the lost node, so the old pod is neither removed by
// force nor followed by another, however long the next attempt has been due; and the status says
// what is waited for, and why.
func checkPatience(space *support.Space, session *support.SessionHandle, before support.Session) {
	space.T.Helper()
	const overdue = 5 * time.Second
	due := failure(space, session).NextAttemptTime
	time.Sleep(time.Until(due.Time) + overdue)
	now := session.WaitFor(noticed, "the pod that does not go", func(s support.Session) bool {
		return s.Condition("AgentReady").Reason == "PodTerminating"
	})
	if now.Status.State != "ERROR" || now.Status.Reason != "NodeLost" || now.Is("Ready") {
		space.T.Errorf("while its node is lost, the status of Session %s is %+v", session.Name, now.Status)
	}
	pod, live := session.Pod()
	if !live || string(pod.UID) != before.Status.Pod.UID || pod.DeletionTimestamp == nil ||
		pod.DeletionGracePeriodSeconds == nil || *pod.DeletionGracePeriodSeconds == 0 {
		space.T.Errorf("the pod on the lost node is %+v (there: %v)", pod.ObjectMeta, live)
	}
}
