package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

// create makes `count` more Sessions, `rate` a second, or as fast as the API server takes them for
// rate 0, waits until all are READY, and returns how long each took to that.
func (p *population) create(ctx context.Context, count int, rate float64) ([]time.Duration, error) {
	return p.createFor(ctx, count, rate, 0)
}

// createFor gives them a lifetime, in whole seconds; none when it is 0. One that is over too soon
// counts as READY here.
func (p *population) createFor(ctx context.Context, count int, rate float64,
	lifetime time.Duration) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, timeFor(count, rate))
	defer cancel()
	var names []string
	for range count {
		names = append(names, fmt.Sprintf("session-%06d", p.count))
		p.count++
	}
	p.up += count
	err := each(ctx, names, rate, func(ctx context.Context, name string) error {
		return p.createOne(ctx, name, lifetime)
	})
	if err != nil {
		return nil, err
	}
	if err := p.await(ctx, p.up, "READY", awake, expired); err != nil {
		return nil, err
	}
	return p.durations(names), nil
}

func (p *population) createOne(ctx context.Context, name string, lifetime time.Duration) error {
	spec := map[string]any{
		"templateRef": map[string]any{"name": templateName},
		"storage":     map[string]any{"size": "1Gi"}}
	if lifetime > 0 {
		spec["ttl"] = map[string]any{"maxLifetimeSeconds": int64(lifetime.Seconds())}
	}
	session := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec}}
	_, err := p.client.Create(ctx, session, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("cannot create Session %s: %w", name, err)
	}
	return nil
}

// sleep stops all Sessions at once and waits until the last pod is gone.
func (p *population) sleep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeFor(p.count, 0))
	defer cancel()
	if err := p.want(ctx, p.those(awake), 0, "Stopped"); err != nil {
		return err
	}
	p.up = 0
	if err := p.await(ctx, p.count, "asleep", asleep); err != nil {
		return err
	}
	return poll(ctx, "all pods to go", func(ctx context.Context) (bool, error) {
		list, err := p.pods.List(ctx, metav1.ListOptions{Limit: 1})
		return err == nil && len(list.Items) == 0, err
	})
}

// wake runs `count` of the sleeping Sessions again, `rate` a second, and waits until they are READY.
func (p *population) wake(ctx context.Context, count int, rate float64) error {
	ctx, cancel := context.WithTimeout(ctx, timeFor(count, rate))
	defer cancel()
	if err := p.want(ctx, p.those(asleep)[:count], rate, "Running"); err != nil {
		return err
	}
	p.up += count
	return p.await(ctx, p.up, "READY", awake, expired)
}

// awaitEnds waits until `count` Sessions have expired and their claims say that they are kept, which
// is the last that the operator has to do.
func (p *population) awaitEnds(ctx context.Context, count int, lifetime time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, lifetime+timeFor(count, 0))
	defer cancel()
	if err := p.await(ctx, count, "expired", expired); err != nil {
		return err
	}
	return poll(ctx, "the claims to be kept", func(ctx context.Context) (bool, error) {
		list, err := p.claims.List(ctx, metav1.ListOptions{LabelSelector: "sojourn.dev/retained=true"})
		return err == nil && len(list.Items) == count, err
	})
}

func (p *population) want(ctx context.Context, names []string, rate float64, desiredState string) error {
	patch := fmt.Appendf(nil, `{"spec":{"desiredState":%q}}`, desiredState)
	return each(ctx, names, rate, func(ctx context.Context, name string) error {
		_, err := p.client.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			return fmt.Errorf("cannot make Session %s %s: %w", name, desiredState, err)
		}
		return nil
	})
}

func poll(ctx context.Context, what string, done wait.ConditionWithContextFunc) error {
	const interval = 200 * time.Millisecond
	if err := wait.PollUntilContextCancel(ctx, interval, true, done); err != nil {
		return fmt.Errorf("waiting for %s: %w", what, err)
	}
	return nil
}

// timeFor is long enough for a machine several times slower than an old laptop.
func timeFor(count int, rate float64) time.Duration {
	limit := 2*time.Minute + time.Duration(count)*200*time.Millisecond
	if rate > 0 {
		limit += time.Duration(float64(count) / rate * float64(time.Second))
	}
	return limit
}

// each does something for every name, `rate` a second, or as fast as the API server takes it for
// rate 0. It ends with the first error.
func each(ctx context.Context, names []string, rate float64,
	do func(ctx context.Context, name string) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	const atOnce = 8
	var workers sync.WaitGroup
	queue := make(chan string)
	for range atOnce {
		workers.Go(func() {
			for name := range queue {
				if err := do(ctx, name); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	feed(ctx, queue, names, rate)
	workers.Wait()
	return context.Cause(ctx)
}

// feed hands out the names at the rate.
func feed(ctx context.Context, queue chan<- string, names []string, rate float64) {
	defer close(queue)
	begin := time.Now()
	for index, name := range names {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(float64(index) / rate * float64(time.Second)))))
		}
		select {
		case queue <- name:
		case <-ctx.Done():
			return
		}
	}
}
