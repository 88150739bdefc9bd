package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// strike sends `calls` patches through a proxy whose fault is at the second, and returns what the
// API server saw, what the operator saw of each, and whether it was killed.
func strike(t *testing.T, position Position, calls int) (arrived []string, seen []string, killed bool) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(
		func(answer http.ResponseWriter, request *http.Request) {
			body, _ := io.ReadAll(request.Body)
			arrived = append(arrived, request.URL.Path+" "+string(body))
			fmt.Fprint(answer, "done")
		}))
	defer server.Close()
	upstream, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var kills atomic.Int32
	proxy := NewProxy(upstream, http.DefaultTransport, "n", Fault{"patch-pods.2", position},
		func() { kills.Add(1) })
	defer proxy.Close()
	proxy.NextRun()
	for number := range calls {
		request, err := http.NewRequest(http.MethodPatch, proxy.server.URL+"/api/v1/namespaces/n/pods/p",
			strings.NewReader(fmt.Sprint(number+1)))
		if err != nil {
			t.Fatal(err)
		}
		response, err := proxy.server.Client().Do(request)
		if err != nil {
			seen = append(seen, "cut")
			continue
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		seen = append(seen, string(text))
	}
	if !proxy.Fired() {
		t.Error("the fault did not happen")
	}
	return arrived, seen, kills.Load() == 1
}

func TestAFaultStrikesItsCallInItsPosition(t *testing.T) {
	const one, two, three = "/api/v1/namespaces/n/pods/p 1", "/api/v1/namespaces/n/pods/p 2",
		"/api/v1/namespaces/n/pods/p 3"
	rows := []struct {
		position Position
		arrived  []string
		seen     []string
		killed   bool
	}{
		{Before, []string{one}, []string{"done", "cut", "cut"}, true},
		{Lost, []string{one, two}, []string{"done", "cut", "cut"}, true},
		{Answered, []string{one, two}, []string{"done", "done", "cut"}, true},
		{Dropped, []string{one, two, three}, []string{"done", "cut", "done"}, false},
	}
	for _, row := range rows {
		t.Run(string(row.position), func(t *testing.T) {
			arrived, seen, killed := strike(t, row.position, 3)
			if !slices.Equal(arrived, row.arrived) || !slices.Equal(seen, row.seen) ||
				killed != row.killed {
				t.Errorf("arrived %q, seen %q, killed %v", arrived, seen, killed)
			}
		})
	}
}

func TestACollectionOfAllNamespacesIsShownAsThatOfOne(t *testing.T) {
	rows := map[string]string{
		"/api/v1/pods":                               "/api/v1/namespaces/n/pods",
		"/apis/sojourn.dev/v1alpha1/sessions":        "/apis/sojourn.dev/v1alpha1/namespaces/n/sessions",
		"/api/v1/namespaces/m/pods":                  "/api/v1/namespaces/m/pods",
		"/api/v1/namespaces/m/pods/p":                "/api/v1/namespaces/m/pods/p",
		"/apis/events.k8s.io/v1/namespaces/m/events": "/apis/events.k8s.io/v1/namespaces/m/events",
		"/version":                                    "/version",
		"/apis/apps/v1/controllerrevisions":           "/apis/apps/v1/namespaces/n/controllerrevisions",
		"/apis/sojourn.dev/v1alpha1/sessiontemplates": "/apis/sojourn.dev/v1alpha1/namespaces/n/sessiontemplates",
	}
	for path, want := range rows {
		if got := Narrowed(path, "n"); got != want {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
}
