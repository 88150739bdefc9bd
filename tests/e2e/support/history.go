package support

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is what an observer watches.
type Kind string

// The kinds that an observer watches.
const (
	Sessions  Kind = "sessions"
	Templates Kind = "sessiontemplates"
	Pods      Kind = "pods"
	Claims    Kind = "persistentvolumeclaims"
	Revisions Kind = "controllerrevisions"
	Events    Kind = "events"
)

// ResourceOf names the collection of a kind.
func ResourceOf(kind Kind) schema.GroupVersionResource { return resources[kind] }

var resources = map[Kind]schema.GroupVersionResource{
	Sessions:  {Group: "sojourn.dev", Version: "v1alpha1", Resource: "sessions"},
	Templates: {Group: "sojourn.dev", Version: "v1alpha1", Resource: "sessiontemplates"},
	Pods:      {Version: "v1", Resource: "pods"},
	Claims:    {Version: "v1", Resource: "persistentvolumeclaims"},
	Revisions: {Group: "apps", Version: "v1", Resource: "controllerrevisions"},
	Events:    {Version: "v1", Resource: "events"},
}

// Revision is one state of one object, as a watch reported it.
type Revision struct {
	Kind Kind
	// Version is the resourceVersion. All kinds share one sequence, so it also orders revisions of
	// different kinds.
	Version uint64
	Seen    time.Time
	// Deleted: the object was removed from the API server with this revision.
	Deleted bool
	Object  *unstructured.Unstructured
}

type objectKey struct {
	kind Kind
	name string
}

// History keeps every revision of every watched object. Safe for use by several goroutines.
type History struct {
	mu        sync.Mutex
	revisions []Revision
	byObject  map[objectKey][]Revision
	gap       error         // why revisions may be missing
	grown     chan struct{} // closed, and made anew, when there is more
}

// NewHistory makes an empty history.
func NewHistory() *History {
	return &History{byObject: map[objectKey][]Revision{}, grown: make(chan struct{})}
}

// Add puts one more revision into the history.
func (h *History) Add(revision Revision) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.revisions = append(h.revisions, revision)
	key := objectKey{revision.Kind, revision.Object.GetName()}
	h.byObject[key] = append(h.byObject[key], revision)
	h.wake()
}

// Break records that revisions were missed. The first reason is kept.
func (h *History) Break(reason error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gap == nil {
		h.gap = reason
	}
	h.wake()
}

func (h *History) wake() {
	close(h.grown)
	h.grown = make(chan struct{})
}

// Gap says why revisions may be missing; nil when none are.
func (h *History) Gap() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gap
}

// All returns every revision in the order in which the API server made them.
func (h *History) All() []Revision {
	h.mu.Lock()
	defer h.mu.Unlock()
	return inOrder(slices.Clone(h.revisions))
}

// Of returns the revisions of one object in order. An empty name stands for every object. One of
// thousands of objects is found without looking at the others.
func (h *History) Of(kind Kind, name string) []Revision {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name != "" {
		return inOrder(slices.Clone(h.byObject[objectKey{kind, name}]))
	}
	var found []Revision
	for _, revision := range h.revisions {
		if revision.Kind == kind {
			found = append(found, revision)
		}
	}
	return inOrder(found)
}

func inOrder(revisions []Revision) []Revision {
	slices.SortStableFunc(revisions, func(a, b Revision) int { return cmp.Compare(a.Version, b.Version) })
	return revisions
}

// Live returns the newest revision of an object; false when it does not exist.
func (h *History) Live(kind Kind, name string) (*unstructured.Unstructured, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return newest(h.byObject[objectKey{kind, name}])
}

// newest returns the object as the watch reported it last; false when it is gone, or never was.
func newest(revisions []Revision) (*unstructured.Unstructured, bool) {
	if len(revisions) == 0 || revisions[len(revisions)-1].Deleted {
		return nil, false
	}
	return revisions[len(revisions)-1].Object, true
}

// Count returns how many objects of a kind exist.
func (h *History) Count(kind Kind) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	count := 0
	for key, revisions := range h.byObject {
		if _, live := newest(revisions); live && key.kind == kind {
			count++
		}
	}
	return count
}

// Existing returns the newest revisions of the objects of a kind that exist, by name.
func (h *History) Existing(kind Kind) []*unstructured.Unstructured {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*unstructured.Unstructured
	for key, revisions := range h.byObject {
		if object, live := newest(revisions); live && key.kind == kind {
			found = append(found, object)
		}
	}
	slices.SortFunc(found, func(a, b *unstructured.Unstructured) int {
		return cmp.Compare(a.GetName(), b.GetName())
	})
	return found
}

// Until waits until done says so; it is asked again whenever there is a new revision. A gap ends
// the waiting, for then the history proves nothing.
func (h *History) Until(ctx context.Context, done func() (bool, error)) error {
	for {
		h.mu.Lock()
		grown, gap := h.grown, h.gap
		h.mu.Unlock()
		if gap != nil {
			return gap
		}
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

// String tells the history one revision a line, times counted from the first.
func (h *History) String() string {
	all := h.All()
	var text strings.Builder
	for _, revision := range all {
		fmt.Fprintf(&text, "%8.2fs  %8d  %s/%s  %s\n",
			revision.Seen.Sub(all[0].Seen).Seconds(), revision.Version, revision.Kind,
			revision.Object.GetName(), describe(revision))
	}
	return text.String()
}

func describe(revision Revision) string {
	if revision.Deleted {
		return "gone"
	}
	object := revision.Object.Object
	field := func(path ...string) string {
		value, found, _ := unstructured.NestedFieldNoCopy(object, path...)
		if !found {
			return "-"
		}
		return fmt.Sprint(value)
	}
	var text string
	switch revision.Kind {
	case Sessions:
		text = fmt.Sprintf("wants %s, state %s %s, attempts %s, generation %s/%s%s %q",
			field("spec", "desiredState"), field("status", "state"), field("status", "reason"),
			field("status", "attempts"), field("status", "observedGeneration"),
			field("metadata", "generation"), trueConditions(revision.Object),
			field("status", "message"))
	case Pods, Claims:
		text = field("status", "phase")
	case Events:
		text = fmt.Sprintf("%s %s: %s", field("involvedObject", "kind"), field("reason"),
			field("message"))
	case Templates, Revisions:
		text = "generation " + field("metadata", "generation")
	}
	if revision.Object.GetDeletionTimestamp() != nil {
		text += ", being deleted"
	}
	return text
}

func trueConditions(object *unstructured.Unstructured) string {
	session, err := As[Session](object)
	if err != nil {
		return ", unreadable"
	}
	var names []string
	for _, condition := range session.Status.Conditions {
		if session.Is(condition.Type) {
			names = append(names, condition.Type)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", is " + strings.Join(names, " ")
}

func versionOf(object *unstructured.Unstructured) uint64 {
	version, err := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0
	}
	return version
}
