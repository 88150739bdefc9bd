package support

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// RestrictedPods is the label by which a namespace takes pods of the restricted Pod Security level
// only. Every Space has it: no Session may need more.
const RestrictedPods = "pod-security.kubernetes.io/enforce"

// Space is a namespace for one test, watched from its beginning. When the test ends, the invariants
// are held against everything that was seen, and the namespace is deleted. For use by the test's
// own goroutine.
type Space struct {
	T         *testing.T
	Cluster   *Cluster
	Namespace string
	History   *History
	// Allowed is filled by the Space's own methods, as the test does things.
	Allowed Allowances

	logs    string
	secrets []string // that stand in the specs of the test
	untold  []string // failures that were not visible in time
}

// NewSpace makes a namespace. Logs is the folder of the operators' logs: what they say about the
// namespace is shown when the test fails.
func NewSpace(t *testing.T, cluster *Cluster, logs string) *Space {
	t.Helper()
	namespace, err := cluster.Core.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: "e2e-",
			Labels:       map[string]string{RestrictedPods: "restricted", "sojourn.dev/e2e": "true"},
			Annotations:  map[string]string{"sojourn.dev/e2e-test": t.Name()},
		},
	}, metav1.CreateOptions{FieldManager: FieldManager})
	if err != nil {
		t.Fatalf("cannot make a namespace: %v", err)
	}
	// The test's own context ends before its clean-up, which needs the watches.
	observer, err := cluster.Observe(context.Background(), namespace.Name)
	if err != nil {
		t.Fatalf("cannot watch namespace %s: %v", namespace.Name, err)
	}
	space := &Space{T: t, Cluster: cluster, Namespace: namespace.Name, History: observer.History,
		logs: logs}
	t.Cleanup(func() {
		space.awaitTold()
		observer.Stop()
		space.judge()
		space.end()
	})
	return space
}

func (s *Space) judge() {
	if err := s.History.Gap(); err != nil {
		s.T.Errorf("revisions are missing, so that nothing is proven: %v", err)
	}
	faults := Violations(s.History.All(), s.Allowed)
	faults = append(faults, s.writeViolations()...)
	faults = append(faults, s.untold...)
	faults = append(faults, SecretViolations(s.secrets, s.History.All(), s.publicTexts())...)
	for _, fault := range faults {
		s.T.Error(fault)
	}
	if s.T.Failed() {
		s.T.Logf("the history of namespace %s:\n%s", s.Namespace, s.History)
		s.T.Logf("what the operator says about it:\n%s", LogsAbout(s.logs, s.Namespace))
	}
}

// writeViolations reads what the API server's audit log tells, where it keeps one.
func (s *Space) writeViolations() []string {
	if s.Cluster.AuditLog == "" {
		return nil
	}
	audited, err := AuditedWrites(s.Cluster.AuditLog, s.Namespace)
	if err != nil {
		return []string{err.Error()}
	}
	var writes []Write
	for _, write := range audited {
		writes = append(writes, write.Write())
	}
	return WriteViolations(writes, s.History)
}

// publicTexts are the operators' log lines about the namespace and their pages of metrics.
func (s *Space) publicTexts() map[string]string {
	texts := map[string]string{"the log": LogsAbout(s.logs, s.Namespace)}
	for _, operator := range running.all() {
		if page, err := operator.Get(context.Background(), "/metrics"); err == nil {
			texts["the metrics"] += page
		}
	}
	return texts
}

// awaitTold gives every failure the time it has to become visible. A killed operator may take an
// Event along; Kubernetes promises nothing of them.
func (s *Space) awaitTold() {
	for _, failing := range Failings(s.History.All(), s.Allowed) {
		if running.killedAbout(failing.Seen) {
			continue
		}
		var untold string
		ctx, cancel := context.WithDeadline(context.Background(), failing.Seen.Add(toldWithin))
		_ = s.History.Until(ctx, func() (bool, error) { // what is not told by then is the fault
			untold = failing.Untold(s.History.All())
			return untold == "", nil
		})
		cancel()
		if untold == "" && !running.counts(failing) {
			untold = fmt.Sprintf("I13: Session %s fell into ERROR, %s, and no metric counts it",
				failing.Session, failing.Reason)
		}
		if untold != "" {
			s.untold = append(s.untold, untold)
		}
	}
}

func (s *Space) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := s.Cluster.Core.CoreV1().Namespaces().Delete(ctx, s.Namespace, metav1.DeleteOptions{})
	if err != nil {
		s.T.Errorf("cannot delete namespace %s: %v", s.Namespace, err)
	}
}

