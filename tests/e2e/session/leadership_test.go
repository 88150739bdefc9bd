package session

import (
	"context"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"sojourn.dev/e2e/support"
)

const leaseDuration = 15 * time.Second

// lease reads the Lease of the operators that keep it in the namespace; it must exist.
func lease(t *testing.T, namespace string) coordinationv1.LeaseSpec {
	t.Helper()
	found, err := cluster.Core.CoordinationV1().Leases(namespace).
		Get(t.Context(), support.LeaseName, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("cannot read the Lease: %v", err)
	}
	return found.Spec
}

// waitHolder waits until the Lease is held by somebody other than before.
func waitHolder(t *testing.T, namespace, before string, atMost time.Duration) string {
	t.Helper()
	var holder string
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, atMost, true,
		func(ctx context.Context) (bool, error) {
			found, err := cluster.Core.CoordinationV1().Leases(namespace).
				Get(ctx, support.LeaseName, metav1.GetOptions{})
			if err == nil && found.Spec.HolderIdentity != nil {
				holder = *found.Spec.HolderIdentity
			}
			return holder != "" && holder != before, nil
		})
	if err != nil {
		t.Fatalf("nobody took the Lease from %q within %v", before, atMost)
	}
	return holder
}

func startCandidate(t *testing.T, namespace string) *support.Operator {
	t.Helper()
	if err := cluster.GrantLease(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	candidate, err := support.StartOperator(t.Context(), cluster, logs, "--leader-elect=true",
		"--lease-namespace", namespace, "--lease-name", support.LeaseName)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(candidate.Kill)
	return candidate
}

func TestTerminatedLeader_ReleasesTheLeaseAndTheNextTakesOver(t *testing.T) {
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	if _, err := operator.Terminate(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { restart(t) })

	first := startCandidate(t, space.Namespace)
	firstIdentity := waitHolder(t, space.Namespace, "", noticed)
	second := startCandidate(t, space.Namespace)
	session := space.CreateSession("led", "templateRef: {name: idler}")
	session.WaitPath(awake, "INIT", "READY")
	if writes, err := second.Writes(t.Context()); err != nil || writes != 0 {
		t.Errorf("the operator that does not lead wrote %d times (%v)", writes, err)
	}

	took, err := first.Terminate(10 * time.Second)
	if err != nil || took > 5*time.Second {
		t.Errorf("SIGTERM: ended after %v with %v; want within 5 s and with 0", took, err)
	}
	released := time.Now()
	secondIdentity := waitHolder(t, space.Namespace, firstIdentity, noticed)
	if waited := time.Since(released); waited >= leaseDuration {
		t.Errorf("the Lease was taken over only after %v: it was not released", waited)
	}
	session.Want("Stopped")
	session.WaitPath(noticed, "INIT", "READY", "IDLE")

	// A leader that crashes cannot release: the next one waits until the Lease has run out.
	third := startCandidate(t, space.Namespace)
	second.Kill()
	if holder := lease(t, space.Namespace).HolderIdentity; holder == nil || *holder != secondIdentity {
		t.Errorf("the Lease of the crashed leader %q is held by %v", secondIdentity, holder)
	}
	waitHolder(t, space.Namespace, secondIdentity, leaseDuration+noticed)
	session.Want("Running")
	session.WaitPath(awake, "INIT", "READY", "IDLE", "READY")
	if _, err := third.Terminate(10 * time.Second); err != nil {
		t.Error(err)
	}
	if holder := lease(t, space.Namespace).HolderIdentity; holder != nil && *holder != "" {
		t.Errorf("the Lease was not released: it is held by %s", *holder)
	}
}
