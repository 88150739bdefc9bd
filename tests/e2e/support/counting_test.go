package support

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const metricsPage = `# TYPE rest_client_requests_total counter
rest_client_requests_total{code="200",host="h",method="GET"} 40
rest_client_requests_total{code="201",host="h",method="POST"} 3
rest_client_requests_total{code="403",host="h",method="POST"} 2
rest_client_requests_total{code="200",host="h",method="PATCH"} 7
rest_client_requests_total_more{method="PATCH"} 1000
up 1
`

func TestMetrics_AreSummedByNameAndLabels(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(
		func(answer http.ResponseWriter, request *http.Request) {
			if request.URL.Path != "/metrics" {
				http.NotFound(answer, request)
				return
			}
			if _, err := answer.Write([]byte(metricsPage)); err != nil {
				t.Error(err)
			}
		}))
	defer server.Close()
	operator := &Operator{address: strings.TrimPrefix(server.URL, "http://")}
	if writes, err := operator.Writes(t.Context()); err != nil || writes != 12 {
		t.Errorf("want 12 writes, got %d, %v", writes, err)
	}
	if writes, err := operator.Writes(t.Context(), `code="2`); err != nil || writes != 10 {
		t.Errorf("want 10 writes that were done, got %d, %v", writes, err)
	}
	if up, err := operator.Metric(t.Context(), "up"); err != nil || up != 1 {
		t.Errorf("want up to be 1, got %v, %v", up, err)
	}
	if _, err := operator.Get(t.Context(), "/readyz"); err == nil {
		t.Error("a page that is not there was taken for one")
	}
}

func TestAFailureThatNoMetricCounts_IsFound(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(
		func(answer http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(answer, `sojourn_session_transitions_total{from="READY",reason="PodLost",to="ERROR"} 1`)
		}))
	defer server.Close()
	began := time.Now()
	operator := &Operator{address: strings.TrimPrefix(server.URL, "http://"), began: began,
		ended: make(chan struct{})}
	var known operators
	known.add(operator)
	rows := []struct {
		reason  string
		seen    time.Time
		counted bool
	}{
		{"PodLost", began.Add(time.Second), true},
		{"Evicted", began.Add(time.Second), false},
		{"Evicted", began.Add(-time.Second), true}, // counted by one that has ended, perhaps
	}
	for _, row := range rows {
		if got := known.counts(Failing{Reason: row.reason, Seen: row.seen}); got != row.counted {
			t.Errorf("%s at %v: counted %v", row.reason, row.seen.Sub(began), got)
		}
	}
}

func TestAKillCloseToAFailure_IsRemembered(t *testing.T) {
	var known operators
	now := time.Now()
	known.kill()
	if !known.killedAbout(now) || known.killedAbout(now.Add(-time.Minute)) ||
		known.killedAbout(now.Add(time.Minute)) {
		t.Error("a kill counts for the moments close to it only")
	}
}

func TestAuditLog_TellsTheOperatorsWritesInOneNamespace(t *testing.T) {
	const ours = `"stage":"ResponseComplete","userAgent":"sojourn-operator/1"`
	lines := []string{
		`{` + ours + `,"verb":"create","objectRef":{"resource":"pods","namespace":"n","name":"p"},` +
			`"responseStatus":{"code":403}}`,
		`{` + ours + `,"verb":"watch","objectRef":{"resource":"pods","namespace":"n"}}`,
		`{` + ours + `,"verb":"create","objectRef":{"resource":"pods","namespace":"other"}}`,
		`{"stage":"RequestReceived","userAgent":"sojourn-operator/1","verb":"create",` +
			`"objectRef":{"resource":"pods","namespace":"n"}}`,
		`{"stage":"ResponseComplete","userAgent":"kubelet","verb":"patch",` +
			`"objectRef":{"resource":"pods","namespace":"n"}}`,
	}
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	writes, err := AuditedWrites(path, "n")
	want := []AuditedWrite{{Verb: "create", Resource: "pods", Namespace: "n", Name: "p", Code: 403}}
	if err != nil || !slices.Equal(writes, want) {
		t.Errorf("want %v, got %v, %v", want, writes, err)
	}
}
