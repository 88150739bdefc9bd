package chart

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"sojourn.dev/e2e/support"
)

const release = "chart-test"

var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1",
	Resource: "customresourcedefinitions"}

// connect gives the cluster with the project's CRDs as `kubectl apply` leaves them, and removes the
// tests' release and its marks on the CRDs at the end: other tests use both.
func connect(t *testing.T) *support.Cluster {
	t.Helper()
	cluster, err := support.Connect("SOJOURN_E2E_KUBECONFIG")
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.ApplyDefinitions(t.Context(), "../../../crds"); err != nil {
		t.Fatal(err)
	}
	disown(t, cluster)
	t.Cleanup(func() {
		if err := cluster.ApplyDefinitions(context.Background(), "../../../crds"); err != nil {
			t.Error(err)
		}
		disown(t, cluster)
	})
	return cluster
}

// disown takes Helm's marks from the CRDs.
func disown(t *testing.T, cluster *support.Cluster) {
	for _, name := range []string{"sessions.sojourn.dev", "sessiontemplates.sojourn.dev"} {
		_, err := cluster.Dynamic.Resource(definitions).Patch(context.Background(), name,
			types.MergePatchType, []byte(`{"metadata": {"annotations": {"meta.helm.sh/release-name": null,
				"meta.helm.sh/release-namespace": null, "helm.sh/resource-policy": null},
				"labels": {"app.kubernetes.io/managed-by": null}}}`), metav1.PatchOptions{})
		if err != nil {
			t.Error(err)
		}
	}
}

func definition(t *testing.T, cluster *support.Cluster) *unstructured.Unstructured {
	t.Helper()
	found, err := cluster.Dynamic.Resource(definitions).Get(t.Context(), "sessions.sojourn.dev",
		metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// copyOfChart is the chart with another description of the kind Session.
func copyOfChart(t *testing.T, description string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "sojourn")
	if err := os.CopyFS(folder, os.DirFS(chartFolder)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "files/crds/sessions.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "description: INIT, READY, IDLE, BUSY or ERROR.",
		"description: "+description, 1)
	if changed == string(text) {
		t.Fatal("the CRD has another description now")
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestDefinitions_AreAdoptedUpgradedAndKept(t *testing.T) {
	for _, variable := range helms {
		t.Run(variable, func(t *testing.T) {
			cluster := connect(t)
			namespace := "chart-test-" + strings.ToLower(strings.TrimPrefix(variable, "SOJOURN_"))
			t.Cleanup(func() {
				err := cluster.Core.CoreV1().Namespaces().Delete(context.Background(), namespace,
					metav1.DeleteOptions{})
				if err != nil && !apierrors.IsNotFound(err) {
					t.Error(err)
				}
			})
			install := []string{"upgrade", "--install", release, chartFolder, "--namespace", namespace,
				"--create-namespace", "--set", "replicas=0"}
			text, err := helm(t, variable, install...)
			if err == nil || !strings.Contains(text, "invalid ownership metadata") {
				t.Fatalf("CRDs that somebody applied were taken over unasked: %v %s", err, text)
			}
			mustHelm(t, variable, append(install, "--take-ownership")...)
			if definition(t, cluster).GetAnnotations()["meta.helm.sh/release-name"] != release {
				t.Error("the CRD does not belong to the release")
			}

			session := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
				"metadata": map[string]any{"name": "kept"},
				"spec":     map[string]any{"templateRef": map[string]any{"name": "none"}}}}
			sessions := cluster.Dynamic.Resource(schema.GroupVersionResource{Group: "sojourn.dev",
				Version: "v1alpha1", Resource: "sessions"}).Namespace(namespace)
			made, err := sessions.Create(t.Context(), session, metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			install[3] = copyOfChart(t, "Another text.")
			if variable == "SOJOURN_HELM" {
				// Helm 4 applies on the server, where the fields still belong to who applied them by hand.
				text, err := helm(t, variable, install...)
				if err == nil || !strings.Contains(text, "conflict") {
					t.Errorf("docs/operations.md speaks of a conflict here: %v %s", err, text)
				}
				mustHelm(t, variable, append(install, "--force-conflicts")...)
				install[3] = copyOfChart(t, "A third text.")
			}
			mustHelm(t, variable, install...)
			if text, err := definition(t, cluster).MarshalJSON(); err != nil ||
				!strings.Contains(string(text), " text.\"") {
				t.Error("the upgrade left the old CRD")
			}
			mustHelm(t, variable, "uninstall", release, "--namespace", namespace)
			kept, err := sessions.Get(t.Context(), "kept", metav1.GetOptions{})
			if err != nil || kept.GetUID() != made.GetUID() || kept.GetDeletionTimestamp() != nil {
				t.Errorf("uninstalling reached a Session: %v", err)
			}
			// The same release finds its own marks and goes on.
			install[3] = chartFolder
			mustHelm(t, variable, install...)
			mustHelm(t, variable, "uninstall", release, "--namespace", namespace)
		})
	}
}

func TestOperatorsPod_FitsTheRestrictedLevel(t *testing.T) {
	cluster := connect(t)
	space := "chart-restricted"
	_, err := cluster.Core.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: space,
			Labels: map[string]string{support.RestrictedPods: "restricted"}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cluster.Core.CoreV1().Namespaces().Delete(context.Background(), space, metav1.DeleteOptions{})
	})
	var deployment appsv1.Deployment
	for _, object := range render(t, "SOJOURN_HELM", "--show-only", "templates/deployment.yaml") {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &deployment); err != nil {
			t.Fatal(err)
		}
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "operator"},
		Spec: deployment.Spec.Template.Spec}
	pod.Spec.ServiceAccountName = "default"
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, err = cluster.Core.CoreV1().Pods(space).Create(t.Context(), pod,
			metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		// The namespace's account is made a moment later.
		if err == nil || !strings.Contains(err.Error(), "serviceaccount") || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		t.Error(err)
	}
	security := pod.Spec.Containers[0].SecurityContext
	if !*security.ReadOnlyRootFilesystem || *pod.Spec.SecurityContext.RunAsUser < 10000 {
		t.Errorf("the root file system can be written, or the user is low: %+v", security)
	}
}
