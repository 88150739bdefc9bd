// Package chart holds the Helm chart to what it promises: what it renders, what it refuses, and what
// it does to a cluster when it is installed, upgraded and uninstalled.
package chart

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sojourn.dev/e2e/support"
)

const chartFolder = "../../../charts/sojourn"

// helms are the programs every promise is for, by the variables that hold their paths.
var helms = []string{"SOJOURN_HELM", "SOJOURN_HELM3"}

// helm runs Helm and returns all it wrote.
func helm(t *testing.T, variable string, arguments ...string) (string, error) {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is not set; run ./dev/test, or set it to the path of helm", variable)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	command.Env = append(os.Environ(), "HELM_NAMESPACE=", "KUBECONFIG="+os.Getenv("SOJOURN_E2E_KUBECONFIG"))
	text, err := command.CombinedOutput()
	return string(text), err
}

func mustHelm(t *testing.T, variable string, arguments ...string) string {
	t.Helper()
	text, err := helm(t, variable, arguments...)
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(arguments, " "), err, text)
	}
	return text
}

// render gives the objects of the chart with the arguments.
func render(t *testing.T, variable string, arguments ...string) []*unstructured.Unstructured {
	t.Helper()
	text := mustHelm(t, variable, append([]string{"template", "sojourn", chartFolder, "--namespace",
		"sojourn-system"}, arguments...)...)
	objects, err := support.ReadObjects([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// byName finds objects by kind and name.
func byName(objects []*unstructured.Unstructured) map[string]*unstructured.Unstructured {
	found := map[string]*unstructured.Unstructured{}
	for _, object := range objects {
		found[object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName()] = object
	}
	return found
}
