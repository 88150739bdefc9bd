package support

import (
	"bytes"
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
)

// Exec runs a command in a container of the Session's pod, which must run, and returns what it
// printed.
func (h *SessionHandle) Exec(container string, command ...string) string {
	h.space.T.Helper()
	ctx, cancel := context.WithTimeout(h.space.T.Context(), 30*time.Second)
	defer cancel()
	request := h.space.Cluster.Core.CoreV1().RESTClient().Post().Resource("pods").
		Namespace(h.space.Namespace).Name(h.ChildName()).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: container, Command: command, Stdout: true,
			Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(h.space.Cluster.Config, "GET",
		request.URL().String())
	if err != nil {
		h.space.T.Fatalf("cannot run %v in the pod of Session %s: %v", command, h.Name, err)
	}
	var printed, complaints bytes.Buffer
	err = executor.StreamWithContext(ctx,
		remotecommand.StreamOptions{Stdout: &printed, Stderr: &complaints})
	if err != nil {
		h.space.T.Fatalf("%v in the pod of Session %s: %v\n%s", command, h.Name, err,
			complaints.String())
	}
	return printed.String()
}
