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
	readyTime   = 20 * time.Second // of doing nothing with all READY
)

// run is one run of the bench. For use by one goroutine.
type run struct {
	options options
	all     []*subject
	ours    []*subject // the operators among them
	turn    int
}

// inTurn lets subjects do the same. Who begins changes, so that what else the machine does meets all
// of them.
func (r *run) inTurn(subjects []*subject, what string, do func(one *subject) error) error {
	for index := range subjects {
		one := subjects[(index+r.turn)%len(subjects)]
		fmt.Fprintf(os.Stderr, "%s  %-9s  %s\n", time.Now().Format("15:04:05"), one.name, what)
		if err := do(one); err != nil {
			return err
		}
	}
	r.turn++
	return nil
}

// measure runs all that is measured.
func (r *run) measure(ctx context.Context) error {
	if err := r.inTurn(r.all, "starts", (*subject).begin); err != nil {
		return err
	}
	if err := r.rounds(ctx); err != nil {
		return err
	}
	if err := r.fillUp(ctx); err != nil {
		return err
	}
	if err := r.idle(ctx, r.all, readyTime, idleRequests, idleCPU); err != nil {
		return err
	}
	if !r.options.quick {
		if err := r.failures(ctx); err != nil {
			return err
		}
	}
	return r.restAndEnd(ctx)
}

func (r *run) rounds(ctx context.Context) error {
	number, size := repetitions, min(r.options.n/repetitions, roundSize)
	if r.options.quick {
		number, size = 1, r.options.n
	}
	rate := r.options.rate
	for round := range number {
		what := fmt.Sprintf("round %d of %d: %d Sessions at %g a second", round+1, number, size, rate)
		err := r.inTurn(r.all, what, func(one *subject) error { return one.paced(ctx, size, rate) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) fillUp(ctx context.Context) error {
	stop := func(total int, name figure) error {
		what := fmt.Sprintf("has %d Sessions, the missing ones in a burst", total)
		return r.inTurn(r.all, what, func(one *subject) error {
			if err := one.fill(ctx, total); err != nil {
				return err
			}
			time.Sleep(2 * time.Second)
			return one.noteMemory(name, "VmRSS")
		})
	}
	if r.options.n >= thousand {
		if err := stop(thousand, rssThousand); err != nil {
			return err
		}
	}
	if r.options.n == thousand {
		return nil
	}
	return stop(r.options.n, rssAll)
}

// failures are restarts and a takeover.
func (r *run) failures(ctx context.Context) error {
	for range repetitions {
		err := r.inTurn(r.all, "restarts", func(one *subject) error { return one.restart(ctx) })
		if err != nil {
			return err
		}
	}
	return r.inTurn(r.all, "takes over", func(one *subject) error { return one.takeOver(ctx) })
}

// idle looks at all of them at the same time: none disturbs another by doing nothing.
func (r *run) idle(ctx context.Context, subjects []*subject, length time.Duration,
	asked, used figure) error {
	fmt.Fprintf(os.Stderr, "%s  together   idle for %v\n", time.Now().Format("15:04:05"), length)
	var cpu []time.Duration
	for _, one := range subjects {
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
	case <-time.After(length):
	}
	for index, one := range subjects {
		if err := one.noteIdle(asked, used, begin, cpu[index]); err != nil {
			return err
		}
	}
	return nil
}
