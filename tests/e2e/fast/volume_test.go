package fast

import (
	"testing"
	"time"

	"sojourn.dev/e2e/support"
)

// The class of this cluster lets its volumes grow. After the test that counts writes, as
// thousand_test.go is.
func TestVolumeThatMayGrow_GrowsAwakeAndAsleepWithoutANewPod(t *testing.T) {
	const within = 30 * time.Second
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("idler", template)
	growing := space.CreateSession("growing", session)
	before := growing.WaitPath(within, "INIT", "READY")
	hasCapacity := func(size string) func(support.Session) bool {
		return func(s support.Session) bool { return s.Status.Volume != nil && s.Status.Volume.Capacity == size }
	}
	growing.PatchSpec("storage", map[string]any{"size": "2Gi"})
	grown := growing.WaitFor(within, "2Gi", hasCapacity("2Gi"))
	if grown.Status.State != "READY" || *grown.Status.Pod != *before.Status.Pod || grown.Is("Degraded") {
		t.Errorf("the Session changed from %+v to %+v", before.Status, grown.Status)
	}
	growing.Want("Stopped")
	growing.WaitPath(within, "INIT", "READY", "IDLE")
	growing.PatchSpec("storage", map[string]any{"size": "3Gi"})
	growing.WaitFor(within, "3Gi", hasCapacity("3Gi"))
	growing.Want("Running")
	growing.WaitPath(within, "INIT", "READY", "IDLE", "READY")
}
