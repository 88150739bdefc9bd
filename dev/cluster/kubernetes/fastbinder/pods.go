package main

import (
	"context"
	"encoding/json"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// registerNode makes the node that pods are bound to. Nothing renews it: clusters with a fast
// binder run without the controllers that would mind.
func registerNode(ctx context.Context, client kubernetes.Interface, name string) error {
	resources := v1.ResourceList{
		v1.ResourceCPU:    resource.MustParse("10000"),
		v1.ResourceMemory: resource.MustParse("100Ti"),
		v1.ResourcePods:   resource.MustParse("1000000"),
	}
	node := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1.LabelHostname: name}},
		Status: v1.NodeStatus{Capacity: resources, Allocatable: resources,
			Addresses: []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "192.0.2.1"}},
			Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue,
				Reason: "FastBinder", Message: "pods are said to run; nothing is executed",
				LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}}},
	}
	created, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return err
	}
	created.Status = node.Status
	if _, err := client.CoreV1().Nodes().UpdateStatus(ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	// The API server marks every new node as not ready until somebody lifts the mark.
	patch := []byte(`{"spec":{"taints":null}}`)
	_, err = client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// pods binds pods, says that they run, and removes them once they are deleted.
type pods struct {
	client kubernetes.Interface
	node   string
	pods   corelisters.PodLister
	claims corelisters.PersistentVolumeClaimLister
	queue  *queue
	runs   uids // those said to run; what becomes of their status after that is others' work
}

func newPods(client kubernetes.Interface, factory informers.SharedInformerFactory, node string) *pods {
	p := &pods{client: client, node: node, pods: factory.Core().V1().Pods().Lister(),
		claims: factory.Core().V1().PersistentVolumeClaims().Lister()}
	p.queue = newQueue(p.sync)
	p.queue.watch(factory.Core().V1().Pods().Informer())
	p.forgetWithPods(factory)
	p.wakeByClaims(factory)
	return p
}

func (p *pods) forgetWithPods(factory informers.SharedInformerFactory) {
	_, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		DeleteFunc: func(object any) {
			if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = gone.Obj
			}
			if pod, ok := object.(*v1.Pod); ok {
				p.runs.remove(pod.UID)
			}
		},
	})
	if err != nil {
		panic(err) // only an informer that was stopped refuses, and none was started yet
	}
}

const byClaim = "claim"

// wakeByClaims looks again at the pods of a claim that is bound.
func (p *pods) wakeByClaims(factory informers.SharedInformerFactory) {
	informer := factory.Core().V1().Pods().Informer()
	err := informer.AddIndexers(cache.Indexers{byClaim: func(object any) (keys []string, err error) {
		pod := object.(*v1.Pod)
		for _, volume := range pod.Spec.Volumes {
			if claim := volume.PersistentVolumeClaim; claim != nil {
				keys = append(keys, pod.Namespace+"/"+claim.ClaimName)
			}
		}
		return keys, nil
	}})
	if err != nil {
		panic(err) // only an informer that runs refuses
	}
	wake := func(object any) {
		claim := object.(*v1.PersistentVolumeClaim)
		if claim.Status.Phase != v1.ClaimBound {
			return
		}
		waiting, _ := informer.GetIndexer().ByIndex(byClaim, claim.Namespace+"/"+claim.Name)
		for _, pod := range waiting {
			p.queue.add(pod)
		}
	}
	_, err = factory.Core().V1().PersistentVolumeClaims().Informer().AddEventHandler(
		cache.ResourceEventHandlerFuncs{AddFunc: wake,
			UpdateFunc: func(_, object any) { wake(object) }})
	if err != nil {
		panic(err) // only an informer that was stopped refuses, and none was started yet
	}
}

func (p *pods) sync(ctx context.Context, namespace, name string) error {
	pod, err := p.pods.Pods(namespace).Get(name)
	if errors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case pod.DeletionTimestamp != nil:
		return p.remove(ctx, pod)
	case pod.Status.Phase != v1.PodPending || len(pod.Spec.SchedulingGates) > 0 || p.runs.has(pod.UID):
		return nil
	}
	for _, volume := range pod.Spec.Volumes {
		if volume.PersistentVolumeClaim == nil {
			continue
		}
		claim, err := p.claims.PersistentVolumeClaims(namespace).Get(volume.PersistentVolumeClaim.ClaimName)
		if err != nil || claim.Status.Phase != v1.ClaimBound {
			return nil // its binding wakes the pod
		}
	}
	if pod.Spec.NodeName == "" {
		binding := &v1.Binding{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: pod.UID},
			Target: v1.ObjectReference{Kind: "Node", Name: p.node}}
		if err := p.client.CoreV1().Pods(namespace).Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return p.sayRunning(ctx, pod)
}

func (p *pods) sayRunning(ctx context.Context, pod *v1.Pod) error {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": pod.UID}, "status": runningStatus(pod, metav1.Now())})
	if err != nil {
		return err
	}
	_, err = p.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch,
		metav1.PatchOptions{}, "status")
	if err == nil {
		p.runs.add(pod.UID)
	}
	return err
}

// runningStatus is what a kubelet would write about the pod once all of its containers are ready.
func runningStatus(pod *v1.Pod, now metav1.Time) v1.PodStatus {
	status := v1.PodStatus{Phase: v1.PodRunning, StartTime: &now, HostIP: "192.0.2.1",
		PodIP: "192.0.2.2", PodIPs: []v1.PodIP{{IP: "192.0.2.2"}}, QOSClass: pod.Status.QOSClass}
	for _, condition := range []v1.PodConditionType{
		v1.PodScheduled, v1.PodReadyToStartContainers, v1.PodInitialized, v1.ContainersReady, v1.PodReady} {
		status.Conditions = append(status.Conditions, v1.PodCondition{Type: condition,
			Status: v1.ConditionTrue, LastTransitionTime: now})
	}
	started := true
	for _, container := range pod.Spec.InitContainers {
		state := v1.ContainerState{Terminated: &v1.ContainerStateTerminated{Reason: "Completed",
			StartedAt: now, FinishedAt: now}}
		if container.RestartPolicy != nil && *container.RestartPolicy == v1.ContainerRestartPolicyAlways {
			state = v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: now}}
		}
		status.InitContainerStatuses = append(status.InitContainerStatuses, v1.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: container.Image, Ready: true,
			Started: &started, State: state})
	}
	for _, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, v1.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: container.Image, Ready: true,
			Started: &started,
			State:   v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: now}}})
	}
	return status
}

func (p *pods) remove(ctx context.Context, pod *v1.Pod) error {
	err := p.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: new(int64), Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
	if errors.IsNotFound(err) || errors.IsConflict(err) { // gone, or another of the same name
		return nil
	}
	return err
}
