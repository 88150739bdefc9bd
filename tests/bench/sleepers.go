package main

import (
	"context"
	"fmt"
)

// mostFurther Sessions at most are put to sleep beside the others, to see what one more takes.
const mostFurther = 2000

// sleepers measures the memory of sleeping Sessions. What a program takes whatever it reads, and
// takes at its first Session, is the same for two populations and not in their difference.
func (r *run) sleepers(ctx context.Context) error {
	err := r.inTurn(r.ours, "has all asleep", func(one *subject) error {
		return one.noteMemory(rssAsleep, "VmRSS")
	})
	if err != nil {
		return err
	}
	if err := r.reread(rssReread); err != nil {
		return err
	}
	further := min(r.options.n, mostFurther)
	what := fmt.Sprintf("puts %d further Sessions to sleep", further)
	err = r.inTurn(r.ours, what, func(one *subject) error { return one.sleepMore(ctx, further) })
	if err != nil {
		return err
	}
	if err := r.reread(rssMoreReread); err != nil {
		return err
	}
	for _, one := range r.ours {
		one.noteSleeper(sleeperOnceAwake, rssMoreAsleep, further)
		one.noteSleeper(sleeper, rssMoreReread, further)
	}
	return nil
}

// reread is the memory of a program that has nothing but read what there is: one that has also
// brought it about keeps some of what that took.
func (r *run) reread(name figure) error {
	for range repetitions {
		err := r.inTurn(r.ours, "restarts with all asleep", func(one *subject) error {
			if err := one.restartAlone(); err != nil {
				return err
			}
			return one.noteMemory(name, "VmRSS")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sleepMore has further Sessions made READY and put to sleep by a program that has not done so
// before.
func (s *subject) sleepMore(ctx context.Context, further int) error {
	if _, err := s.people.create(ctx, further, 0); err != nil {
		return fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	if err := s.people.sleep(ctx); err != nil {
		return fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	if _, err := s.process.settledCPU(); err != nil {
		return err
	}
	return s.noteMemory(rssMoreAsleep, "VmRSS")
}

// restartAlone starts the program anew as the only one.
func (s *subject) restartAlone() error {
	s.process.kill()
	if err := s.startAndSettle(); err != nil {
		return err
	}
	_, err := s.process.settledCPU()
	return err
}

// noteSleeper is what each of the `further` Sessions has added.
func (s *subject) noteSleeper(name, with figure, further int) {
	const kibPerMiB = 1024
	before, _ := s.value(rssReread)
	after, _ := s.value(with)
	s.add(name, (after-before)*kibPerMiB/float64(further))
}
