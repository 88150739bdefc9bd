package monitoring

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// readAlerts takes the rules out of the PrometheusRule and lets Prometheus check them: names,
// expressions, durations and the templates of the annotations.
func readAlerts(t *testing.T) []rulefmt.Rule {
	t.Helper()
	object := renderOne(t, "prometheusrule.yaml", "prometheusRule.enabled=true",
		"prometheusRule.runbook=https://runbook.example/operations")
	text, err := yaml.Marshal(object["spec"])
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(text, false, model.LegacyValidation)
	if len(errs) > 0 {
		t.Fatalf("Prometheus refuses the rules: %v", errs)
	}
	var rules []rulefmt.Rule
	for _, group := range groups.Groups {
		rules = append(rules, group.Rules...)
	}
	return rules
}

func checkMetricsOfAlerts(t *testing.T, text string) {
	_, series, err := Families(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range readAlerts(t) {
		expression, err := parser.ParseExpr(rule.Expr)
		if err != nil {
			t.Fatal(err)
		}
		parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
			if selector, is := node.(*parser.VectorSelector); is && !series[selector.Name] {
				t.Errorf("%s reads %s, which the operator does not have", rule.Alert, selector.Name)
			}
			return nil
		})
	}
}

func checkSilence(t *testing.T, history History) {
	for _, rule := range readAlerts(t) {
		vector, err := history.Query(t.Context(), rule.Expr)
		if err != nil {
			t.Errorf("%s: %v", rule.Alert, err)
		} else if len(vector) > 0 {
			t.Errorf("%s fires for no reason: %v", rule.Alert, vector)
		}
	}
}

// bend makes of a sample on a page, counted from 0, those that are there instead.
type bend func(page int, sample Sample) []Sample

// with sets the value of the series that match. Labels are pairs.
func with(value func(page int, old float64) float64, name string, pairs ...string) bend {
	return func(page int, sample Sample) []Sample {
		if is(sample, name, pairs) {
			sample.Value = value(page, sample.Value)
		}
		return []Sample{sample}
	}
}

func is(sample Sample, name string, pairs []string) bool {
	if sample.Labels.Get(labels.MetricName) != name {
		return false
	}
	for pair := range slices.Chunk(pairs, 2) {
		if sample.Labels.Get(pair[0]) != pair[1] {
			return false
		}
	}
	return true
}

// relabelled copies the series that match under another value of a label.
func relabelled(label, to string, value func(int, float64) float64, name string, pairs ...string) bend {
	return func(page int, sample Sample) []Sample {
		if !is(sample, name, pairs) {
			return []Sample{sample}
		}
		other := labels.NewBuilder(sample.Labels)
		other.Set(label, to)
		return []Sample{sample, {Labels: other.Labels(), Value: value(page, sample.Value)}}
	}
}

// slower moves what a histogram counted into the buckets from the bound on.
func slower(name string, bound float64) bend {
	return func(page int, sample Sample) []Sample {
		if is(sample, name+"_bucket", nil) {
			sample.Value = 0
			upTo, err := strconv.ParseFloat(sample.Labels.Get("le"), 64)
			if err == nil && upTo >= bound { // +Inf can be parsed, too
				sample.Value = float64(100 * page)
			}
		}
		return []Sample{sample}
	}
}

func gone(which func(Sample) bool) bend {
	return func(_ int, sample Sample) []Sample {
		if which(sample) {
			return nil
		}
		return []Sample{sample}
	}
}

func both(first, second bend) bend {
	return func(page int, sample Sample) []Sample {
		var all []Sample
		for _, made := range first(page, sample) {
			all = append(all, second(page, made)...)
		}
		return all
	}
}

func always(value float64) func(int, float64) float64 {
	return func(int, float64) float64 { return value }
}

func growing(page int, old float64) float64 { return old + float64(50*page) }

