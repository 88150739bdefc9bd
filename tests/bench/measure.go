package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	repetitions = 3
	roundSize   = 200 // at most, so that the rounds of a large run stay short
	thousand    = 1000
	idleTime    = 20 * time.Second
)

// measure runs all that is measured. The subjects take turns, and who begins changes, so that what
// else the machine does meets all of them.
func measure(ctx context.Context, o options, all []*subject) error {
	turn := 0
	inTurn := func(what string, do func(one *subject) error) error {
		for index := range all {
			one := all[(index+turn)%len(all)]
			fmt.Fprintf(os.Stderr, "%s  %-9s  %s\n", time.Now().Format("15:04:05"), one.name, what)
			if err := do(one); err != nil {
				return err
			}
		}
		turn++
		return nil
	}
	if err := inTurn("starts", (*subject).begin); err != nil {
		return err
	}
	rounds, size := repetitions, min(o.n/repetitions, roundSize)
	if o.quick {
		rounds, size = 1, o.n
	}
	for round := range rounds {
		what := fmt.Sprintf("round %d of %d: %d Sessions at %g a second", round+1, rounds, size, o.rate)
		err := inTurn(what, func(one *subject) error { return one.paced(ctx, size, o.rate) })
		if err != nil {
			return err
		}
	}
	if err := fillUp(ctx, o, inTurn); err != nil {
		return err
	}
	if err := idle(ctx, all); err != nil {
		return err
	}
	if o.quick {
		return nil
	}
	for range repetitions {
		err := inTurn("restarts", func(one *subject) error { return one.restart(ctx) })
		if err != nil {
			return err
		}
	}
	return inTurn("takes over", func(one *subject) error { return one.takeOver(ctx) })
}

func fillUp(ctx context.Context, o options, inTurn func(string, func(*subject) error) error) error {
	stop := func(total int, name figure) error {
		what := fmt.Sprintf("has %d Sessions, the missing ones in a burst", total)
		return inTurn(what, func(one *subject) error {
			if err := one.fill(ctx, total); err != nil {
				return err
			}
			time.Sleep(2 * time.Second)
			return one.noteMemory(name, "VmRSS")
		})
	}
	if o.n >= thousand {
		if err := stop(thousand, rssThousand); err != nil {
			return err
		}
	}
	if o.n == thousand {
		return nil
	}
	return stop(o.n, rssAll)
}

// idle looks at all of them at the same time: none disturbs another by doing nothing.
func idle(ctx context.Context, all []*subject) error {
	fmt.Fprintf(os.Stderr, "%s  all        idle for %v\n", time.Now().Format("15:04:05"), idleTime)
	var cpu []time.Duration
	for _, one := range all {
		before, err := one.process.settledCPU()
		if err != nil {
			return err
		}
		cpu = append(cpu, before)
	}
	begin := time.Now()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(idleTime):
	}
	for index, one := range all {
		if err := one.noteIdle(begin, cpu[index]); err != nil {
			return err
		}
	}
	return nil
}
