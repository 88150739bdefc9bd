package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// crashPlan says which points are run, and how.
type crashPlan struct {
	runner   *Runner
	lanes    int
	quick    bool
	scenario string
	point    string
}

// One point in so many may be out of reach; see strike.
const mostUnreached = 20

// account is what became of one scenario.
type account struct {
	scenario   Scenario
	number     int // in the list of scenarios, from 0
	reference  Outcome
	points     int
	unreached  int
	violations int
	worked     time.Duration // of all its runs together
}

// run runs the references, then every point, and returns how many of them show a violation.
func (p crashPlan) run(ctx context.Context) (int, error) {
	began := time.Now()
	accounts, err := p.references(ctx)
	if err != nil {
		return 0, err
	}
	type point struct {
		account *account
		fault   Fault
	}
	var points []point
	for _, account := range accounts {
		for _, fault := range p.faults(account) {
			points = append(points, point{account, fault})
		}
	}
	if len(points) == 0 {
		return 0, errors.New("there is no such point")
	}
	fmt.Printf("%d scenarios, %d points, %d side by side\n", len(accounts), len(points), p.lanes)
	var mu sync.Mutex // guards the accounts, and keeps lines whole
	done := 0
	p.sideBySide(len(points), func(index int) {
		point := points[index]
		outcome := p.strike(ctx, point.account, point.fault)
		mu.Lock()
		defer mu.Unlock()
		done++
		point.account.points++
		point.account.worked += outcome.Took
		if !outcome.Fired && len(outcome.Faults) == 0 {
			point.account.unreached++
		}
		if len(outcome.Faults) > 0 {
			point.account.violations++
			p.tell(point.account, point.fault, outcome)
		}
		if done%50 == 0 {
			fmt.Printf("%d of %d points after %.0f s\n", done, len(points), time.Since(began).Seconds())
		}
	})
	violations, unreached := printAccounts(accounts, time.Since(began))
	if unreached*mostUnreached > len(points) {
		return violations, fmt.Errorf("%d of %d points were not reached: too many to prove anything",
			unreached, len(points))
	}
	return violations, ctx.Err()
}

// references runs every scenario twice without a fault. Both runs must come to the same end; the
// calls are those that came in both: on a busy machine the operator tells a stage that lasts (pod
// pending, containers starting), which it leaves out on another day.
func (p crashPlan) references(ctx context.Context) ([]*account, error) {
	only, _, _ := strings.Cut(p.point, "/")
	if only == "" {
		only = p.scenario
	}
	var accounts []*account
	for number, scenario := range Scenarios {
		if only == "" || only == scenario.Name {
			accounts = append(accounts, &account{scenario: scenario, number: number})
		}
	}
	if len(accounts) == 0 {
		return nil, fmt.Errorf("no scenario is called %s", only)
	}
	p.sideBySide(len(accounts), func(index int) {
		account := accounts[index]
		first := p.runner.Run(ctx, account.scenario, Fault{}, "")
		second := p.runner.Run(ctx, account.scenario, Fault{}, first.End)
		account.worked = first.Took + second.Took
		second.Faults = append(first.Faults, second.Faults...)
		second.Calls = slices.DeleteFunc(second.Calls, func(call Call) bool {
			return !slices.ContainsFunc(first.Calls,
				func(other Call) bool { return other.Label() == call.Label() })
		})
		account.reference = second
	})
	for _, account := range accounts {
		if len(account.reference.Faults) > 0 {
			return nil, fmt.Errorf("%s fails without a fault:\n  %s\n%s", account.scenario.Name,
				strings.Join(account.reference.Faults, "\n  "), account.reference.Story)
		}
	}
	return accounts, nil
}

// faults lists the points of a scenario that this plan wants.
func (p crashPlan) faults(account *account) []Fault {
	faults := Choose(account.number, account.reference.Calls, p.quick && p.point == "")
	return slices.DeleteFunc(faults, func(fault Fault) bool {
		return p.point != "" && p.point != name(account, fault)
	})
}

func name(account *account, fault Fault) string {
	return account.scenario.Name + "/" + fault.Call + "/" + string(fault.Position)
}

// strike runs one point. When the call does not come, the run proves nothing of it and is made
// again, a few times.
func (p crashPlan) strike(ctx context.Context, account *account, fault Fault) Outcome {
	const attempts = 3
	var outcome Outcome
	for range attempts {
		outcome = p.runner.Run(ctx, account.scenario, fault, account.reference.End)
		if outcome.Fired || len(outcome.Faults) > 0 {
			break
		}
	}
	return outcome
}

func (p crashPlan) sideBySide(count int, do func(index int)) {
	indices := make(chan int)
	var lanes sync.WaitGroup
	for range min(p.lanes, count) {
		lanes.Go(func() {
			for index := range indices {
				do(index)
			}
		})
	}
	for index := range count {
		indices <- index
	}
	close(indices)
	lanes.Wait()
}

// tell prints what went wrong and keeps the whole story in a file.
func (p crashPlan) tell(account *account, fault Fault, outcome Outcome) {
	point := name(account, fault)
	path := filepath.Join(p.runner.logs, strings.ReplaceAll(point, "/", "_")+".txt")
	err := os.WriteFile(path, []byte(strings.Join(outcome.Faults, "\n")+"\n"+outcome.Story), 0o644)
	if err != nil {
		path = err.Error()
	}
	fmt.Printf("%s\n  %s\n  the story: %s\n", point, strings.Join(outcome.Faults, "\n  "), path)
}

func printAccounts(accounts []*account, took time.Duration) (violations, unreached int) {
	fmt.Printf("\n%-22s %6s %7s %12s %11s %8s\n", "scenario", "calls", "points", "not reached",
		"violations", "seconds")
	points := 0
	for _, account := range accounts {
		fmt.Printf("%-22s %6d %7d %12d %11d %8.0f\n", account.scenario.Name,
			len(account.reference.Calls), account.points, account.unreached, account.violations,
			account.worked.Seconds())
		points += account.points
		violations += account.violations
		unreached += account.unreached
	}
	fmt.Printf("%d points, %d not reached, %d violations, %.0f s in all (the seconds of a scenario are "+
		"those of its runs one after the other)\n", points, unreached, violations, took.Seconds())
	return violations, unreached
}
