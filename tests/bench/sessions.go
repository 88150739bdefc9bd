package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"sojourn.dev/e2e/support"
)

const (
	namespace    = "bench"
	templateName = "bench"
)

var (
	sessions  = schema.GroupVersionResource{Group: "sojourn.dev", Version: "v1alpha1", Resource: "sessions"}
	templates = schema.GroupVersionResource{Group: "sojourn.dev", Version: "v1alpha1",
		Resource: "sessiontemplates"}
)

// moments of one Session, as the watch of this process saw them.
type moments struct{ made, ready time.Time }

// population is the Sessions of one cluster. Safe for use by several goroutines.
type population struct {
	client dynamic.ResourceInterface
	count  int // of all that were created; for use by one goroutine

	mu    sync.Mutex
	seen  map[string]moments
	ready int
	lost  error         // why the watch ended
	grown chan struct{} // closed, and made anew, when one more is READY
}

func populate(ctx context.Context, cluster *support.Cluster) (*population, error) {
	p := &population{client: cluster.Dynamic.Resource(sessions).Namespace(namespace),
		seen: map[string]moments{}, grown: make(chan struct{})}
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
			p.wake()
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
			state, _, _ := unstructured.NestedString(object.Object, "status", "state")
			p.note(object.GetName(), state == "READY", now)
		}
	}
	return version, nil
}

func (p *population) note(name string, ready bool, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	moment, known := p.seen[name]
	if !known {
		moment.made = now
	}
	if ready && moment.ready.IsZero() {
		moment.ready = now
		p.ready++
		p.wake()
	}
	p.seen[name] = moment
}

func (p *population) wake() {
	close(p.grown)
	p.grown = make(chan struct{})
}

// create makes `count` more Sessions, `rate` a second, or as fast as the API server takes them for
// rate 0, waits until all are READY, and returns how long each took to that.
func (p *population) create(ctx context.Context, count int, rate float64) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, timeFor(count, rate))
	defer cancel()
	const atOnce = 8
	var workers sync.WaitGroup
	names := make(chan string)
	failures := make(chan error, atOnce)
	for range atOnce {
		workers.Go(func() {
			for name := range names {
				if err := p.createOne(ctx, name); err != nil {
					failures <- err
					cancel()
					return
				}
			}
		})
	}
	made := p.feed(ctx, names, count, rate)
	workers.Wait()
	select {
	case err := <-failures:
		return nil, err
	default:
	}
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	return p.durations(made), nil
}

// timeFor is long enough for a machine several times slower than an old laptop.
func timeFor(count int, rate float64) time.Duration {
	limit := 2*time.Minute + time.Duration(count)*200*time.Millisecond
	if rate > 0 {
		limit += time.Duration(float64(count) / rate * float64(time.Second))
	}
	return limit
}

// feed hands out names at the rate and returns them.
func (p *population) feed(ctx context.Context, names chan<- string, count int, rate float64) []string {
	defer close(names)
	var made []string
	begin := time.Now()
	for index := range count {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(float64(index) / rate * float64(time.Second)))))
		}
		name := fmt.Sprintf("session-%06d", p.count)
		select {
		case names <- name:
		case <-ctx.Done():
			return made
		}
		p.count++
		made = append(made, name)
	}
	return made
}

func (p *population) createOne(ctx context.Context, name string) error {
	session := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
		"metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": map[string]any{
			"templateRef": map[string]any{"name": templateName},
			"storage":     map[string]any{"size": "1Gi"}}}}
	_, err := p.client.Create(ctx, session, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("cannot create Session %s: %w", name, err)
	}
	return nil
}

// wait returns once all that were created are READY.
func (p *population) wait(ctx context.Context) error {
	for {
		p.mu.Lock()
		ready, grown, lost := p.ready, p.grown, p.lost
		p.mu.Unlock()
		if lost != nil {
			return lost
		}
		if ready >= p.count {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d Sessions are READY: %w", ready, p.count, ctx.Err())
		case <-grown:
		}
	}
}

func (p *population) durations(names []string) []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []time.Duration
	for _, name := range names {
		all = append(all, p.seen[name].ready.Sub(p.seen[name].made))
	}
	return all
}

// prepare makes what Sessions need: the definitions, a namespace and a template.
func prepare(ctx context.Context, cluster *support.Cluster, definitions string) error {
	if err := cluster.ApplyDefinitions(ctx, definitions); err != nil {
		return err
	}
	apply := func(resource schema.GroupVersionResource, in string, object map[string]any) error {
		client := cluster.Dynamic.Resource(resource).Namespace(in)
		content := &unstructured.Unstructured{Object: object}
		_, err := client.Apply(ctx, content.GetName(), content,
			metav1.ApplyOptions{FieldManager: support.FieldManager})
		return err
	}
	err := apply(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "",
		map[string]any{"apiVersion": "v1", "kind": "Namespace",
			"metadata": map[string]any{"name": namespace}})
	if err != nil {
		return err
	}
	return apply(templates, namespace, map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1", "kind": "SessionTemplate",
		"metadata": map[string]any{"name": templateName, "namespace": namespace},
		"spec": map[string]any{"agents": []any{
			map[string]any{"name": "agent", "image": support.AgentImage}}}})
}
