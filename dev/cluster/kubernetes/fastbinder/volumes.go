package main

import (
	"context"
	"encoding/json"
	stderrors "errors"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	storagelisters "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
)

// provisioner is what a storage class names to have its claims bound by this program.
const provisioner = "sojourn.dev/fast-binder"

// volumes binds claims to volumes that hold nothing, and removes a volume with its claim.
type volumes struct {
	client      kubernetes.Interface
	claimLister corelisters.PersistentVolumeClaimLister
	lister      corelisters.PersistentVolumeLister
	classes     storagelisters.StorageClassLister
	claims      *queue
	released    *queue
	bound       uids // the cache need not know it yet
}

func newVolumes(client kubernetes.Interface, factory informers.SharedInformerFactory) *volumes {
	core := factory.Core().V1()
	v := &volumes{client: client, claimLister: core.PersistentVolumeClaims().Lister(),
		lister: core.PersistentVolumes().Lister(), classes: factory.Storage().V1().StorageClasses().Lister()}
	v.claims = newQueue(v.syncClaim)
	v.claims.watch(core.PersistentVolumeClaims().Informer())
	v.released = newQueue(v.syncVolume)
	v.released.watch(core.PersistentVolumes().Informer())
	_, err := core.PersistentVolumeClaims().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		DeleteFunc: func(object any) {
			if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = gone.Obj
			}
			if claim, ok := object.(*v1.PersistentVolumeClaim); ok && claim.Spec.VolumeName != "" {
				v.bound.remove(claim.UID)
				v.released.keys.Add(claim.Spec.VolumeName)
			}
		},
	})
	if err != nil {
		panic(err) // only an informer that was stopped refuses, and none was started yet
	}
	return v
}

// syncClaim binds a claim: its volume is made beside the claim's spec, and both come before its
// status, so that whatever sees a bound claim finds the volume.
func (v *volumes) syncClaim(ctx context.Context, namespace, name string) error {
	claim, err := v.claimLister.PersistentVolumeClaims(namespace).Get(name)
	if errors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if claim.DeletionTimestamp != nil || !v.mine(claim) {
		return nil
	}
	if claim.Status.Phase == v1.ClaimBound {
		return v.grow(ctx, claim)
	}
	if v.bound.has(claim.UID) {
		return nil
	}
	volume := make(chan error, 1)
	go func() { volume <- v.createVolume(ctx, claim) }()
	claim, err = v.nameVolume(ctx, claim)
	if err := stderrors.Join(err, <-volume); err != nil {
		return err
	}
	claim.Status.Phase = v1.ClaimBound
	claim.Status.AccessModes = claim.Spec.AccessModes
	claim.Status.Capacity = claim.Spec.Resources.Requests
	_, err = v.client.CoreV1().PersistentVolumeClaims(namespace).UpdateStatus(ctx, claim,
		metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	v.bound.add(claim.UID)
	return v.setPhase(ctx, volumeName(claim), v1.VolumeBound)
}

// grow gives a bound claim the capacity that it asks for by now.
func (v *volumes) grow(ctx context.Context, claim *v1.PersistentVolumeClaim) error {
	wanted, has := claim.Spec.Resources.Requests[v1.ResourceStorage], claim.Status.Capacity[v1.ResourceStorage]
	if wanted.Cmp(has) <= 0 {
		return nil
	}
	patch := fmt.Sprintf(`{"spec":{"capacity":{"storage":%q}}}`, wanted.String())
	_, err := v.client.CoreV1().PersistentVolumes().Patch(ctx, claim.Spec.VolumeName,
		types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	claim = claim.DeepCopy()
	claim.Status.Capacity[v1.ResourceStorage] = wanted
	_, err = v.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim,
		metav1.UpdateOptions{})
	return err
}

// nameVolume writes the volume's name into the claim's spec. The claim it returns is the caller's.
func (v *volumes) nameVolume(ctx context.Context, claim *v1.PersistentVolumeClaim) (
	*v1.PersistentVolumeClaim, error) {
	claim = claim.DeepCopy()
	if claim.Spec.VolumeName != "" {
		return claim, nil
	}
	claim.Spec.VolumeName = volumeName(claim)
	metav1.SetMetaDataAnnotation(&claim.ObjectMeta, "pv.kubernetes.io/bind-completed", "yes")
	metav1.SetMetaDataAnnotation(&claim.ObjectMeta, "pv.kubernetes.io/bound-by-controller", "yes")
	return v.client.CoreV1().PersistentVolumeClaims(claim.Namespace).Update(ctx, claim,
		metav1.UpdateOptions{})
}

func (v *volumes) mine(claim *v1.PersistentVolumeClaim) bool {
	if claim.Spec.StorageClassName == nil {
		return false
	}
	class, err := v.classes.Get(*claim.Spec.StorageClassName)
	return err == nil && class.Provisioner == provisioner &&
		(claim.Spec.VolumeName == "" || claim.Spec.VolumeName == volumeName(claim))
}

func volumeName(claim *v1.PersistentVolumeClaim) string { return "pvc-" + string(claim.UID) }

func (v *volumes) createVolume(ctx context.Context, claim *v1.PersistentVolumeClaim) error {
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: volumeName(claim),
			Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": provisioner}},
		Spec: v1.PersistentVolumeSpec{
			Capacity: claim.Spec.Resources.Requests, AccessModes: claim.Spec.AccessModes,
			StorageClassName: *claim.Spec.StorageClassName, VolumeMode: claim.Spec.VolumeMode,
			PersistentVolumeReclaimPolicy: v1.PersistentVolumeReclaimDelete,
			ClaimRef: &v1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			PersistentVolumeSource: v1.PersistentVolumeSource{
				// A kind that nothing has to attach first; no such directory is ever made.
				HostPath: &v1.HostPathVolumeSource{Path: "/nothing/" + volumeName(claim)}},
		},
	}
	_, err := v.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// syncVolume deletes a volume whose claim is gone. The phase comes first: while it is Bound, the
// API server's protection of volumes in use keeps it.
func (v *volumes) syncVolume(ctx context.Context, _, name string) error {
	volume, err := v.lister.Get(name)
	if errors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if volume.Annotations["pv.kubernetes.io/provisioned-by"] != provisioner || volume.Spec.ClaimRef == nil ||
		volume.DeletionTimestamp != nil {
		return nil
	}
	reference := volume.Spec.ClaimRef
	// A claim that the cache has may have gone since; then its end wakes this volume.
	cached, err := v.claimLister.PersistentVolumeClaims(reference.Namespace).Get(reference.Name)
	if err == nil && cached.UID == reference.UID {
		return nil
	}
	// Asked of the API server: a cache behind the claim's creation would cost somebody's data.
	claim, err := v.client.CoreV1().PersistentVolumeClaims(reference.Namespace).Get(ctx, reference.Name,
		metav1.GetOptions{})
	if err == nil && claim.UID == reference.UID {
		return nil
	}
	if err != nil && !errors.IsNotFound(err) {
		return err
	}
	if err := v.setPhase(ctx, name, v1.VolumeReleased); err != nil {
		return err
	}
	err = v.client.CoreV1().PersistentVolumes().Delete(ctx, name, metav1.DeleteOptions{})
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}

func (v *volumes) setPhase(ctx context.Context, name string, phase v1.PersistentVolumePhase) error {
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"phase": phase}})
	if err != nil {
		return err
	}
	_, err = v.client.CoreV1().PersistentVolumes().Patch(ctx, name, types.MergePatchType, patch,
		metav1.PatchOptions{}, "status")
	return err
}
