package install

import (
	"fmt"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	operatorAccount = "sojourn-operator"
	credentials     = "/var/run/secrets/kubernetes.io/serviceaccount"
	reread          = time.Minute // after that long the operator reads its files again
)

// requestToken gets a token of the operator's account that dies with a Secret.
func requestToken(t *testing.T, boundTo string) string {
	t.Helper()
	secrets := cluster.Core.CoreV1().Secrets(releaseNamespace)
	secret, err := secrets.Create(t.Context(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{GenerateName: boundTo + "-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	shortest := int64(600)
	answer, err := cluster.Core.CoreV1().ServiceAccounts(releaseNamespace).CreateToken(t.Context(),
		operatorAccount, &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
			ExpirationSeconds: &shortest,
			BoundObjectRef: &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Secret",
				Name: secret.Name, UID: secret.UID}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { revoke(t, secret.Name) })
	revocations[answer.Status.Token] = secret.Name
	return answer.Status.Token
}

// revocations holds the Secret to delete for each token.
var revocations = map[string]string{}

func revoke(t *testing.T, secret string) {
	t.Helper()
	ctx, cancel := cleanupContext()
	defer cancel()
	// The clean-up meets what the test has deleted.
	_ = cluster.Core.CoreV1().Secrets(releaseNamespace).Delete(ctx, secret, metav1.DeleteOptions{})
}

// startOperatorBehind runs the chart's operator as one pod, instead of the chart's own, whose way to the
// API server is the front. Its credentials are in the Secret "rotating".
func startOperatorBehind(t *testing.T, f *front, token string, trusted authority) corev1.Pod {
	t.Helper()
	_, err := cluster.Core.CoreV1().Secrets(releaseNamespace).Create(t.Context(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "rotating"},
			Data: credentialFiles(token, trusted.pem)}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { revoke(t, "rotating") })
	install(t, chart, "--set", "replicas=0")
	t.Cleanup(func() {
		ctx, cancel := cleanupContext()
		defer cancel()
		if _, err := installRelease(ctx, chart); err != nil {
			t.Error(err)
		}
	})
	deployment, err := cluster.Core.AppsV1().Deployments(releaseNamespace).
		Get(t.Context(), operatorAccount, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "rotating"}, Spec: deployment.Spec.Template.Spec}
	no := false
	pod.Spec.AutomountServiceAccountToken = &no
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "credentials",
		VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "rotating"}}})
	container := &pod.Spec.Containers[0]
	container.VolumeMounts = append(container.VolumeMounts,
		corev1.VolumeMount{Name: "credentials", MountPath: credentials, ReadOnly: true})
	container.Env = append(container.Env,
		corev1.EnvVar{Name: "KUBERNETES_SERVICE_HOST", Value: f.address.String()},
		corev1.EnvVar{Name: "KUBERNETES_SERVICE_PORT", Value: f.port})
	pods := cluster.Core.CoreV1().Pods(releaseNamespace)
	if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := cleanupContext()
		defer cancel()
		if err := pods.Delete(ctx, "rotating", metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	var running *corev1.Pod
	poll(t, awake, "the operator behind the front to be ready", func() bool {
		running, err = pods.Get(t.Context(), "rotating", metav1.GetOptions{})
		return err == nil && isReady(*running)
	})
	return *running
}

// writeCredentials makes the node give the pod other files. The node looks at a pod's Secrets each
// minute, and whenever the pod itself changes.
func writeCredentials(t *testing.T, token string, authorities []byte) {
	t.Helper()
	secrets := cluster.Core.CoreV1().Secrets(releaseNamespace)
	secret, err := secrets.Get(t.Context(), "rotating", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	secret.Data = credentialFiles(token, authorities)
	if secret, err = secrets.Update(t.Context(), secret, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // until the node's own watch has shown it the Secret
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"credentials":%q}}}`, secret.ResourceVersion)
	_, err = cluster.Core.CoreV1().Pods(releaseNamespace).Patch(t.Context(), "rotating",
		types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func credentialFiles(token string, authorities []byte) map[string][]byte {
	return map[string][]byte{"token": []byte(token), "ca.crt": authorities,
		"namespace": []byte(releaseNamespace)}
}

func TestTokenAndAuthorityRotated_NoCallFails(t *testing.T) {
	space := newSpace(t)
	address := hostAddress(t)
	oldAuthority, newAuthorityOfServer := newAuthority(t, "old", address), newAuthority(t, "new", address)
	f := startFront(t, address, oldAuthority)
	oldToken, newToken := requestToken(t, "old"), requestToken(t, "new")
	pod := startOperatorBehind(t, f, oldToken, oldAuthority)
	session := startSession(space, "rotated")
	check := leaveAlone(t, session)

	writeCredentials(t, newToken, append(append([]byte{}, oldAuthority.pem...), newAuthorityOfServer.pem...))
	poll(t, reread+2*time.Minute, "the operator to use the new token", func() bool {
		_, used := f.lastUse(newToken)
		return used
	})
	time.Sleep(reread + 5*time.Second) // its other connection has a clock of its own
	revoke(t, revocations[oldToken])
	f.change(newAuthorityOfServer)
	since := time.Now()
	time.Sleep(15 * time.Second) // the API server believes a revoked token for up to ten

	startSession(space, "after")
	check()
	session.Want("Stopped")
	session.WaitPath(asleep, "INIT", "READY", "IDLE")
	if at, _ := f.lastUse(oldToken); at.After(since) {
		t.Errorf("the old token was used %v after the new one had been there", at.Sub(since))
	}
	handshakes, failures := f.result()
	if handshakes == 0 {
		t.Error("no connection met the new certificate, so nothing was shown")
	}
	for _, failure := range failures {
		t.Error(failure)
	}
	for _, code := range []string{"401", "<error>"} {
		if count := metric(t, pod, "rest_client_requests_total", fmt.Sprintf("code=%q", code)); count != 0 {
			t.Errorf("%v calls ended with %s", count, code)
		}
	}
}
