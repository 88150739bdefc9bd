package support

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Write is one writing request of an operator.
type Write struct {
	Verb        string // create, update, patch or delete
	Resource    string
	Subresource string
	Name        string
	Code        int    // of the API server's answer; 0 when it was not asked
	Process     int    // which process of the operator sent it, where that is known
	AnswerLost  bool   // the answer never reached the operator
	Body        []byte // nil where it is not known
}

func (w Write) String() string {
	text := w.Verb + " " + w.Resource
	if w.Subresource != "" {
		text += "/" + w.Subresource
	}
	return text + " " + w.Name
}

// WriteViolations holds those invariants against the operator's requests that the objects
// themselves do not show: I9, and of I4 and I11 what leaves no trace in them.
func WriteViolations(writes []Write, history *History) []string {
	var faults []string
	created := map[string]Write{} // by resource and name, the last that the API server accepted
	for _, write := range writes {
		isStatus := write.Subresource == "status" && write.Body != nil
		if isStatus && !carriesVersion(write.Body) {
			faults = append(faults, fmt.Sprintf("I9: %s carries no resourceVersion", write))
		}
		revisions := history.Of(Kind(write.Resource), write.Name)
		if write.Verb == "delete" && write.Name != "" && anyIs(revisions, Foreign) {
			faults = append(faults, fmt.Sprintf("I4: %s, which is not the operator's", write))
		}
		if write.Verb != "create" || Kind(write.Resource) == Events {
			continue
		}
		key := write.Resource + "/" + write.Name
		before, known := created[key]
		stood := !anyIs(revisions, func(revision Revision) bool { return revision.Deleted })
		// A create whose answer was lost may be sent again: that is how its success is found out.
		if known && write.Code == http.StatusConflict && stood && !before.AnswerLost &&
			before.Process == write.Process {
			faults = append(faults, fmt.Sprintf("I11: %s again, which the operator had made", write))
		}
		if write.Code == http.StatusCreated {
			created[key] = write
		}
	}
	return faults
}

func carriesVersion(body []byte) bool {
	var object struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	return json.Unmarshal(body, &object) == nil && object.Metadata.ResourceVersion != ""
}

func anyIs(revisions []Revision, is func(Revision) bool) bool {
	for _, revision := range revisions {
		if is(revision) {
			return true
		}
	}
	return false
}
