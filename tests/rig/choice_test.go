package main

import (
	"slices"
	"testing"
)

// What a cold start writes, as kinds and numbers.
var coldStartCalls = []Call{
	{Kind: "create-controllerrevisions", Number: 1}, {Kind: "patch-sessiontemplates-status", Number: 1},
	{Kind: "create-persistentvolumeclaims", Number: 1}, {Kind: "patch-sessions-status", Number: 1},
	{Kind: "create-pods", Number: 1}, {Kind: "patch-sessions-status", Number: 2},
}

func TestTheQuickRun_StrikesEveryCallOnceAndInEveryScenarioInAllPositions(t *testing.T) {
	for scenario := range 2 * len(Positions) {
		faults := Choose(scenario, coldStartCalls, true)
		if len(faults) != len(coldStartCalls) {
			t.Errorf("want %d points, got %v", len(coldStartCalls), faults)
		}
		struck := map[Position]bool{}
		for _, fault := range faults {
			struck[fault.Position] = true
		}
		if len(struck) != len(Positions) {
			t.Errorf("scenario %d is struck in %v only", scenario, struck)
		}
	}
}

func TestTheQuickRun_StrikesWhatAllScenariosShareInAllPositions(t *testing.T) {
	for index := range coldStartCalls {
		struck := map[Position]bool{}
		for scenario := range Positions {
			struck[Choose(scenario, coldStartCalls, true)[index].Position] = true
		}
		if len(struck) != len(Positions) {
			t.Errorf("%s is struck in %v only", coldStartCalls[index].Label(), struck)
		}
	}
}

func TestTheQuickRun_ChoosesAlikeInWhateverOrderTheCallsCame(t *testing.T) {
	turned := slices.Clone(coldStartCalls)
	slices.Reverse(turned)
	here, there := Choose(1, coldStartCalls, true), Choose(1, turned, true)
	slices.Reverse(there)
	if !slices.Equal(here, there) {
		t.Errorf("%v, but turned round %v", here, there)
	}
}

func TestTheWholeRun_StrikesEveryCallInAllPositions(t *testing.T) {
	faults := Choose(0, coldStartCalls, false)
	if want := len(coldStartCalls) * len(Positions); len(faults) != want {
		t.Fatalf("want %d points, got %d", want, len(faults))
	}
	for _, call := range coldStartCalls {
		for _, position := range Positions {
			if !slices.Contains(faults, Fault{call.Label(), position}) {
				t.Errorf("%s is not struck at %s", call.Label(), position)
			}
		}
	}
}
