// Package gitops holds what tools of delivery read from a Session: kstatus (Helm, Flux, kpt), the
// health script for Argo CD and the health expressions for Flux must all say the same.
package gitops

import (
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const argocd = "../../../deploy/gitops/argocd/sojourn.dev"

// Sessions reads the Sessions of every kind of moment, by the name of their file.
func Sessions() (map[string]*unstructured.Unstructured, error) {
	files, err := filepath.Glob(argocd + "/Session/testdata/*.yaml")
	if err != nil {
		return nil, err
	}
	found := map[string]*unstructured.Unstructured{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		asJSON, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(asJSON); err != nil { // whole numbers stay whole
			return nil, err
		}
		found[strings.TrimSuffix(filepath.Base(file), ".yaml")] = object
	}
	return found, nil
}
