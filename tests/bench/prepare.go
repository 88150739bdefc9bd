package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sojourn.dev/e2e/support"
)

const (
	namespace    = "bench"
	templateName = "bench"
)

// prepare makes what Sessions need: the definitions, a namespace and a template.
func prepare(ctx context.Context, cluster *support.Cluster, definitions string) error {
	if err := cluster.ApplyDefinitions(ctx, definitions); err != nil {
		return err
	}
	apply := func(resource schema.GroupVersionResource, in string, object map[string]any) error {
		client := cluster.Dynamic.Resource(resource).Namespace(in)
		content := &unstructured.Unstructured{Object: object}
		_, err := client.Apply(ctx, content.GetName(), content,
			metav1.ApplyOptions{FieldManager: support.FieldManager})
		return err
	}
	err := apply(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "",
		map[string]any{"apiVersion": "v1", "kind": "Namespace",
			"metadata": map[string]any{"name": namespace}})
	if err != nil {
		return err
	}
	return apply(templates, namespace, map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1", "kind": "SessionTemplate",
		"metadata": map[string]any{"name": templateName, "namespace": namespace},
		"spec": map[string]any{"agents": []any{
			map[string]any{"name": "agent", "image": support.AgentImage}}}})
}
