package monitoring

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// dashboard is what the tests read of Grafana's JSON.
type dashboard struct {
	Templating struct {
		List []struct {
			Name, Type, Definition string
			Query                  any
		}
	}
	Panels []struct {
		ID          int
		Type, Title string
		GridPos     struct{ H, W, X, Y int }
		FieldConfig *struct{ Defaults struct{ Unit string } }
		Targets     []struct{ Expr, LegendFormat string }
	}
}

// readDashboard takes it out of the ConfigMap, as Grafana's sidecar does.
func readDashboard(t *testing.T) dashboard {
	t.Helper()
	object := renderOne(t, "dashboard.yaml", "dashboard.enabled=true")
	data, _, err := unstructured.NestedStringMap(object, "data")
	if err != nil || len(data) != 1 {
		t.Fatalf("the ConfigMap has %d files (%v)", len(data), err)
	}
	var read dashboard
	for name, text := range data {
		if !strings.HasSuffix(name, ".json") {
			t.Errorf("the sidecar takes only files that end in .json, not %s", name)
		}
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			t.Fatal(err)
		}
	}
	return read
}

// asGrafanaAsks fills in what somebody chose at the top of the dashboard.
func asGrafanaAsks(expression string) string {
	return strings.NewReplacer("$job", job, "$namespace", ".*", "$__rate_interval", "5m").
		Replace(expression)
}

func hasNumber(vector promql.Vector) bool {
	for _, sample := range vector {
		if !math.IsNaN(sample.F) && !math.IsInf(sample.F, 0) {
			return true
		}
	}
	return false
}

func checkDashboard(t *testing.T, history History) {
	queries := 0
	for _, panel := range readDashboard(t).Panels {
		for _, target := range panel.Targets {
			queries++
			vector, err := history.Query(t.Context(), asGrafanaAsks(target.Expr))
			if err != nil {
				t.Errorf("%s: %s: %v", panel.Title, target.Expr, err)
				continue
			}
			if !hasNumber(vector) {
				t.Errorf("%s: %s returns no number: %v", panel.Title, target.Expr, vector)
			}
			for _, name := range regexp.MustCompile(`{{(\w+)}}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				for _, sample := range vector {
					if sample.Metric.Get(name[1]) == "" {
						t.Errorf("%s: the result %v has no label %s for the legend", panel.Title, sample.Metric, name[1])
					}
				}
			}
		}
	}
	const least = 30
	if queries < least {
		t.Errorf("only %d queries were found", queries)
	}
	t.Logf("%d queries", queries)
}

// label_values(SELECTOR, LABEL) is Grafana's own, so the selector is asked instead.
var labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)

func checkVariables(t *testing.T, history History) {
	for _, variable := range readDashboard(t).Templating.List {
		if variable.Type != "query" {
			continue
		}
		parts := labelValues.FindStringSubmatch(variable.Definition)
		if parts == nil {
			t.Errorf("%s is %q", variable.Name, variable.Definition)
			continue
		}
		vector, err := history.Query(t.Context(), asGrafanaAsks(parts[1]))
		if err != nil {
			t.Error(err)
		}
		values := map[string]bool{}
		for _, sample := range vector {
			values[sample.Metric.Get(parts[2])] = true
		}
		if delete(values, ""); len(values) == 0 {
			t.Errorf("%s has no values by %s", variable.Name, variable.Definition)
		}
		if variable.Name == "job" && !values[job] {
			t.Errorf("the variable job offers %v", values)
		}
	}
}

func TestDashboard_HasPanelsThatDoNotOverlap(t *testing.T) {
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, panel := range readDashboard(t).Panels {
		if ids[panel.ID] {
			t.Errorf("%s has the number of another panel", panel.Title)
		}
		ids[panel.ID] = true
		at := panel.GridPos
		if at.X+at.W > 24 || at.W < 1 || at.H < 1 {
			t.Errorf("%s does not fit: %+v", panel.Title, at)
		}
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s lies on %s", panel.Title, other)
				}
				taken[[2]int{x, y}] = panel.Title
			}
		}
		if panel.Type != "row" && (panel.FieldConfig == nil || panel.FieldConfig.Defaults.Unit == "") {
			t.Errorf("%s has no unit", panel.Title)
		}
	}
}

func TestDashboardsConfigMap_HasTheLabelsOfTheSidecar(t *testing.T) {
	object := unstructured.Unstructured{Object: renderOne(t, "dashboard.yaml", "dashboard.enabled=true",
		"dashboard.annotations.grafana_folder=Agents", "dashboard.labels.more=yes")}
	if object.GetLabels()["grafana_dashboard"] != "1" || object.GetLabels()["more"] != "yes" ||
		object.GetAnnotations()["grafana_folder"] != "Agents" {
		t.Errorf("labels %v, annotations %v", object.GetLabels(), object.GetAnnotations())
	}
}

func TestHistory_AddsUpAsPrometheusDoes(t *testing.T) {
	var pages []Page
	for _, text := range []string{"a 1\nb{x=\"1\"} 5\n", "a 4\nb{x=\"1\"} 5\n"} {
		page, err := Scrape("# TYPE a counter\n"+text, labels.FromStrings("job", "j", "x", "target"))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	history := History{Pages: pages, End: time.Unix(1_000_000, 0)}
	for expression, want := range map[string]float64{
		`a{job="j", x="target"}`: 4, `b{x="1"}`: 5, `b{x="target"} or vector(7)`: 7,
		`changes(a[1m])`: 1, `increase(b[1m])`: 0,
	} {
		vector, err := history.Query(t.Context(), expression)
		if err != nil || len(vector) != 1 || vector[0].F != want {
			t.Errorf("%s gives %v (%v), want %v", expression, vector, err, want)
		}
	}
}
