package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// request is one entry of an API server's audit log.
type request struct {
	Stage     string    `json:"stage"`
	Verb      string    `json:"verb"`
	UserAgent string    `json:"userAgent"`
	Received  time.Time `json:"requestReceivedTimestamp"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
}

func (r request) isWrite() bool {
	return r.Verb != "get" && r.Verb != "list" && r.Verb != "watch"
}

func (r request) kind() string {
	kind := r.Verb + " " + r.ObjectRef.Resource
	if r.ObjectRef.Subresource != "" {
		kind += "/" + r.ObjectRef.Subresource
	}
	return kind
}

// auditLog reads what an API server adds to its audit log. The server begins a new file from time
// to time and dates the old one, so that all of them in the order of their names are one text.
type auditLog struct {
	path     string // of the file in use
	agent    string // how the measured program's User-Agent begins
	consumed int64  // bytes of that one text
}

// next returns the complete requests of the measured program that were logged since the last call.
// The log may lag a moment behind the answers.
func (a *auditLog) next() ([]request, error) {
	time.Sleep(500 * time.Millisecond)
	files, err := filepath.Glob(strings.TrimSuffix(a.path, ".log") + "*.log")
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var requests []request
	skip := a.consumed
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read the audit log: %w", err)
		}
		if skip >= info.Size() {
			skip -= info.Size()
			continue
		}
		if requests, err = a.read(name, skip, requests); err != nil {
			return nil, err
		}
		skip = 0
	}
	return requests, nil
}

func (a *auditLog) read(name string, skip int64, requests []request) ([]request, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(skip, io.SeekStart); err != nil {
		return nil, err
	}
	reader := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return requests, nil // a line without an end is read next time
		}
		if err != nil {
			return nil, err
		}
		a.consumed += int64(len(line))
		var entry request
		if err := json.Unmarshal(line, &entry); err != nil {
			return nil, fmt.Errorf("%s has a line that is no entry: %w", name, err)
		}
		// A watch is complete only when it ends.
		complete := entry.Stage == "ResponseComplete" || entry.Verb == "watch"
		if complete && strings.HasPrefix(entry.UserAgent, a.agent) {
			requests = append(requests, entry)
		}
	}
}

// skip passes over what was logged until now.
func (a *auditLog) skip() error {
	_, err := a.next()
	return err
}

// writes counts the writing requests by kind.
func (a *auditLog) writes() (map[string]int, error) {
	requests, err := a.next()
	count := map[string]int{}
	for _, request := range requests {
		if request.isWrite() {
			count[request.kind()]++
		}
	}
	return count, err
}

func sum(byKind map[string]int) int {
	all := 0
	for _, number := range byKind {
		all += number
	}
	return all
}

func withoutEvents(byKind map[string]int) map[string]int {
	rest := maps.Clone(byKind)
	maps.DeleteFunc(rest, func(kind string, _ int) bool { return strings.HasSuffix(kind, " events") })
	return rest
}
