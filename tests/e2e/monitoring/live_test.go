package monitoring

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"sojourn.dev/e2e/support"
)

const (
	chart = "../../../charts/sojourn"
	// What the Prometheus Operator makes of the chart's ServiceMonitor: the Service's name.
	job    = "sojourn-operator-metrics"
	atMost = 60 * time.Second // for one step, on a machine that may be busy
)

// live is two operators of one Lease at work, and what their pages said.
type live struct {
	operators []*support.Operator
	newest    string // the leader's last page, as it came
	history   History
}

// scrape takes a page of each operator, as one scrape of Prometheus.
func (l *live) scrape(t *testing.T) {
	t.Helper()
	whole := Page{}
	for index, operator := range l.operators {
		text, err := operator.Get(t.Context(), "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		if index == 0 {
			l.newest = text
		}
		page, err := Scrape(text, labels.FromStrings("job", job, "namespace", "sojourn-system",
			"pod", fmt.Sprintf("sojourn-operator-%d", index)))
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range page {
			whole.put(sample)
		}
	}
	l.history.Pages = append(l.history.Pages, whole)
	l.history.End = time.Now()
}

// watchALife starts two operators, brings Sessions into several states, and scrapes between.
func watchALife(t *testing.T) *live {
	t.Helper()
	cluster, err := support.Connect("SOJOURN_E2E_FAST_KUBECONFIG")
	if err != nil {
		t.Fatal(err)
	}
	logs := t.TempDir()
	if err := cluster.ApplyDefinitions(t.Context(), "../../../crds"); err != nil {
		t.Fatal(err)
	}
	if err := cluster.GrantOperator(t.Context(), logs); err != nil {
		t.Fatal(err)
	}
	var seen live
	for range 2 {
		operator, err := support.StartOperator(t.Context(), cluster, logs, "--lease-name", support.LeaseName)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := operator.Terminate(10 * time.Second); err != nil {
				t.Error(err)
			}
		})
		seen.operators = append(seen.operators, operator)
	}
	seen.awaitLeader(t)
	counted := func(from, to string, count float64) {
		seen.awaitCount(t, count, "sojourn_session_transitions_total", `from="`+from+`"`, `to="`+to+`"`)
	}
	space := support.NewSpace(t, cluster, logs)
	seen.scrape(t)
	space.CreateTemplate("idler", "agents: [{name: idler}]")
	var sessions []*support.SessionHandle
	for _, name := range []string{"runs", "sleeps", "breaks"} {
		sessions = append(sessions, space.CreateSession(name, "templateRef: {name: idler}"))
	}
	for name, retention := range map[string]string{"left": "{}", "brief": "{retainFor: 1}"} {
		sessions = append(sessions, space.CreateSession(name,
			"templateRef: {name: idler}\nstorage: {retention: "+retention+"}"))
	}
	waits := space.CreateSession("waits", "templateRef: {name: none}")
	for _, session := range sessions {
		session.WaitPath(atMost, "INIT", "READY")
	}
	waits.WaitReason(atMost, "INIT", "TemplateNotFound")
	counted("INIT", "READY", 5)
	seen.scrape(t)
	for _, session := range sessions[3:] {
		session.Delete()
	}
	seen.awaitCount(t, 1, "sojourn_retained_claims")
	seen.awaitCount(t, 1, "sojourn_reaped_claims_total")
	seen.scrape(t)
	sessions[1].Want("Stopped")
	sessions[1].WaitFor(atMost, "IDLE", isIn("IDLE"))
	counted("READY", "IDLE", 1)
	seen.scrape(t)
	space.RemovePod(sessions[2].ChildName(), atMost)
	sessions[2].WaitFor(atMost, "ERROR", isIn("ERROR"))
	counted("READY", "ERROR", 1)
	seen.scrape(t)
	sessions[1].Want("Running")
	sessions[1].WaitFor(atMost, "READY", isIn("READY"))
	counted("IDLE", "READY", 1)
	seen.awaitCount(t, 1, "sojourn_session_retries_total")
	counted("INIT", "READY", 6)
	seen.awaitCount(t, 7, "sojourn_session_start_stage_seconds_count", `stage="written"`)
	seen.awaitCount(t, 1, "sojourn_deadline_lateness_seconds_count", `deadline="retryPolicy"`)
	seen.scrape(t)
	sessions[0].PatchSpec("ttl", map[string]int{"maxLifetimeSeconds": 1})
	seen.awaitCount(t, 1, "sojourn_session_expirations_total")
	seen.scrape(t)
	return &seen
}

func isIn(state string) func(support.Session) bool {
	return func(session support.Session) bool { return session.Status.State == state }
}

// awaitLeader waits until one of the operators leads, and puts it first.
func (l *live) awaitLeader(t *testing.T) {
	t.Helper()
	poll(t, "a leader", func() bool {
		for index := range l.operators {
			if l.metric(t, index, "leader_election_master_status") == 1 {
				l.operators[0], l.operators[index] = l.operators[index], l.operators[0]
				return true
			}
		}
		return false
	})
}

// awaitCount waits until the leader has counted so many. A watch may show what a write did before its
// answer has come, after which it is counted.
func (l *live) awaitCount(t *testing.T, count float64, name string, labels ...string) {
	t.Helper()
	poll(t, name, func() bool { return l.metric(t, 0, name, labels...) >= count })
}

func (l *live) metric(t *testing.T, index int, name string, labels ...string) float64 {
	t.Helper()
	value, err := l.operators[index].Metric(t.Context(), name, labels...)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(atMost); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", atMost, what)
		}
	}
}

func TestLiveOperators(t *testing.T) {
	seen := watchALife(t)
	t.Run("EveryQueryOfTheDashboard_ReturnsNumbers", func(t *testing.T) { checkDashboard(t, seen.history) })
	t.Run("EveryVariableOfTheDashboard_HasValues", func(t *testing.T) { checkVariables(t, seen.history) })
	t.Run("EveryMetricOfAnAlert_IsOnThePage", func(t *testing.T) { checkMetricsOfAlerts(t, seen.newest) })
	t.Run("NoAlert_FiresUnprovoked", func(t *testing.T) { checkSilence(t, seen.history) })
	t.Run("EveryAlert_FiresWhenItsMetricSaysSo", func(t *testing.T) { checkAlarms(t, seen.history) })
	t.Run("EveryMetricOfThePage_IsExplained", func(t *testing.T) { checkExplanations(t, seen.newest) })
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// renderOne gives the single object of a template of the chart.
func renderOne(t *testing.T, template string, values ...string) map[string]any {
	t.Helper()
	arguments := []string{"sojourn", chart, "--namespace", "sojourn-system", "--show-only", "templates/" + template}
	for _, value := range values {
		arguments = append(arguments, "--set", value)
	}
	objects, err := support.RenderChart(context.Background(), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 1 {
		t.Fatalf("%s renders %d objects", template, len(objects))
	}
	return objects[0].Object
}
