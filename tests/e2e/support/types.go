package support

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Session is the kind as far as the tests read it.
type Session struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec   SessionSpec   `json:"spec"`
	Status SessionStatus `json:"status"`
}

// SessionSpec holds the fields of spec that decide what the tests expect.
type SessionSpec struct {
	DesiredState string `json:"desiredState"`
	Mode         string `json:"mode"`
	TTL          struct {
		MaxLifetimeSeconds int64 `json:"maxLifetimeSeconds"`
	} `json:"ttl"`
	Storage *struct {
		Retention struct {
			WhenExpired string `json:"whenExpired"`
			WhenDeleted string `json:"whenDeleted"`
		} `json:"retention"`
	} `json:"storage"`
}

// SessionStatus is everything the operator writes.
type SessionStatus struct {
	ObservedGeneration int64              `json:"observedGeneration"`
	State              string             `json:"state"`
	StateSince         *metav1.Time       `json:"stateSince"`
	Reason             string             `json:"reason"`
	Message            string             `json:"message"`
	Outcome            string             `json:"outcome"`
	Conditions         []metav1.Condition `json:"conditions"`
	Template           *TemplateRecord    `json:"template"`
	Pod                *PodRecord         `json:"pod"`
	Volume             *VolumeRecord      `json:"volume"`
	Attempts           int64              `json:"attempts"`
	NextAttemptTime    *metav1.Time       `json:"nextAttemptTime"`
	ExpiresAt          *metav1.Time       `json:"expiresAt"`
	StartTime          *metav1.Time       `json:"startTime"`
	FinishTime         *metav1.Time       `json:"finishTime"`

	LastHandledRunToken string       `json:"lastHandledRunToken"`
	Transitions         []Transition `json:"transitions"`
}

// Transition is one of status.transitions.
type Transition struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// TemplateRecord is status.template.
type TemplateRecord struct {
	Name       string `json:"name"`
	Generation int64  `json:"generation"`
	Revision   string `json:"revision"`
}

// PodRecord is status.pod.
type PodRecord struct {
	Name        string `json:"name"`
	UID         string `json:"uid"`
	Node        string `json:"node"`
	Incarnation string `json:"incarnation"`
}

// VolumeRecord is status.volume.
type VolumeRecord struct {
	ClaimName  string `json:"claimName"`
	ClaimUID   string `json:"claimUID"`
	VolumeName string `json:"volumeName"`
	Capacity   string `json:"capacity"`
	Phase      string `json:"phase"`
	OnDelete   string `json:"onDelete"`

	RetainUntil *metav1.Time `json:"retainUntil"`
}

// Condition returns the condition of that type; one that is not there has the status "".
func (s Session) Condition(kind string) metav1.Condition {
	for _, condition := range s.Status.Conditions {
		if condition.Type == kind {
			return condition
		}
	}
	return metav1.Condition{Type: kind}
}

// Is tells whether the condition of that type is True.
func (s Session) Is(kind string) bool {
	return s.Condition(kind).Status == metav1.ConditionTrue
}

// As reads an object of the API server into a Go type. What does not fit that type is a mistake of
// the tests, or of the CRD they were written against.
func As[T any](object *unstructured.Unstructured) (T, error) {
	var value T
	if object == nil {
		return value, errors.New("there is no such object")
	}
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &value)
	return value, err
}
