// Package admission holds the chart's ValidatingAdmissionPolicies against a real API server: what
// they refuse and in which words, and that they admit everything else.
package admission

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"sojourn.dev/e2e/support"
)

const (
	release        = "admission-test"
	sandboxRelease = "admission-sandbox"

	operator = "system:serviceaccount:sojourn-admission:admission-test-operator"
)

var (
	cluster   *support.Cluster
	sessions  = resource("sojourn.dev", "v1alpha1", "sessions")
	templates = resource("sojourn.dev", "v1alpha1", "sessiontemplates")
	installed = map[string]schema.GroupVersionResource{
		"ValidatingAdmissionPolicy": resource("admissionregistration.k8s.io", "v1",
			"validatingadmissionpolicies"),
		"ValidatingAdmissionPolicyBinding": resource("admissionregistration.k8s.io", "v1",
			"validatingadmissionpolicybindings"),
		"ClusterRole": resource("rbac.authorization.k8s.io", "v1", "clusterroles"),
	}
)

func resource(group, version, plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: plural}
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run installs the policies for the namespaces of these tests alone: others use the cluster, too.
func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if cluster, err = support.Connect("SOJOURN_E2E_KUBECONFIG"); err != nil {
		return 0, err
	}
	if err = cluster.ApplyDefinitions(ctx, "../../../crds"); err != nil {
		return 0, err
	}
	if err = makeNamespaces(ctx); err != nil {
		return 0, err
	}
	plain, err := render(ctx, release, "adm-plain,adm-exempt", "--show-only", "templates/aggregate.yaml")
	if err != nil {
		return 0, err
	}
	sandboxed, err := render(ctx, sandboxRelease, "adm-sandbox",
		"--set", "admission.runtimeClassNames={gvisor,kata}", "--set", "admission.statusWriters={restorer}")
	if err != nil {
		return 0, err
	}
	objects := append(plain, sandboxed...)
	defer func() {
		if removed := remove(ctx, objects); err == nil {
			err = removed
		}
	}()
	if err = install(ctx, objects); err != nil {
		return 0, err
	}
	if err = letSessionMakers(ctx); err != nil {
		return 0, err
	}
	if err = waitEnforced(ctx); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// render gives the policies of a release that works in the namespaces.
func render(ctx context.Context, name, namespaces string, more ...string) (
	[]*unstructured.Unstructured, error) {
	return support.RenderChart(ctx, append([]string{name, "../../../charts/sojourn",
		"--namespace", "sojourn-admission", "--set", "fullnameOverride=" + name,
		"--set", "namespaces={" + namespaces + "}", "--show-only", "templates/admission.yaml"},
		more...)...)
}

