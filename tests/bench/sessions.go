package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"sojourn.dev/e2e/support"
)

var (
	sessions  = schema.GroupVersionResource{Group: "sojourn.dev", Version: "v1alpha1", Resource: "sessions"}
	templates = schema.GroupVersionResource{Group: "sojourn.dev", Version: "v1alpha1",
		Resource: "sessiontemplates"}
	pods   = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	claims = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
)

// standing is where a Session stands, as far as the bench waits for it.
type standing int

const (
	underWay standing = iota
	awake
	asleep
	expired
)

func standingOf(session *unstructured.Unstructured) standing {
	text := func(field string) string {
		value, _, _ := unstructured.NestedString(session.Object, "status", field)
		return value
	}
	switch {
	case text("outcome") == "Expired":
		return expired
	case text("state") == "READY":
		return awake
	case text("state") == "IDLE" && text("reason") == "Stopped":
		return asleep
	default:
		return underWay
	}
}

// story of one Session, as the watch of this process saw it.
type story struct {
	made, ready time.Time // ready: for the first time
	now         standing
}

// population is the Sessions of one cluster. Safe for use by several goroutines.
type population struct {
	client       dynamic.ResourceInterface
	pods, claims dynamic.ResourceInterface

	// For use by one goroutine.
	count int // of all that were created
	up    int // of those, the ones that nobody has put to sleep

	mu      sync.Mutex
	seen    map[string]story
	numbers map[standing]int
	lost    error         // why the watch ended
	changed chan struct{} // closed, and made anew, when one more stands somewhere else
}

func populate(ctx context.Context, cluster *support.Cluster) (*population, error) {
	p := &population{client: cluster.Dynamic.Resource(sessions).Namespace(namespace),
		pods:   cluster.Dynamic.Resource(pods).Namespace(namespace),
		claims: cluster.Dynamic.Resource(claims).Namespace(namespace),
		seen:   map[string]story{}, numbers: map[standing]int{}, changed: make(chan struct{})}
	list, err := p.client.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list.Items) > 0 {
		return nil, errors.New("namespace " + namespace + " holds Sessions of an earlier run")
	}
	go p.follow(ctx, list.GetResourceVersion())
	return p, nil
}

// follow keeps the watch up; the API server ends one after some minutes.
func (p *population) follow(ctx context.Context, version string) {
	for ctx.Err() == nil {
		stream, err := p.client.Watch(ctx, metav1.ListOptions{ResourceVersion: version,
			AllowWatchBookmarks: true})
		if err == nil {
			version, err = p.consume(stream, version)
		}
		if err != nil && ctx.Err() == nil {
			p.mu.Lock()
			p.lost = fmt.Errorf("the watch of the bench failed: %w", err)
			p.wakeWaiting()
			p.mu.Unlock()
			return
		}
	}
}

func (p *population) consume(stream watch.Interface, version string) (string, error) {
	defer stream.Stop()
	for event := range stream.ResultChan() {
		now := time.Now()
		object, isObject := event.Object.(*unstructured.Unstructured)
		if event.Type == watch.Error || !isObject {
			return version, fmt.Errorf("the API server answers %v", event.Object)
		}
		version = object.GetResourceVersion()
		if event.Type == watch.Added || event.Type == watch.Modified {
			p.note(object.GetName(), standingOf(object), now)
		}
	}
	return version, nil
}

func (p *population) note(name string, stands standing, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told, known := p.seen[name]
	if !known {
		told.made = now
	} else {
		p.numbers[told.now]--
	}
	if stands == awake && told.ready.IsZero() {
		told.ready = now
	}
	p.numbers[stands]++
	if !known || stands != told.now {
		p.wakeWaiting()
	}
	told.now = stands
	p.seen[name] = told
}

func (p *population) wakeWaiting() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// await returns once at least `wanted` Sessions stand in one of these ways.
func (p *population) await(ctx context.Context, wanted int, what string, ways ...standing) error {
	for {
		p.mu.Lock()
		number := 0
		for _, way := range ways {
			number += p.numbers[way]
		}
		changed, lost := p.changed, p.lost
		p.mu.Unlock()
		if lost != nil {
			return lost
		}
		if number >= wanted {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d Sessions are %s: %w", number, wanted, what, context.Cause(ctx))
		case <-changed:
		}
	}
}

// those returns the names of the Sessions that stand so, in the order in which they were made.
func (p *population) those(stand standing) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for name, told := range p.seen {
		if told.now == stand {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// durations tells how long each took to READY.
func (p *population) durations(names []string) []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []time.Duration
	for _, name := range names {
		all = append(all, p.seen[name].ready.Sub(p.seen[name].made))
	}
	return all
}
