package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Position is where in one call the fault strikes.
type Position string

// The four positions of a fault.
const (
	Before   Position = "before"   // killed before the request is forwarded
	Lost     Position = "lost"     // forwarded, the answer dropped, killed
	Answered Position = "answered" // answered, killed before the next call
	Dropped  Position = "dropped"  // forwarded, the answer dropped, not killed
)

// Positions are all of them, in the order of a call's life.
var Positions = []Position{Before, Lost, Answered, Dropped}

// Call is one writing request of the operator. Calls of one kind (verb and resource) are numbered
// from 1 in the order in which they come, so that a call has the same name in every run although
// the operator's threads do not write in one order.
type Call struct {
	Kind   string // such as patch-sessions-status
	Number int    // counts the calls of the kind from 1
	Name   string // of the object
	Body   []byte
	Run    int // which process of the operator sent it, counted from 1
	Code   int // of the API server's answer; 0 when it was not asked
	Faulty bool
	Began  time.Time
}

// Label names the call within a scenario.
func (c Call) Label() string { return fmt.Sprintf("%s.%d", c.Kind, c.Number) }

// Fault is a position in the call with the label.
type Fault struct {
	Call     string
	Position Position
}

// Proxy stands between one operator and the API server. It shows that operator one namespace only,
// keeps a list of what it writes and lets one fault happen. Safe for use by several goroutines.
type Proxy struct {
	server    *httptest.Server
	forward   *httputil.ReverseProxy
	transport http.RoundTripper
	namespace string
	fault     Fault
	kill      func() // ends the operator at once and returns when it is gone

	mu    sync.Mutex // guards what follows
	calls []Call
	run   int
	dead  bool // the operator of this run is being killed: nothing of it is forwarded
	fired bool
}

// NewProxy serves on a free port of this machine until Close. An empty fault is none.
func NewProxy(upstream *url.URL, transport http.RoundTripper, namespace string, fault Fault,
	kill func()) *Proxy {
	p := &Proxy{transport: transport, namespace: namespace, fault: fault, kill: kill}
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(upstream)
			request.Out.URL.Path = Narrowed(request.In.URL.Path, namespace)
			request.Out.URL.RawPath = ""
		},
		Transport:     transport,
		FlushInterval: -1, // a watch is shown as it comes
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler)
		},
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.server.Config.ErrorLog = quiet
	p.server.StartTLS()
	return p
}

// Narrowed turns the path of a collection of all namespaces into that of one namespace: with it an
// operator that watches the whole cluster sees one namespace, and many can run side by side.
func Narrowed(path, namespace string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	prefix := 2 // api/v1
	if parts[0] == "apis" {
		prefix = 3 // apis/group/version
	}
	collections := []string{"pods", "persistentvolumeclaims", "sessions", "sessiontemplates",
		"controllerrevisions"}
	if len(parts) != prefix+1 {
		return path
	}
	for _, collection := range collections {
		if parts[prefix] == collection {
			return "/" + strings.Join(parts[:prefix], "/") + "/namespaces/" + namespace + "/" +
				collection
		}
	}
	return path
}

// NextRun says that another process of the operator is started.
func (p *Proxy) NextRun() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.run++
	p.dead = false
}

// Close ends the proxy and all connections to it.
func (p *Proxy) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// Calls returns all writing requests so far, in the order in which they came.
func (p *Proxy) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Call(nil), p.calls...)
}

// Fired tells whether the fault has happened.
func (p *Proxy) Fired() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fired
}

func (p *Proxy) serve(answer http.ResponseWriter, request *http.Request) {
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		p.forward.ServeHTTP(answer, request)
	default:
		p.write(answer, request)
	}
}

func (p *Proxy) write(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	index, strikes, dead := p.note(request, body)
	if dead {
		panic(http.ErrAbortHandler)
	}
	if strikes && p.fault.Position == Before {
		p.end()
	}
	recorded := httptest.NewRecorder()
	p.forward.ServeHTTP(recorded, request)
	p.answered(index, recorded.Code)
	if strikes && p.fault.Position != Answered {
		if p.fault.Position == Lost {
			p.kill()
		}
		panic(http.ErrAbortHandler)
	}
	for name, values := range recorded.Header() {
		answer.Header()[name] = values
	}
	answer.WriteHeader(recorded.Code)
	_, _ = answer.Write(recorded.Body.Bytes()) // whoever asked may be gone
	if strikes {
		_ = http.NewResponseController(answer).Flush()
		time.Sleep(10 * time.Millisecond) // the operator reads the answer, and can do no more
		p.kill()
	}
}

func (p *Proxy) end() {
	p.kill()
	panic(http.ErrAbortHandler)
}

// note enters a call into the list. It tells whether the fault strikes it, and whether the operator
// that sent it has been killed already.
func (p *Proxy) note(request *http.Request, body []byte) (index int, strikes, dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return 0, false, true
	}
	call := Call{Body: body, Run: p.run, Began: time.Now()}
	call.Kind, call.Name = describe(request.Method, request.URL.Path, body)
	for _, before := range p.calls {
		if before.Kind == call.Kind {
			call.Number++
		}
	}
	call.Number++
	strikes = !p.fired && call.Label() == p.fault.Call
	call.Faulty = strikes
	p.fired = p.fired || strikes
	// From here to the kill the operator gets nothing more done.
	p.dead = strikes && p.fault.Position != Dropped
	p.calls = append(p.calls, call)
	return len(p.calls) - 1, strikes, false
}

func (p *Proxy) answered(index, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[index].Code = code
}

// describe names what a request does: method and resource, and the object.
func describe(method, path string, body []byte) (kind, name string) {
	verbs := map[string]string{http.MethodPost: "create", http.MethodPut: "update",
		http.MethodPatch: "patch", http.MethodDelete: "delete"}
	_, rest, found := strings.Cut(path, "/namespaces/")
	if !found {
		return verbs[method] + "-" + strings.ReplaceAll(strings.Trim(path, "/"), "/", "-"), ""
	}
	parts := strings.Split(rest, "/")[1:] // without the namespace
	kind = verbs[method] + "-" + parts[0]
	if len(parts) > 1 {
		name = parts[1]
	}
	if len(parts) > 2 {
		kind += "-" + parts[2]
	}
	if name == "" {
		var object struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		if json.Unmarshal(body, &object) == nil {
			name = object.Metadata.Name
		}
	}
	return kind, name
}
