package support

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// Allowances are the things a test did itself that would otherwise be faults of the operator.
type Allowances struct {
	RemovedClaims []string // claims that the test deleted
	WipedStatus   []string // Sessions whose status.state the test changed
}

// Violations holds the invariants against every revision, in the order in which the API server
// made them, and returns one sentence for each fault.
func Violations(revisions []Revision, allowed Allowances) []string {
	rules := []func([]Revision, Allowances) []string{
		onePodPerSession, oneClaimPerSession, retainedClaimsStay, nothingForeign, legalStateEdges,
		observedGenerationGrows, noFinalizers, specIsTheUsers, noChangeOfMind,
	}
	var faults []string
	for _, rule := range rules {
		faults = append(faults, rule(revisions, allowed)...)
	}
	return faults
}

const sessionUIDLabel = "sojourn.dev/session-uid"

func sessionThatControls(revision Revision) (types.UID, bool) {
	owner := metav1.GetControllerOf(revision.Object)
	if owner == nil || owner.Kind != "Session" {
		return "", false
	}
	return owner.UID, true
}

// I1: at most one pod that may still run for each Session.
func onePodPerSession(revisions []Revision, _ Allowances) []string {
	var faults []string
	running := map[types.UID]map[types.UID]bool{}
	for _, revision := range revisions {
		if revision.Kind != Pods {
			continue
		}
		session, ours := sessionThatControls(revision)
		if !ours {
			continue
		}
		if running[session] == nil {
			running[session] = map[types.UID]bool{}
		}
		pod, err := As[corev1.Pod](revision.Object)
		if err != nil {
			return append(faults, fmt.Sprintf("I1: pod %s: %v", revision.Object.GetName(), err))
		}
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if revision.Deleted || ended {
			delete(running[session], pod.UID)
			continue
		}
		running[session][pod.UID] = true
		if len(running[session]) > 1 {
			faults = append(faults, fmt.Sprintf("I1: Session %s has %d pods at revision %d",
				session, len(running[session]), revision.Version))
		}
	}
	return faults
}

// I2: at most one claim for each Session, ever.
func oneClaimPerSession(revisions []Revision, _ Allowances) []string {
	var faults []string
	claimOf := map[string]types.UID{}
	for _, revision := range revisions {
		session := revision.Object.GetLabels()[sessionUIDLabel]
		if revision.Kind != Claims || session == "" {
			continue
		}
		before, known := claimOf[session]
		if known && before != revision.Object.GetUID() {
			faults = append(faults, fmt.Sprintf("I2: Session %s got another claim at revision %d",
				session, revision.Version))
		}
		claimOf[session] = revision.Object.GetUID()
	}
	return faults
}

// I3: a claim goes only under Delete, and only after its Session is being deleted or has expired; or
// by the reaper, when what it says itself is over.
func retainedClaimsStay(revisions []Revision, allowed Allowances) []string {
	var faults []string
	sessions := map[string]Revision{} // the newest revision by UID
	told := map[types.UID]bool{}
	for _, revision := range revisions {
		object := revision.Object
		if revision.Kind == Sessions {
			sessions[string(object.GetUID())] = revision
			continue
		}
		goes := revision.Deleted || object.GetDeletionTimestamp() != nil
		if revision.Kind != Claims || !goes || told[object.GetUID()] ||
			slices.Contains(allowed.RemovedClaims, object.GetName()) || isPastRetention(object) {
			continue
		}
		session, known := sessions[object.GetLabels()[sessionUIDLabel]]
		if !known {
			continue // nobody's claim
		}
		told[object.GetUID()] = true
		if !mayLoseClaim(session) {
			faults = append(faults, fmt.Sprintf(
				"I3: claim %s of Session %s was deleted at revision %d without right",
				object.GetName(), session.Object.GetName(), revision.Version))
		}
	}
	return faults
}

