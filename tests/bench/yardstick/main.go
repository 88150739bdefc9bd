// Command yardstick is what ./dev/bench measures the operator against: a plain controller-runtime
// controller for the least life of a Session (claim, status INIT, pod, status READY, nothing else),
// with every setting of its library at the default.
package main

import (
	"context"
	"flag"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const claimVolume = "workspace"

// reconciler drives a Session from nothing to READY.
type reconciler struct {
	client.Client
	scheme *runtime.Scheme
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var session Session
	if err := r.Get(ctx, request.NamespacedName, &session); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !session.DeletionTimestamp.IsZero() || session.Status.State == "READY" {
		return ctrl.Result{}, nil
	}
	claim, err := r.ensureClaim(ctx, &session)
	if err != nil {
		return ctrl.Result{}, err
	}
	if session.Status.State == "" {
		if err := r.setState(ctx, &session, "INIT", metav1.ConditionFalse); err != nil {
			return ctrl.Result{}, err
		}
	}
	pod, err := r.ensurePod(ctx, &session)
	if err != nil {
		return ctrl.Result{}, err
	}
	if claim.Status.Phase != corev1.ClaimBound || !isReady(pod) {
		return ctrl.Result{}, nil // their next change wakes us
	}
	return ctrl.Result{}, r.setState(ctx, &session, "READY", metav1.ConditionTrue)
}

func (r *reconciler) setState(ctx context.Context, session *Session, state string,
	ready metav1.ConditionStatus) error {
	now := metav1.NewTime(time.Now())
	session.Status.State = state
	session.Status.StateSince = &now
	session.Status.ObservedGeneration = session.Generation
	meta.SetStatusCondition(&session.Status.Conditions, metav1.Condition{Type: "Ready",
		Status: ready, Reason: "Reconciled", ObservedGeneration: session.Generation})
	return r.Status().Update(ctx, session)
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// ensure reads the object from the cache and creates it when it is not there.
func (r *reconciler) ensure(ctx context.Context, session *Session, object client.Object) error {
	err := r.Get(ctx, client.ObjectKeyFromObject(object), object)
	if !apierrors.IsNotFound(err) {
		return err
	}
	if err := controllerutil.SetControllerReference(session, object, r.scheme); err != nil {
		return err
	}
	return client.IgnoreAlreadyExists(r.Create(ctx, object))
}

func objectMeta(session *Session) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: session.Name + "-child", Namespace: session.Namespace,
		Labels: map[string]string{"app.kubernetes.io/managed-by": "yardstick",
			"sojourn.dev/session": session.Name}}
}

func (r *reconciler) ensureClaim(ctx context.Context, session *Session) (
	*corev1.PersistentVolumeClaim, error) {
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: objectMeta(session),
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOncePod},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceStorage: resource.MustParse("1Gi")}}}}
	return claim, r.ensure(ctx, session, claim)
}

func (r *reconciler) ensurePod(ctx context.Context, session *Session) (*corev1.Pod, error) {
	nobody, yes, no := int64(10001), true, false
	pod := &corev1.Pod{ObjectMeta: objectMeta(session), Spec: corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{RunAsUser: &nobody, RunAsGroup: &nobody,
			FSGroup: &nobody, RunAsNonRoot: &yes,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		AutomountServiceAccountToken: &no,
		Containers: []corev1.Container{{
			Name: "agent", Image: "docker.io/library/sojourn-sample-agent:dev",
			Env: []corev1.EnvVar{{Name: "SESSION_ID", Value: string(session.UID)},
				{Name: "SESSION_NAME", Value: session.Name},
				{Name: "SESSION_NAMESPACE", Value: session.Namespace},
				{Name: "SESSION_WORKSPACE", Value: "/workspace"}},
			VolumeMounts: []corev1.VolumeMount{{Name: claimVolume, MountPath: "/workspace"}},
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no,
				Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}}},
		Volumes: []corev1.Volume{{Name: claimVolume, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{
				ClaimName: session.Name + "-child"}}}}}}
	return pod, r.ensure(ctx, session, pod)
}

// run takes the kubeconfig from the flag that controller-runtime registers.
func run() error {
	elect := flag.Bool("leader-elect", false, "wait for the Lease before working")
	leaseNamespace := flag.String("lease-namespace", "default", "namespace of the Lease")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(addToScheme(scheme))
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme,
		Metrics:        metricsserver.Options{BindAddress: "127.0.0.1:0"}, // two may run at once
		LeaderElection: *elect, LeaderElectionID: "yardstick",
		LeaderElectionNamespace: *leaseNamespace})
	if err != nil {
		return err
	}
	err = ctrl.NewControllerManagedBy(manager).For(&Session{}).Owns(&corev1.Pod{}).
		Owns(&corev1.PersistentVolumeClaim{}).
		Complete(&reconciler{Client: manager.GetClient(), scheme: scheme})
	if err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func main() {
	if err := run(); err != nil {
		ctrl.Log.Error(err, "the yardstick ends")
		os.Exit(1)
	}
}
