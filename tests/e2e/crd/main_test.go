// Package crd holds the CustomResourceDefinitions of crds/ against a real API server: what it
// accepts, what it refuses and in which words, what may change and what it shows. No operator may
// run on that cluster meanwhile, for the tests write status themselves.
package crd

import (
	"context"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"sojourn.dev/e2e/support"
)

const definitionsDirectory = "../../../crds"

var (
	namespaces       = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	sessions         = resource("sessions")
	sessionTemplates = resource("sessiontemplates")
)

func resource(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "sojourn.dev", Version: "v1alpha1", Resource: plural}
}

// connect gives the cluster of SOJOURN_E2E_KUBECONFIG with the definitions of this tree.
func connect(t *testing.T) *support.Cluster {
	t.Helper()
	cluster, err := prepare()
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

var prepare = sync.OnceValues(func() (*support.Cluster, error) {
	cluster, err := support.Connect("SOJOURN_E2E_KUBECONFIG")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return cluster, cluster.ApplyDefinitions(ctx, definitionsDirectory)
})

// room is a namespace of one test, gone when it ends. All its writes ask for strict validation.
type room struct {
	t         *testing.T
	cluster   *support.Cluster
	namespace string
}

func newRoom(t *testing.T) *room {
	t.Helper()
	cluster := connect(t)
	client := cluster.Dynamic.Resource(namespaces)
	made, err := client.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": "crd-"},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := client.Delete(context.Background(), made.GetName(), metav1.DeleteOptions{})
		if err != nil {
			t.Error(err)
		}
	})
	return &room{t: t, cluster: cluster, namespace: made.GetName()}
}

func (r *room) client(of schema.GroupVersionResource) dynamic.ResourceInterface {
	return r.cluster.Dynamic.Resource(of).Namespace(r.namespace)
}

func (r *room) create(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return r.client(resourceOf(object)).Create(r.t.Context(), object,
		metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
}

func (r *room) mustCreate(object *unstructured.Unstructured) *unstructured.Unstructured {
	r.t.Helper()
	made, err := r.create(object)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

// try asks for object without keeping it.
func (r *room) try(object *unstructured.Unstructured) error {
	_, err := r.client(resourceOf(object)).Create(r.t.Context(), object, metav1.CreateOptions{
		FieldValidation: metav1.FieldValidationStrict, DryRun: []string{metav1.DryRunAll},
	})
	return err
}

func (r *room) update(object *unstructured.Unstructured) error {
	_, err := r.client(resourceOf(object)).Update(r.t.Context(), object,
		metav1.UpdateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}

// change creates the first object, asks for the other in its place, and deletes it again.
func (r *room) change(from, to *unstructured.Unstructured) error {
	r.t.Helper()
	made := r.mustCreate(from)
	defer r.delete(made)
	next := to.DeepCopy()
	next.SetResourceVersion(made.GetResourceVersion())
	return r.update(next)
}

func (r *room) delete(object *unstructured.Unstructured) {
	r.t.Helper()
	err := r.client(resourceOf(object)).Delete(r.t.Context(), object.GetName(), metav1.DeleteOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
}

// patchStatus merges a JSON text into the status subresource.
func (r *room) patchStatus(of schema.GroupVersionResource, name, patch string) error {
	_, err := r.client(of).Patch(r.t.Context(), name, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldValidation: metav1.FieldValidationStrict}, "status")
	return err
}

func (r *room) get(of schema.GroupVersionResource, name string) *unstructured.Unstructured {
	r.t.Helper()
	object, err := r.client(of).Get(r.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	return object
}

func resourceOf(object *unstructured.Unstructured) schema.GroupVersionResource {
	if object.GetKind() == "SessionTemplate" {
		return sessionTemplates
	}
	return sessions
}
