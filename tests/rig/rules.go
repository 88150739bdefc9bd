package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"sojourn.dev/e2e/support"
)

// CallViolations holds those invariants against the calls of an operator that only its requests
// show: I9, and of I4 and I11 what leaves no trace in the objects.
func CallViolations(calls []Call, history *support.History) []string {
	var faults []string
	created := map[string]Call{} // by resource and name, the last that the API server accepted
	for _, call := range calls {
		verb, resource, _ := strings.Cut(call.Kind, "-")
		if strings.HasSuffix(call.Kind, "-status") && !carriesVersion(call.Body) {
			faults = append(faults, fmt.Sprintf("I9: %s carries no resourceVersion", call.Label()))
		}
		if verb == "delete" && !ours(history, resource, call) {
			faults = append(faults,
				fmt.Sprintf("I4: %s deletes %s, which is not the operator's", call.Label(), call.Name))
		}
		key := resource + "/" + call.Name
		if verb != "create" || resource == "events" {
			continue
		}
		before, known := created[key]
		again := known && call.Code == http.StatusConflict && existed(history, resource, call)
		// A create whose answer was lost may be sent again: that is how its success is found out.
		if again && !before.Faulty && before.Run == call.Run {
			faults = append(faults, fmt.Sprintf("I11: %s makes %s again, which %s had made",
				call.Label(), call.Name, before.Label()))
		}
		if call.Code == http.StatusCreated {
			created[key] = call
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

// existed tells whether the object was there all the time: a name whose object was removed may be
// used again.
func existed(history *support.History, resource string, call Call) bool {
	for _, revision := range history.Of(support.Kind(resource), call.Name) {
		if revision.Deleted {
			return false
		}
	}
	return true
}

// ours tells whether every object of that name belonged to a Session.
func ours(history *support.History, resource string, call Call) bool {
	for _, revision := range history.Of(support.Kind(resource), call.Name) {
		if support.Foreign(revision) {
			return false
		}
	}
	return true
}