// A claim that was released, and is kept no longer.
func isPastRetention(claim *unstructured.Unstructured) bool {
	notes := claim.GetAnnotations()
	until, err := time.Parse(time.RFC3339, notes["sojourn.dev/retain-until"])
	gone := time.Now()
	if deletion := claim.GetDeletionTimestamp(); deletion != nil {
		gone = deletion.Time
	}
	return err == nil && notes["sojourn.dev/retained-at"] != "" && !gone.Before(until)
}

func mayLoseClaim(revision Revision) bool {
	session, err := As[Session](revision.Object)
	if err != nil || session.Spec.Storage == nil {
		return false
	}
	retention := session.Spec.Storage.Retention
	deleted := revision.Deleted || session.DeletionTimestamp != nil
	return (deleted && retention.WhenDeleted == "Delete") ||
		(session.Is("Expired") && retention.WhenExpired == "Delete")
}

// OperatorManager is the name under which the operator writes.
const OperatorManager = "sojourn-operator"

// I4: the operator writes to no object but Sessions, templates and what it made for them.
func nothingForeign(revisions []Revision, _ Allowances) []string {
	var faults []string
	told := map[types.UID]bool{}
	for _, revision := range revisions {
		object := revision.Object
		if told[object.GetUID()] || !Foreign(revision) {
			continue
		}
		for _, entry := range object.GetManagedFields() {
			if entry.Manager == OperatorManager && !told[object.GetUID()] {
				told[object.GetUID()] = true
				faults = append(faults, fmt.Sprintf("I4: the operator wrote %s %s by revision %d, "+
					"which is not its own", revision.Kind, object.GetName(), revision.Version))
			}
		}
	}
	return faults
}

// Foreign tells whether an object is none of the operator's: a pod that no Session controls, a
// claim whose name and labels do not agree, a revision without the label of a template.
func Foreign(revision Revision) bool {
	object := revision.Object
	labels := object.GetLabels()
	switch revision.Kind {
	case Pods:
		_, ours := sessionThatControls(revision)
		return !ours
	case Claims:
		made := SessionHandle{Name: labels["sojourn.dev/session"], UID: types.UID(labels[sessionUIDLabel])}
		if first, handedOn := labels["sojourn.dev/first-session-uid"]; handedOn {
			made = SessionHandle{Name: labels["sojourn.dev/first-session"], UID: types.UID(first)}
		}
		return object.GetName() != made.ChildName()
	case Revisions:
		return !strings.HasPrefix(object.GetName(), labels["sojourn.dev/template"]+"-")
	case Sessions, Templates, Events:
		return false
	}
	return true
}

var legalEdges = map[string][]string{
	"":      {"INIT"},
	"INIT":  {"READY", "ERROR"},
	"READY": {"IDLE", "BUSY", "ERROR"},
	"IDLE":  {"READY", "ERROR"},
	"BUSY":  {"READY", "ERROR"},
	"ERROR": {"INIT", "READY"},
}

// I5: the state takes the eleven legal edges only.
func legalStateEdges(revisions []Revision, allowed Allowances) []string {
	var faults []string
	states := map[types.UID]string{}
	for _, revision := range revisions {
		if revision.Kind != Sessions || revision.Deleted {
			continue
		}
		session, err := As[Session](revision.Object)
		if err != nil {
			return append(faults, fmt.Sprintf("I5: Session %s: %v", revision.Object.GetName(), err))
		}
		from, to := states[session.UID], session.Status.State
		states[session.UID] = to
		if from == to || slices.Contains(legalEdges[from], to) ||
			slices.Contains(allowed.WipedStatus, session.Name) {
			continue
		}
		faults = append(faults, fmt.Sprintf("I5: Session %s went from %q to %q at revision %d",
			session.Name, from, to, revision.Version))
	}
	return faults
}