// Client returns the untyped client for a kind in the namespace.
func (s *Space) Client(kind Kind) dynamic.ResourceInterface {
	return s.Cluster.Dynamic.Resource(resources[kind]).Namespace(s.Namespace)
}

// CreateTemplate makes a SessionTemplate whose spec is the YAML text.
func (s *Space) CreateTemplate(name, spec string) {
	s.T.Helper()
	s.create(Templates, "SessionTemplate", name, spec)
}

// ReplaceTemplate gives a SessionTemplate another spec.
func (s *Space) ReplaceTemplate(name, spec string) {
	s.T.Helper()
	object, err := s.Client(Templates).Get(s.T.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.T.Fatalf("cannot read SessionTemplate %s: %v", name, err)
	}
	object.Object["spec"] = s.parse(spec)
	_, err = s.Client(Templates).Update(s.T.Context(), object,
		metav1.UpdateOptions{FieldManager: FieldManager, FieldValidation: "Strict"})
	if err != nil {
		s.T.Fatalf("cannot replace SessionTemplate %s: %v", name, err)
	}
}

// DeleteTemplate deletes a SessionTemplate and waits until it is gone.
func (s *Space) DeleteTemplate(name string) {
	s.T.Helper()
	s.remove(Templates, name, 10*time.Second)
}

// RemoveClaim deletes a claim, as somebody other than the operator would, and waits until it is
// gone.
func (s *Space) RemoveClaim(name string, atMost time.Duration) {
	s.T.Helper()
	s.Allowed.RemovedClaims = append(s.Allowed.RemovedClaims, name)
	s.remove(Claims, name, atMost)
}

// RemovePod deletes a pod and waits until it is gone.
func (s *Space) RemovePod(name string, atMost time.Duration) {
	s.T.Helper()
	s.remove(Pods, name, atMost)
}

func (s *Space) remove(kind Kind, name string, atMost time.Duration) {
	s.T.Helper()
	if err := s.Client(kind).Delete(s.T.Context(), name, metav1.DeleteOptions{}); err != nil {
		s.T.Fatalf("cannot delete %s %s: %v", kind, name, err)
	}
	s.Until(atMost, "the end of "+string(kind)+" "+name, func() bool {
		_, live := s.History.Live(kind, name)
		return !live
	})
}

// CreateSession makes a Session whose spec is the YAML text.
func (s *Space) CreateSession(name, spec string) *SessionHandle {
	s.T.Helper()
	return s.SessionOf(s.create(Sessions, "Session", name, spec))
}

// SessionOf returns the handle of a Session that exists.
func (s *Space) SessionOf(object *unstructured.Unstructured) *SessionHandle {
	return &SessionHandle{space: s, Name: object.GetName(), UID: object.GetUID()}
}

func (s *Space) create(kind Kind, word, name, spec string) *unstructured.Unstructured {
	s.T.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sojourn.dev/v1alpha1",
		"kind":       word,
		"metadata":   map[string]any{"name": name, "namespace": s.Namespace},
		"spec":       s.parse(spec),
	}}
	return s.CreateObject(kind, object)
}

// CreateObject makes a whole object in the namespace. Unknown fields are refused.
func (s *Space) CreateObject(kind Kind, object *unstructured.Unstructured) *unstructured.Unstructured {
	s.T.Helper()
	object, err := s.Client(kind).Create(s.T.Context(), object,
		metav1.CreateOptions{FieldManager: FieldManager, FieldValidation: "Strict"})
	if err != nil {
		s.T.Fatalf("cannot create %s: %v", kind, err)
	}
	return object
}

func (s *Space) parse(spec string) map[string]any {
	s.T.Helper()
	var fields map[string]any
	if err := yaml.UnmarshalStrict([]byte(spec), &fields); err != nil {
		s.T.Fatalf("the test's YAML is wrong: %v\n%s", err, spec)
	}
	s.secrets = append(s.secrets, SecretsIn(fields)...)
	return fields
}

// Until waits until done says true, looking at the history whenever it grows.
func (s *Space) Until(atMost time.Duration, what string, done func() bool) {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), atMost)
	defer cancel()
	err := s.History.Until(ctx, func() (bool, error) { return done(), nil })
	if err != nil {
		s.T.Fatalf("waited %v for %s: %v", atMost, what, err)
	}
}

// SessionEvents returns the Events about Sessions, as "Reason: message".
func (s *Space) SessionEvents() []string {
	var found []string
	for _, revision := range s.History.Of(Events, "") {
		event, err := As[corev1.Event](revision.Object)
		if err != nil {
			s.T.Fatalf("an Event cannot be read: %v", err)
		}
		if event.InvolvedObject.Kind == "Session" {
			found = append(found, fmt.Sprintf("%s: %s", event.Reason, event.Message))
		}
	}
	return found
}
