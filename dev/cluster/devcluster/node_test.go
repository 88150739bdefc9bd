package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The node's own reaping needs to be the first process of its namespace; here it waits for the
// children of the test, which has no others.
func startNode(t *testing.T) *node {
	t.Helper()
	n := &node{children: map[string]*child{}}
	go n.reap()
	return n
}

func post(t *testing.T, serve http.HandlerFunc, path string, body any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	serve(recorder, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(data)))
	if recorder.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, recorder.Code, recorder.Body)
	}
}

func pidOf(n *node, name string) int {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.children[name].pid
}

func TestNode_StartsKeepsReplacesAndEndsAProgram(t *testing.T) {
	n := startNode(t)
	log := filepath.Join(t.TempDir(), "log")
	program := Component{Name: "p", Argv: []string{"/bin/sh", "-c", "echo one; exec sleep 60"}, Log: log}
	post(t, n.serveStart, "/start", program)
	first := pidOf(n, "p")
	eventually(t, log, "one\n")

	post(t, n.serveStart, "/start", program)
	if pidOf(n, "p") != first {
		t.Error("an unchanged program was started again")
	}

	program.Argv = []string{"/bin/sh", "-c", "echo two; exec sleep 60"}
	post(t, n.serveStart, "/start", program)
	if second := pidOf(n, "p"); second == first || second == 0 {
		t.Errorf("a changed program has pid %d after %d", second, first)
	}
	eventually(t, log, "one\ntwo\n")

	post(t, n.serveStop, "/stop?name=p", nil)
	if pid := pidOf(n, "p"); pid != 0 {
		t.Errorf("after the stop it still runs as %d", pid)
	}

	// One that ends without being told runs again, and says how often it did.
	program.Argv = []string{"/bin/sh", "-c", "echo again; exit 3"}
	post(t, n.serveStart, "/start", program)
	eventually(t, log, "again\nagain\n")
	post(t, n.serveStop, "/stop?name=p", nil)
	recorder := httptest.NewRecorder()
	n.serveStatus(recorder, nil)
	if text := recorder.Body.String(); !strings.Contains(text, `"Ended":"exit status 3"`) {
		t.Errorf("the status is %s", text)
	}
}

// eventually waits until the log holds the text.
func eventually(t *testing.T, log, text string) {
	t.Helper()
	err := waitUntil(10*time.Second, func() error {
		data, err := os.ReadFile(log)
		if err == nil && !strings.Contains(string(data), text) {
			err = fmt.Errorf("the log holds %q, and not %q", data, text)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