func makeNamespaces(ctx context.Context) error {
	for name, labels := range map[string]map[string]string{
		"adm-plain":   nil,
		"adm-sandbox": nil,
		"adm-exempt":  {"sojourn.dev/template-policy": "unrestricted"},
	} {
		_, err := cluster.Core.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

func install(ctx context.Context, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		_, err := cluster.Dynamic.Resource(installed[object.GetKind()]).Apply(ctx, object.GetName(),
			object, metav1.ApplyOptions{FieldManager: support.FieldManager, Force: true})
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

func remove(ctx context.Context, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		err := cluster.Dynamic.Resource(installed[object.GetKind()]).Delete(ctx, object.GetName(),
			metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	for _, namespace := range []string{"adm-plain", "adm-sandbox", "adm-exempt"} {
		err := cluster.Core.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
		if err != nil {
			return err
		}
	}
	return nil
}

// waitEnforced waits until each policy refuses what it is for: the API server takes up a new policy a
// moment later.
func waitEnforced(ctx context.Context) error {
	masters := as("admission-admin", "system:masters")
	if _, err := masters.create(ctx, templates, "adm-exempt", template("probe", safe)); err != nil {
		return err
	}
	probes := map[string]func() error{
		"template-safety": func() error {
			return masters.try(ctx, templates, "adm-plain", template("probe", asRoot))
		},
		"created-by": func() error {
			return masters.try(ctx, sessions, "adm-plain", session("probe", "any", "somebody"))
		},
		"template-use": func() error {
			return as("nobody", sessionMakers).try(ctx, sessions, "adm-plain", session("probe", "any", ""))
		},
		"template-runtime": func() error {
			return masters.try(ctx, templates, "adm-sandbox", template("probe", safe))
		},
		"status": func() error {
			return masters.patchStatus(ctx, templates, "adm-exempt", "probe", `{"observedGeneration": 7}`)
		},
	}
	for policy, probe := range probes {
		deadline := time.Now().Add(30 * time.Second)
		for err := probe(); !refusedBy(err, policy); err = probe() {
			if time.Now().After(deadline) {
				return fmt.Errorf("the policy %s is not enforced after 30 s: %v", policy, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	return nil
}

func refusedBy(err error, policy string) bool {
	return err != nil && (strings.Contains(err.Error(),
		"ValidatingAdmissionPolicy '"+release+"-"+policy+"'") || strings.Contains(err.Error(),
		"ValidatingAdmissionPolicy '"+sandboxRelease+"-"+policy+"'"))
}

// sessionMakers is a group that may do everything with Sessions and read templates.
const sessionMakers = "session-makers"

func letSessionMakers(ctx context.Context) error {
	for _, namespace := range []string{"adm-plain", "adm-exempt"} {
		_, err := cluster.Core.RbacV1().RoleBindings(namespace).Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: sessionMakers},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole",
				Name: release + "-edit"},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: sessionMakers}},
		}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// actor is somebody who uses the API.
type actor struct{ client dynamic.Interface }

func as(name string, groups ...string) actor {
	config := rest.CopyConfig(cluster.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: name, Groups: groups}
	return actor{dynamic.NewForConfigOrDie(config)}
}

func (a actor) create(ctx context.Context, of schema.GroupVersionResource, namespace string,
	object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return a.client.Resource(of).Namespace(namespace).Create(ctx, object, metav1.CreateOptions{})
}

// try asks for the object without keeping it.
func (a actor) try(ctx context.Context, of schema.GroupVersionResource, namespace string,
	object *unstructured.Unstructured) error {
	_, err := a.client.Resource(of).Namespace(namespace).Create(ctx, object, metav1.CreateOptions{
		FieldValidation: metav1.FieldValidationStrict, DryRun: []string{metav1.DryRunAll}})
	return err
}

func (a actor) patch(ctx context.Context, of schema.GroupVersionResource, namespace, name,
	patch string, subresources ...string) error {
	_, err := a.client.Resource(of).Namespace(namespace).Patch(ctx, name, types.MergePatchType,
		[]byte(patch), metav1.PatchOptions{}, subresources...)
	return err
}

func (a actor) patchStatus(ctx context.Context, of schema.GroupVersionResource, namespace, name,
	status string) error {
	return a.patch(ctx, of, namespace, name, `{"status": `+status+`}`, "status")
}

// template makes a SessionTemplate of a spec in YAML.
func template(name, spec string) *unstructured.Unstructured {
	return object("SessionTemplate", name, spec)
}

// session makes a Session; an empty creator is none.
func session(name, templateName, creator string) *unstructured.Unstructured {
	made := object("Session", name, "templateRef: {name: "+templateName+"}")
	if creator != "" {
		made.SetAnnotations(map[string]string{createdBy: creator})
	}
	return made
}

const createdBy = "sojourn.dev/created-by"

func object(kind, name, spec string) *unstructured.Unstructured {
	parsed := map[string]any{}
	if err := yaml.Unmarshal([]byte(spec), &parsed); err != nil {
		panic(err) // a mistake in a table of these tests
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1", "kind": kind,
		"metadata": map[string]any{"name": name}, "spec": parsed,
	}}
}

// mustRefuse fails the test unless the policy refused with the words.
func mustRefuse(t *testing.T, err error, policy, words string) {
	t.Helper()
	if !refusedBy(err, policy) || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v; the policy %s shall refuse it and say %q", err, policy, words)
	}
}

func mustAdmit(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
