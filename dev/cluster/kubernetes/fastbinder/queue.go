package main

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// queue hands the keys of changed objects to sync, one at a time per key. Safe for use by several
// goroutines.
type queue struct {
	keys workqueue.TypedRateLimitingInterface[string]
	sync func(ctx context.Context, namespace, name string) error
}

func newQueue(sync func(ctx context.Context, namespace, name string) error) *queue {
	limiter := workqueue.DefaultTypedControllerRateLimiter[string]()
	return &queue{workqueue.NewTypedRateLimitingQueue(limiter), sync}
}

func (q *queue) add(object any) {
	if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
		q.keys.Add(key)
	}
}

// watch makes every change of the informer's objects a key.
func (q *queue) watch(informer cache.SharedIndexInformer) {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    q.add,
		UpdateFunc: func(_, object any) { q.add(object) },
	})
	if err != nil {
		panic(err) // only an informer that was stopped refuses, and none was started yet
	}
}

func (q *queue) run(ctx context.Context) {
	go func() {
		<-ctx.Done()
		q.keys.ShutDown()
	}()
	for {
		key, stopped := q.keys.Get()
		if stopped {
			return
		}
		q.step(ctx, key)
	}
}

func (q *queue) step(ctx context.Context, key string) {
	defer q.keys.Done(key)
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err == nil {
		err = q.sync(ctx, namespace, name)
	}
	if err == nil {
		q.keys.Forget(key)
		return
	}
	// A conflict or an object that is gone is the everyday result of a cache that is a moment old.
	if !errors.IsConflict(err) && !errors.IsNotFound(err) {
		klog.ErrorS(err, "will try again", "key", key)
	}
	q.keys.AddRateLimited(key)
}

// uids are objects that something was done for. Safe for use by several goroutines.
type uids struct{ known sync.Map }

func (u *uids) has(uid types.UID) bool { _, known := u.known.Load(uid); return known }
func (u *uids) add(uid types.UID)      { u.known.Store(uid, nil) }
func (u *uids) remove(uid types.UID)   { u.known.Delete(uid) }
