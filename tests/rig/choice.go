package main

import "slices"

// QuickPosition is the position in which the quick run strikes a call of a scenario, both counted
// from 0: `scenario` in the list of scenarios, `kind` in kindsOf its calls. Calls that follow each
// other within a kind, and the same call in scenarios that follow each other, take the four in turn.
// The order in which the operator's threads happened to write makes no difference.
func QuickPosition(scenario, kind int, call Call) Position {
	return Positions[(scenario+kind+call.Number-1)%len(Positions)]
}

// kindsOf lists the kinds among calls, each once, in the order of their names.
func kindsOf(calls []Call) []string {
	var kinds []string
	for _, call := range calls {
		kinds = append(kinds, call.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// Choose returns the points of one scenario: every call in every position, or with quick each call
// in one.
func Choose(scenario int, calls []Call, quick bool) []Fault {
	kinds := kindsOf(calls)
	var faults []Fault
	for _, call := range calls {
		positions := Positions
		if quick {
			positions = []Position{QuickPosition(scenario, slices.Index(kinds, call.Kind), call)}
		}
		for _, position := range positions {
			faults = append(faults, Fault{call.Label(), position})
		}
	}
	return faults
}
