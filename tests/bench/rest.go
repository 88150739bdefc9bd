package main

import (
	"context"
	"fmt"
	"time"
)

// restAndEnd is what the yardstick cannot: Sessions that sleep, wake and expire. Expired ones do not
// come back, so they are last.
func (r *run) restAndEnd(ctx context.Context) error {
	// The last process of the takeover has a Lease to renew.
	if !r.options.quick {
		if err := r.inTurn(r.ours, "restarts without a Lease", (*subject).restartAlone); err != nil {
			return err
		}
	}
	err := r.inTurn(r.ours, "puts all Sessions to sleep", func(one *subject) error {
		return one.sleep(ctx)
	})
	if err != nil {
		return err
	}
	if err := r.idle(ctx, r.ours, r.options.asleepTime(), asleepRequests, asleepCPU); err != nil {
		return err
	}
	if !r.options.quick {
		if err := r.sleepers(ctx); err != nil {
			return err
		}
	}
	count, rate := r.options.sample(), r.options.rate
	what := fmt.Sprintf("wakes %d Sessions, %g a second", count, rate)
	err = r.inTurn(r.ours, what, func(one *subject) error { return one.wake(ctx, count, rate) })
	if err != nil {
		return err
	}
	what = fmt.Sprintf("sees %d Sessions expire, %g a second", count, rate)
	return r.inTurn(r.ours, what, func(one *subject) error { return one.expire(ctx, count, rate) })
}

// noteWrites counts what the program wrote for each of `count` Sessions since the last look at the
// audit log. Events tell people something and are no part of the way, so they are not in the sum.
func (s *subject) noteWrites(name figure, count int) error {
	time.Sleep(time.Second) // what follows the last that was waited for
	writes, err := s.audit.writes()
	if err != nil {
		return err
	}
	number := sum(withoutEvents(writes))
	if number == 0 {
		return fmt.Errorf("the audit log %s tells of no writes for %d Sessions", s.audit.path, count)
	}
	s.count(name, writes)
	s.add(name, float64(number)/float64(count))
	return nil
}

func (s *subject) sleep(ctx context.Context) error {
	if err := s.audit.skip(); err != nil {
		return err
	}
	count := s.people.up
	if err := s.people.sleep(ctx); err != nil {
		return fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	return s.noteWrites(sleepWrites, count)
}

func (s *subject) wake(ctx context.Context, count int, rate float64) error {
	if err := s.audit.skip(); err != nil {
		return err
	}
	if err := s.people.wake(ctx, count, rate); err != nil {
		return fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	return s.noteWrites(wakeWrites, count)
}

// expire makes Sessions with a lifetime, so that the operator's own clock ends them, one after the
// other as they were made, and counts from when all are READY.
func (s *subject) expire(ctx context.Context, count int, rate float64) error {
	interval := 100 * time.Millisecond
	if rate > 0 {
		interval = max(interval, time.Duration(float64(time.Second)/rate))
	}
	lifetime := 20*time.Second + time.Duration(count)*interval
	if _, err := s.people.createFor(ctx, count, rate, lifetime); err != nil {
		return fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	time.Sleep(time.Second) // what follows the last READY
	if err := s.audit.skip(); err != nil {
		return err
	}
	if early := len(s.people.those(expired)); early > 0 {
		return fmt.Errorf("%s: %d Sessions expired after %v, before all were READY: this machine is "+
			"too slow to tell the writes of an expiry from those of a start", s.name, early, lifetime)
	}
	if err := s.people.awaitEnds(ctx, count, lifetime); err != nil {
		return fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	return s.noteWrites(expiryWrites, count)
}
