package main

import (
	"strings"

	"sojourn.dev/e2e/support"
)

// WritesOf turns the calls of a run into what the invariants look at.
func WritesOf(calls []Call) []support.Write {
	var writes []support.Write
	for _, call := range calls {
		verb, resource, _ := strings.Cut(call.Kind, "-")
		resource, subresource, _ := strings.Cut(resource, "-")
		writes = append(writes, support.Write{Verb: verb, Resource: resource,
			Subresource: subresource, Name: call.Name, Code: call.Code, Process: call.Run,
			AnswerLost: call.Faulty, Body: call.Body})
	}
	return writes
}