// I6: observedGeneration never decreases and never exceeds generation.
func observedGenerationGrows(revisions []Revision, allowed Allowances) []string {
	var faults []string
	newest := map[types.UID]int64{}
	for _, revision := range revisions {
		isOurs := revision.Kind == Sessions || revision.Kind == Templates
		if !isOurs || slices.Contains(allowed.WipedStatus, revision.Object.GetName()) {
			continue
		}
		object, err := As[Session](revision.Object) // templates have these fields, too
		if err != nil {
			return append(faults, fmt.Sprintf("I6: %s: %v", revision.Object.GetName(), err))
		}
		observed := object.Status.ObservedGeneration
		before, known := newest[object.UID]
		if known && observed < before {
			faults = append(faults, fmt.Sprintf("I6: %s: observedGeneration fell from %d to %d",
				object.Name, before, observed))
		}
		if observed > object.Generation {
			faults = append(faults, fmt.Sprintf("I6: %s: observedGeneration %d is above generation %d",
				object.Name, observed, object.Generation))
		}
		newest[object.UID] = observed
	}
	return faults
}

// I7: no finalizer but those that Kubernetes itself puts on.
func noFinalizers(revisions []Revision, _ Allowances) []string {
	kubernetesOwn := []string{"kubernetes.io/pvc-protection", "foregroundDeletion", "orphan"}
	var faults []string
	for _, revision := range revisions {
		for _, finalizer := range revision.Object.GetFinalizers() {
			if !slices.Contains(kubernetesOwn, finalizer) {
				faults = append(faults, fmt.Sprintf("I7: %s %s has the finalizer %s at revision %d",
					revision.Kind, revision.Object.GetName(), finalizer, revision.Version))
			}
		}
	}
	return faults
}

// I8: nobody but the tests, who are the users here, themselves or by Helm, ever wrote a spec.
func specIsTheUsers(revisions []Revision, _ Allowances) []string {
	var faults []string
	for _, revision := range revisions {
		if revision.Kind != Sessions && revision.Kind != Templates {
			continue
		}
		for _, entry := range revision.Object.GetManagedFields() {
			wroteSpec := entry.FieldsV1 != nil && strings.Contains(string(entry.FieldsV1.Raw), `"f:spec"`)
			if wroteSpec && entry.Manager != FieldManager && entry.Manager != "helm" {
				faults = append(faults, fmt.Sprintf("I8: %s wrote the spec of %s by revision %d",
					entry.Manager, revision.Object.GetName(), revision.Version))
			}
		}
	}
	return faults
}

// I10, as far as a history shows it: the operator does not write a status, then another, then the
// first again, while nothing else in the namespace has changed.
func noChangeOfMind(revisions []Revision, allowed Allowances) []string {
	var faults []string
	type write struct {
		text    string
		outside int // revisions of other things before it
	}
	last := map[types.UID][]write{}
	outside := 0
	for _, revision := range revisions {
		object := revision.Object
		if revision.Kind == Events {
			continue
		}
		if revision.Kind != Sessions || slices.Contains(allowed.WipedStatus, object.GetName()) {
			outside++
			continue
		}
		generation, _, _ := unstructured.NestedFieldNoCopy(object.Object, "metadata", "generation")
		text := fmt.Sprint(generation, object.GetDeletionTimestamp(),
			withoutTimes(object.Object["status"]))
		writes := append(last[object.GetUID()], write{text, outside})
		if len(writes) > 3 {
			writes = writes[1:]
		}
		last[object.GetUID()] = writes
		if len(writes) == 3 && writes[0].text == writes[2].text && writes[0].text != writes[1].text &&
			writes[0].outside == writes[2].outside {
			faults = append(faults, fmt.Sprintf("I10: the status of Session %s changed and changed back "+
				"by revision %d, and nothing else had", object.GetName(), revision.Version))
		}
	}
	return faults
}

var timePattern = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

func withoutTimes(status any) string {
	text, err := json.Marshal(status)
	if err != nil {
		return err.Error()
	}
	return timePattern.ReplaceAllString(string(text), "")
}
