package session

import (
	"strings"
	"testing"

	"sojourn.dev/e2e/support"
)

// The local class cannot grow a volume: the Session stays as it is, says so, and may take it back.
func TestVolumeOfAClassThatCannotGrow_StaysAndTheSessionSaysSo(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("growing", withNotes)
	session.WaitPath(awake, "INIT", "READY")
	session.PatchSpec("storage", map[string]any{"size": "32Mi"})
	told := session.WaitFor(noticed, "Degraded", func(s support.Session) bool { return s.Is("Degraded") })
	degraded := told.Condition("Degraded")
	if degraded.Reason != "ResizeRefused" || !strings.Contains(degraded.Message, "set spec.storage.size back to 16Mi") {
		t.Errorf("Degraded says %s: %s", degraded.Reason, degraded.Message)
	}
	if !told.Is("Ready") || !told.Is("VolumeReady") || told.Status.State != "READY" {
		t.Errorf("the Session suffers: %+v", told.Status)
	}
	session.PatchSpec("storage", map[string]any{"size": "16Mi"})
	session.WaitFor(noticed, "the end of Degraded", func(s support.Session) bool { return !s.Is("Degraded") })
}
