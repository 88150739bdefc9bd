package support

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// Observer watches one namespace, without a cache between it and the API server, until its context
// ends.
type Observer struct {
	History *History

	stop    context.CancelFunc
	running sync.WaitGroup
}

// Observe begins to watch. Objects that are there already count as the first revisions.
func (c *Cluster) Observe(ctx context.Context, namespace string) (*Observer, error) {
	ctx, stop := context.WithCancel(ctx)
	observer := &Observer{History: NewHistory(), stop: stop}
	for kind, resource := range resources {
		client := c.Dynamic.Resource(resource).Namespace(namespace)
		list, err := client.List(ctx, metav1.ListOptions{})
		if err != nil {
			observer.Stop()
			return nil, fmt.Errorf("list %s: %w", kind, err)
		}
		for i := range list.Items {
			observer.record(kind, watch.Added, &list.Items[i])
		}
		observer.running.Go(func() {
			observer.follow(ctx, kind, client, list.GetResourceVersion())
		})
	}
	return observer, nil
}

// Stop ends the watching and waits for its end. The history stays.
func (o *Observer) Stop() {
	o.stop()
	o.running.Wait()
}

func (o *Observer) follow(ctx context.Context, kind Kind, client dynamic.ResourceInterface,
	version string) {
	for ctx.Err() == nil {
		stream, err := client.Watch(ctx,
			metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true})
		if err == nil {
			version, err = o.read(kind, stream, version)
		}
		if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
			var missed bool
			if version, missed = o.lookAgain(ctx, kind, client); missed {
				o.History.Break(fmt.Errorf("the observer of %s was too slow: %w", kind, err))
				return
			}
		}
		if err != nil && ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond) // the API server is not there
		}
	}
}

// lookAgain finds out whether anything has happened since the last revision that was seen: where a
// definition changes the API server forgets its history, and with a quiet namespace nothing is lost.
func (o *Observer) lookAgain(ctx context.Context, kind Kind, client dynamic.ResourceInterface) (
	version string, missed bool) {
	list, err := client.List(ctx, metav1.ListOptions{})
	for err != nil && ctx.Err() == nil { // the API server is busy with the new definition
		time.Sleep(100 * time.Millisecond)
		list, err = client.List(ctx, metav1.ListOptions{})
	}
	if err != nil {
		return "", false // the test is over
	}
	if len(list.Items) != len(o.History.Existing(kind)) {
		return "", true
	}
	for i := range list.Items {
		seen, live := o.History.Live(kind, list.Items[i].GetName())
		if !live || seen.GetResourceVersion() != list.Items[i].GetResourceVersion() {
			return "", true
		}
	}
	return list.GetResourceVersion(), false
}

// read takes what one watch brings and returns how far it came.
func (o *Observer) read(kind Kind, stream watch.Interface, version string) (string, error) {
	defer stream.Stop()
	for event := range stream.ResultChan() {
		if event.Type == watch.Error {
			return version, apierrors.FromObject(event.Object)
		}
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			return version, fmt.Errorf("a watch of %s brought a %T", kind, event.Object)
		}
		version = object.GetResourceVersion()
		if event.Type != watch.Bookmark {
			o.record(kind, event.Type, object)
		}
	}
	return version, nil
}

func (o *Observer) record(kind Kind, event watch.EventType, object *unstructured.Unstructured) {
	o.History.Add(Revision{
		Kind:    kind,
		Version: versionOf(object),
		Seen:    time.Now(),
		Deleted: event == watch.Deleted,
		Object:  object,
	})
}
