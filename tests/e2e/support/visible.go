package support

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// toldWithin is how soon a failure must be visible in every way (I13).
const toldWithin = 30 * time.Second

// Failing is one fall of a Session into ERROR.
type Failing struct {
	Session string
	UID     types.UID
	Reason  string
	Seen    time.Time
	shown   bool // in the conditions of the same revision
}

// Failings lists the falls into ERROR of Sessions whose status nobody meddled with.
func Failings(revisions []Revision, allowed Allowances) []Failing {
	var found []Failing
	states := map[types.UID]string{}
	for _, revision := range revisions {
		session, err := As[Session](revision.Object)
		if revision.Kind != Sessions || err != nil ||
			slices.Contains(allowed.WipedStatus, session.Name) {
			continue
		}
		before := states[session.UID]
		states[session.UID] = session.Status.State
		if session.Status.State != "ERROR" || before == "ERROR" {
			continue
		}
		shown := session.Condition("Ready").Status == metav1.ConditionFalse && session.Status.Reason != ""
		found = append(found, Failing{session.Name, session.UID, session.Status.Reason, revision.Seen,
			shown})
	}
	return found
}

// Untold says in which way a failure is not visible yet: by condition or by Event. It is "" when it
// is.
func (f Failing) Untold(revisions []Revision) string {
	if !f.shown {
		return fmt.Sprintf("I13: Session %s is in ERROR and its condition Ready is not False with a "+
			"reason", f.Session)
	}
	for _, revision := range revisions {
		if revision.Kind != Events {
			continue
		}
		event, err := As[corev1.Event](revision.Object)
		if err == nil && event.InvolvedObject.UID == f.UID && event.Reason == f.Reason {
			return ""
		}
	}
	return fmt.Sprintf("I13: Session %s fell into ERROR, %s, and no Event tells of it", f.Session,
		f.Reason)
}
