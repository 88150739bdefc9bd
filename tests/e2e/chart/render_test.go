package chart

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"sojourn.dev/e2e/support"
)

const madeBy = "run deploy/render"

func TestDefinitionsOfTheChart_AreThoseOfTheProject(t *testing.T) {
	sources, err := filepath.Glob("../../../crds/*.yaml")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no CRDs: %v", err)
	}
	rendered := byName(render(t, "SOJOURN_HELM"))
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		copied, err := os.ReadFile(filepath.Join(chartFolder, "files/crds", filepath.Base(source)))
		if err != nil || !bytes.Equal(text, copied) {
			t.Errorf("the chart's copy of %s differs; %s (%v)", source, madeBy, err)
		}
		want := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &want.Object); err != nil {
			t.Fatal(err)
		}
		got := rendered["CustomResourceDefinition /"+want.GetName()]
		if got == nil {
			t.Errorf("the chart renders no %s", want.GetName())
		} else if !reflect.DeepEqual(normal(t, got.Object["spec"]), normal(t, want.Object["spec"])) {
			t.Errorf("the chart renders another spec of %s", want.GetName())
		}
	}
	copies, _ := filepath.Glob(chartFolder + "/files/crds/*")
	if len(copies) != len(sources) {
		t.Errorf("the chart has %d CRDs, the project %d; %s", len(copies), len(sources), madeBy)
	}
}

// normal makes equal numbers equal, whatever reader they came from.
func normal(t *testing.T, value any) any {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := yaml.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDefinitions_AreKeptUnlessSaidOtherwise(t *testing.T) {
	definitions := func(arguments ...string) (found []*unstructured.Unstructured) {
		for _, object := range render(t, "SOJOURN_HELM", arguments...) {
			if object.GetKind() == "CustomResourceDefinition" {
				found = append(found, object)
			}
		}
		return found
	}
	for _, test := range []struct {
		set   string
		count int
		keep  string
	}{
		{"crds.keep=true", 2, "keep"}, {"crds.keep=false", 2, ""}, {"crds.install=false", 0, ""},
	} {
		found := definitions("--set", test.set)
		if len(found) != test.count {
			t.Errorf("%s: %d definitions, want %d", test.set, len(found), test.count)
		}
		for _, object := range found {
			if got := object.GetAnnotations()["helm.sh/resource-policy"]; got != test.keep {
				t.Errorf("%s: %s has the policy %q, want %q", test.set, object.GetName(), got, test.keep)
			}
		}
	}
}

func TestHelm3AndHelm4_RenderTheSame(t *testing.T) {
	for _, arguments := range [][]string{nil, {"--set", "namespaces={a,b},replicas=1," +
		"serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboard.enabled=true,crds.keep=false,admission.runtimeClassNames={gvisor}"}} {
		four, three := byName(render(t, helms[0], arguments...)), byName(render(t, helms[1], arguments...))
		if len(four) != len(three) {
			t.Errorf("Helm 4 renders %d objects, Helm 3 %d", len(four), len(three))
		}
		for name, object := range four {
			if !reflect.DeepEqual(object, three[name]) {
				t.Errorf("%v: %s differs between Helm 3 and Helm 4", arguments, name)
			}
		}
	}
}

func TestPlainManifests_AreTheChartWithItsDefaults(t *testing.T) {
	text, err := os.ReadFile("../../../deploy/sojourn.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects, err := support.ReadObjects(text)
	if err != nil {
		t.Fatal(err)
	}
	plain, rendered := byName(objects), byName(render(t, "SOJOURN_HELM"))
	delete(plain, "Namespace /sojourn-system") // Helm makes it with --create-namespace
	if len(plain) != len(rendered) {
		t.Errorf("deploy/sojourn.yaml has %d objects, the chart %d; %s", len(plain), len(rendered), madeBy)
	}
	for name, object := range rendered {
		if !reflect.DeepEqual(object, plain[name]) {
			t.Errorf("%s differs in deploy/sojourn.yaml; %s", name, madeBy)
		}
	}
}

func TestNames_FollowTheReleaseAndTheOverrides(t *testing.T) {
	for want, arguments := range map[string][]string{
		"sojourn-operator":      {"sojourn"},
		"team-sojourn-operator": {"team"},
		"mine-operator":         {"team", "--set", "fullnameOverride=mine"},
		"team-agents-operator":  {"team", "--set", "nameOverride=agents"},
	} {
		text := mustHelm(t, "SOJOURN_HELM", append(append([]string{"template"}, arguments[0], chartFolder,
			"--namespace", "n", "--show-only", "templates/deployment.yaml"), arguments[1:]...)...)
		for _, line := range []string{"\n  name: " + want + "\n", "--lease-name=" + want + "\n",
			"serviceAccountName: " + want + "\n"} {
			if !strings.Contains(text, line) {
				t.Errorf("%v: no %q in the Deployment", arguments, line)
			}
		}
	}
}

func TestImage_IsByTagOrDigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	for want, set := range map[string]string{
		"docker.io/sojourn/operator:0.1.0":     "replicas=2",
		"mirror.example/op:1.2":                "image.repository=mirror.example/op,image.tag=1.2",
		"docker.io/sojourn/operator@" + digest: "image.tag=1.2,image.digest=" + digest,
	} {
		text := mustHelm(t, "SOJOURN_HELM", "template", "sojourn", chartFolder, "--set", set,
			"--show-only", "templates/deployment.yaml")
		if !strings.Contains(text, `image: "`+want+`"`) {
			t.Errorf("%s does not give the image %s", set, want)
		}
	}
}

func TestOldKubernetes_IsRefused(t *testing.T) {
	for _, variable := range helms {
		text, err := helm(t, variable, "template", "sojourn", chartFolder, "--kube-version", "1.31.9")
		if err == nil || !strings.Contains(text, ">=1.32.0-0") {
			t.Errorf("%s: %v %s", variable, err, text)
		}
		if text, err := helm(t, variable, "template", "sojourn", chartFolder, "--kube-version",
			"1.32.0-vendor.1"); err != nil {
			t.Errorf("%s: %s", variable, text)
		}
	}
}
