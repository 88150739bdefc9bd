package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

// Session is the kind as far as this controller reads and writes it.
type Session struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec struct {
		TemplateRef struct {
			Name string `json:"name"`
		} `json:"templateRef"`
	} `json:"spec"`
	Status SessionStatus `json:"status,omitempty"`
}

// SessionStatus is what this controller writes.
type SessionStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	State              string             `json:"state,omitempty"`
	StateSince         *metav1.Time       `json:"stateSince,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// SessionList is a list of Sessions.
type SessionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Session `json:"items"`
}

// DeepCopyObject copies what the cache hands out, as generated code would.
func (s *Session) DeepCopyObject() runtime.Object {
	out := &Session{TypeMeta: s.TypeMeta, Spec: s.Spec, Status: s.Status}
	s.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Status.StateSince = s.Status.StateSince.DeepCopy()
	out.Status.Conditions = make([]metav1.Condition, len(s.Status.Conditions))
	for index := range s.Status.Conditions {
		s.Status.Conditions[index].DeepCopyInto(&out.Status.Conditions[index])
	}
	return out
}

// DeepCopyObject copies the list and its items.
func (l *SessionList) DeepCopyObject() runtime.Object {
	out := &SessionList{TypeMeta: l.TypeMeta, Items: make([]Session, len(l.Items))}
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	for index := range l.Items {
		out.Items[index] = *l.Items[index].DeepCopyObject().(*Session)
	}
	return out
}

func addToScheme(s *runtime.Scheme) error {
	builder := &scheme.Builder{
		GroupVersion: schema.GroupVersion{Group: "sojourn.dev", Version: "v1alpha1"}}
	return builder.Register(&Session{}, &SessionList{}).AddToScheme(s)
}
