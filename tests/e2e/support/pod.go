package support

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// CreatePod makes a pod that is nobody's but the test's, from the YAML text of its spec.
func (s *Space) CreatePod(name, spec string) {
	s.T.Helper()
	s.CreateObject(Pods, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Pod",
		"metadata":   map[string]any{"name": name},
		"spec":       s.parse(spec),
	}})
}

// OutputOfFinished waits until a pod has ended well and returns what its only container printed.
func (s *Space) OutputOfFinished(name string, atMost time.Duration) string {
	s.T.Helper()
	s.Until(atMost, "the good end of pod "+name, func() bool {
		pod, found := live[corev1.Pod](s, Pods, name)
		if found && pod.Status.Phase == corev1.PodFailed {
			s.T.Fatalf("pod %s failed: %+v", name, pod.Status.ContainerStatuses)
		}
		return found && pod.Status.Phase == corev1.PodSucceeded
	})
	return s.Output(name)
}

// Output returns what the only container of a pod has printed so far.
func (s *Space) Output(name string) string {
	s.T.Helper()
	text, err := s.Cluster.Core.CoreV1().Pods(s.Namespace).
		GetLogs(name, &corev1.PodLogOptions{}).DoRaw(s.T.Context())
	if err != nil {
		s.T.Fatalf("cannot read the log of pod %s: %v", name, err)
	}
	return string(text)
}
