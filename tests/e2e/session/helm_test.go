package session

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

// installAndWait installs a chart of one file by helm --wait, and returns what Helm said.
func installAndWait(space *support.Space, name, objects string) (string, error) {
	t := space.T
	t.Helper()
	folder := filepath.Join(t.TempDir(), name)
	for path, text := range map[string]string{
		"Chart.yaml":             "apiVersion: v2\nname: " + name + "\nversion: 1.0.0\n",
		"templates/objects.yaml": objects,
	} {
		file := filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Getenv(support.HelmVariable), "upgrade", "--install", name,
		folder, "--namespace", space.Namespace, "--wait", "--timeout", "3m")
	command.Env = append(os.Environ(), "KUBECONFIG="+cluster.Kubeconfig)
	text, err := command.CombinedOutput()
	return string(text), err
}

const sleeperAndWorker = `
apiVersion: sojourn.dev/v1alpha1
kind: Session
metadata: {name: worker}
spec: {templateRef: {name: idler}}
---
apiVersion: sojourn.dev/v1alpha1
kind: Session
metadata: {name: sleeper}
spec: {templateRef: {name: idler}, desiredState: Stopped}
`

func TestHelmWait_ReturnsOnceSessionsAreReadyOrAsleep(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	said, err := installAndWait(space, "resting", sleeperAndWorker)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for name, wants := range map[string]func(support.Session) bool{
		"worker":  func(s support.Session) bool { return s.Status.State == "READY" && s.Is("Ready") },
		"sleeper": func(s support.Session) bool { return s.Is("Suspended") && s.Is("Ready") },
	} {
		// Not from the history: the observer's watch may be behind Helm's.
		object, err := space.Client(support.Sessions).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		session, err := support.As[support.Session](object)
		if err != nil || !wants(session) {
			t.Errorf("Helm returned while %s was %+v (%v)", name, session.Status, err)
		}
	}
}

func TestHelmWait_FailsWhenASessionIsStalled(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	began := time.Now()
	said, err := installAndWait(space, "stuck", `
apiVersion: sojourn.dev/v1alpha1
kind: Session
metadata: {name: lost}
spec: {templateRef: {name: nowhere}, startTimeoutSeconds: 2}
`)
	if err == nil || !strings.Contains(said, "lost") {
		t.Errorf("Helm says %v: %s", err, said)
	}
	if took := time.Since(began); took > 2*time.Minute {
		t.Errorf("Helm waited %v for a Session that cannot go on", took)
	}
}
