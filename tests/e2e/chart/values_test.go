package chart

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestWrongValues_AreRefusedWithTheirPath(t *testing.T) {
	for set, path := range map[string]string{
		"replicas=many":                     "/replicas",
		"replicas=-1":                       "/replicas",
		"image.tga=1.0":                     "/image",
		"image.pullPolicy=Sometimes":        "/image/pullPolicy",
		"image.digest=sha256:12":            "/image/digest",
		"operator.workers=0":                "/operator/workers",
		"operator.logFormat=xml":            "/operator/logFormat",
		"namespaces={Team_A}":               "/namespaces/0",
		"resources.limits.memory=lots":      "/resources/limits/memory",
		"resources.limits.gpu=1":            "/resources/limits",
		"crds.keep=maybe":                   "/crds/keep",
		"networkPolicy.apiServerPorts={0}":  "/networkPolicy/apiServerPorts/0",
		"networkPolicy.apiServerCIDRs={x}":  "/networkPolicy/apiServerCIDRs/0",
		"admission.actions={Refuse}":        "/admission/actions/0",
		"admission.actions={Deny,Warn}":     "/admission/actions",
		"resources.requests.cpu=-1":         "/resources/requests/cpu",
		"admission.statusWriters={a'b}":     "/admission/statusWriters/0",
		"tolerations[0].operator=Like":      "/tolerations/0/operator",
		"serviceMonitor.interval=often":     "/serviceMonitor/interval",
		"prometheusRule.runbook=a#b":        "/prometheusRule/runbook",
		"prometheusRule.labels.a=b c":       "/prometheusRule/labels/a",
		"dashboard.labels.a=b c":            "/dashboard/labels/a",
		"dashboard.folder=Agents":           "/dashboard",
		"nosuchvalue=1":                     "nosuchvalue",
		"terminationGracePeriodSeconds=1":   "/terminationGracePeriodSeconds",
		"serviceAccount.annotations.a=true": "/serviceAccount/annotations/a",
	} {
		text, err := helm(t, "SOJOURN_HELM", "template", "sojourn", chartFolder, "--set", set)
		if err == nil || !strings.Contains(text, path) {
			t.Errorf("%s: the answer does not name %s: %v %s", set, path, err, text)
		}
	}
	text, err := helm(t, "SOJOURN_HELM3", "template", "sojourn", chartFolder, "--set", "replicas=many")
	if err == nil || !strings.Contains(text, "/replicas") {
		t.Errorf("Helm 3: the answer does not name /replicas: %v %s", err, text)
	}
}

func TestChartThatDependsOnThisOne_MaySetWhatHelmSets(t *testing.T) {
	for _, variable := range helms {
		mustHelm(t, variable, "template", "sojourn", chartFolder, "--set", "enabled=true,global.a.b=c")
	}
}

// valueSchema is the part of a JSON schema that the tests read.
type valueSchema struct {
	Properties           map[string]valueSchema `json:"properties"`
	AdditionalProperties any                    `json:"additionalProperties"`
}

func readSchema(t *testing.T) valueSchema {
	t.Helper()
	text, err := os.ReadFile(chartFolder + "/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var read valueSchema
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestSchema_KnowsEveryValueAndClosesEveryObject(t *testing.T) {
	text, err := os.ReadFile(chartFolder + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	var compare func(path string, known valueSchema, values map[string]any)
	compare = func(path string, known valueSchema, values map[string]any) {
		if len(known.Properties) == 0 {
			return
		}
		if known.AdditionalProperties != false {
			t.Errorf("%s: the schema allows any other value", path)
		}
		for name, value := range values {
			below, found := known.Properties[name]
			if !found {
				t.Errorf("%s/%s is in values.yaml and not in the schema", path, name)
			}
			if object, is := value.(map[string]any); is {
				compare(path+"/"+name, below, object)
			}
		}
	}
	whole := readSchema(t)
	compare("", whole, values)
	for name := range whole.Properties {
		if _, found := values[name]; !found && name != "global" && name != "enabled" {
			t.Errorf("/%s is in the schema and not in values.yaml", name)
		}
	}
}

// Every value that can be set, though not the objects that only hold others, has a comment above it
// that names its default.
func TestEveryValue_IsExplained(t *testing.T) {
	file, err := os.Open(chartFolder + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	comment, count := "", 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasPrefix(line, "#"):
			comment += line
		case line == "":
			comment = ""
		default:
			name, value, isPair := strings.Cut(line, ":")
			// Values that begin together share a comment.
			if isPair && strings.TrimSpace(value) != "" && !strings.Contains(name, "/") {
				count++
				if !strings.Contains(comment, "Default") {
					t.Errorf("%s has no comment that names its default", name)
				}
			}
			if isPair && strings.TrimSpace(value) == "" {
				comment = ""
			}
			if name != "podAnnotations" {
				comment = ""
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d values were found", count)
	}
}