// bends are, for each alert, what must make it fire. All else is as the operators said.
var bends = map[string][]bend{
	"SojournNobodyLeads": {
		with(always(0), "leader_election_master_status"),
		gone(func(sample Sample) bool { return sample.Labels.Get("job") == job }),
	},
	"SojournReplicaMissing": {
		gone(func(sample Sample) bool { return sample.Labels.Get("pod") == "sojourn-operator-1" }),
		gone(func(sample Sample) bool { return sample.Labels.Get("job") == job }),
	},
	"SojournSessionsNotTakenUp": {
		relabelled("state", "new", always(1), "sojourn_sessions", "state", "READY"),
	},
	"SojournSessionsInError": {with(always(3), "sojourn_sessions", "state", "ERROR")},
	"SojournSlowStarts":      {slower("sojourn_session_startup_seconds", 300)},
	"SojournRetriesGrow":     {with(growing, "sojourn_session_retries_total")},
	"SojournAgentsRestart":   {with(growing, "sojourn_session_restarts_total")},
	"SojournDeadlinesLate":   {slower("sojourn_deadline_lateness_seconds", 60)},
	"SojournDeadlinesEarly":  {with(growing, "sojourn_deadlines_early_total", "deadline", "retryPolicy")},
	"SojournSessionsOverdue": {with(always(1), "sojourn_sessions_overdue")},
	"SojournReconcilesFail": {
		both(with(growing, "controller_runtime_reconcile_errors_total", "controller", "session"),
			with(growing, "controller_runtime_reconcile_total", "controller", "session", "result", "error")),
	},
	"SojournReconcileStuck":  {with(always(61), "workqueue_longest_running_processor_seconds")},
	"SojournReconcilePanics": {with(growing, "controller_runtime_reconcile_panics_total")},
	"SojournQueueSlow":       {slower("workqueue_queue_duration_seconds", 10)},
	"SojournApiServerErrors": {
		relabelled("code", "503", growing, "rest_client_requests_total", "code", "200"),
		relabelled("code", "429", growing, "rest_client_requests_total", "code", "200"),
		relabelled("code", "<error>", growing, "rest_client_requests_total", "code", "200"),
	},
	"SojournWatchesLost": {
		both(with(growing, "sojourn_cache_lists_total"), with(growing, "sojourn_cache_watches_total")),
	},
	"SojournObjectsUnreadable": {with(growing, "sojourn_decode_failures_total", "kind", "Pod")},
	"SojournRestarts":          {with(growing, "process_start_time_seconds")},
	"SojournFilesRunOut":       {with(always(20000), "process_open_fds")},
	"SojournEventsDropped":     {with(growing, "sojourn_events_total", "result", "dropped")},
	"SojournMetricsBroken":     {with(growing, "sojourn_metric_errors_total")},
}

func checkAlarms(t *testing.T, history History) {
	rules := readAlerts(t)
	for _, rule := range rules {
		if len(bends[rule.Alert]) == 0 {
			t.Errorf("no test makes %s fire", rule.Alert)
		}
		for index, bend := range bends[rule.Alert] {
			vector, err := history.Changed(bend).Query(t.Context(), rule.Expr)
			if err != nil || len(vector) == 0 {
				t.Errorf("%s does not fire when it should (%d): %v", rule.Alert, index, err)
			}
			for _, sample := range vector {
				checkWords(t, rule, sample.Metric)
			}
		}
	}
	if len(rules) != len(bends) {
		t.Errorf("%d alerts, %d of them with a test", len(rules), len(bends))
	}
}

// checkWords: a label that a text names must be there when it is shown.
func checkWords(t *testing.T, rule rulefmt.Rule, found labels.Labels) {
	t.Helper()
	for _, text := range rule.Annotations {
		for _, part := range strings.Split(text, "$labels.")[1:] {
			name := strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '}' })[0]
			if found.Get(name) == "" {
				t.Errorf("%s: %q names the label %s, and %v has none", rule.Alert, text, name, found)
			}
		}
	}
}
