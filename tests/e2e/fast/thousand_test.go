package fast

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

// A thousand Sessions that all end by time within one minute: most of them evenly, the last at once.
// This comes after the test that counts writes: what it leaves behind would be counted, too.
const (
	thousand = 1000
	evenly   = 800 // of them are due in the first fifty seconds, the others in the same later second
	// What the operator shall keep when a thousand are due within a minute.
	aim = 2 * time.Second
	// What fails the test: the machine may be busy with other things.
	latest = 10 * time.Second
	// Two hundred in one second are more than two processors can tell in two.
	latestOfABurst = 30 * time.Second
)

func TestThousandSessionsDueWithinAMinute_ExpireInTimeAndNeverEarly(t *testing.T) {
	space := support.NewSpace(t, cluster, logs)
	space.CreateTemplate("idler", template)
	createThousand(space)
	first := time.Now().Add(10 * time.Second) // most have been told their lifetime by then
	last := first.Add(58 * time.Second)
	for index := range thousand {
		due := last
		if index < evenly {
			due = first.Add(time.Duration(index) * 50 * time.Second / evenly)
		}
		expireAt(space, index, due)
	}
	waitExpired(space, last.Add(latestOfABurst))
	report(space, "one after the other", 0, evenly, latest)
	report(space, "in the same second", evenly, thousand, latestOfABurst)
	waitPods(t, space, 0)
	waitExpiryEvents(space)
}

// createThousand makes the Sessions and waits until all are READY.
func createThousand(space *support.Space) {
	space.T.Helper()
	for index := range thousand {
		space.CreateSession(name(index), "templateRef: {name: idler}")
	}
	awaitEach(space, 2*stepTime, "READY", func(session support.Session) bool {
		return session.Status.State == "READY"
	})
}

// awaitEach waits until every Session fits.
func awaitEach(space *support.Space, atMost time.Duration, what string, fits func(support.Session) bool) {
	space.T.Helper()
	fit := 0 // all before this one do; a thousand are not looked at again for each revision
	space.Until(atMost, "all to be "+what, func() bool {
		for fit < thousand && fits(read(space, fit)) {
			fit++
		}
		return fit == thousand
	})
}

// expireAt gives a Session a lifetime that ends at the second of the moment given.
func expireAt(space *support.Space, index int, due time.Time) {
	space.T.Helper()
	if time.Until(due) < time.Second {
		space.T.Fatalf("Session %d of %d would be told its lifetime when that is over; the machine is too busy",
			index, thousand)
	}
	lifetime := due.Unix() - read(space, index).CreationTimestamp.Unix()
	handle(space, index).Patch(fmt.Sprintf(`{"spec":{"ttl":{"maxLifetimeSeconds":%d}}}`, lifetime))
}

func waitExpired(space *support.Space, atLast time.Time) {
	space.T.Helper()
	awaitEach(space, time.Until(atLast), "expired", func(session support.Session) bool {
		return session.Status.Outcome == "Expired"
	})
}

// read returns the newest revision of a Session, the zero value before it was seen.
func read(space *support.Space, index int) support.Session {
	space.T.Helper()
	object, live := space.History.Live(support.Sessions, name(index))
	if !live {
		return support.Session{}
	}
	session, err := support.As[support.Session](object)
	if err != nil {
		space.T.Fatal(err)
	}
	return session
}

// deadline reckons when a Session is due from what the user asked, not from what the operator says.
func deadline(session support.Session) time.Time {
	lifetime := time.Duration(session.Spec.TTL.MaxLifetimeSeconds) * time.Second
	return session.CreationTimestamp.Add(lifetime)
}

// lateness is the time from the deadline of a Session until the watch brought that it is Expired. By
// then a write before the deadline may look as if it were in time, so the clocks of the operator and
// of the API server are asked: in their whole seconds, what is early lies before the deadline.
func lateness(space *support.Space, index int) time.Duration {
	space.T.Helper()
	for _, revision := range space.History.Of(support.Sessions, name(index)) {
		session, err := support.As[support.Session](revision.Object)
		if err != nil {
			space.T.Fatal(err)
		}
		if session.Status.Outcome != "Expired" {
			continue
		}
		due := deadline(session)
		if session.Status.ExpiresAt == nil || !session.Status.ExpiresAt.Time.Equal(due) {
			space.T.Errorf("Session %s says that it expires at %v, and it was to at %v", session.Name,
				session.Status.ExpiresAt, due)
		}
		if finish := session.Status.FinishTime; finish == nil || finish.Time.Before(due) {
			space.T.Errorf("Session %s was due at %v and ended at %v", session.Name, due, finish)
		}
		for _, entry := range session.ManagedFields {
			if entry.Manager == support.OperatorManager && entry.Time.Before(&metav1.Time{Time: due}) {
				space.T.Errorf("Session %s was due at %v, and the API server took the news at %v",
					session.Name, due, entry.Time)
			}
		}
		return revision.Seen.Sub(due)
	}
	space.T.Fatalf("Session %s never expired", name(index))
	return 0
}

// report prints how late those of the Sessions were, and fails when one was later than the bound.
func report(space *support.Space, due string, from, to int, bound time.Duration) {
	space.T.Helper()
	var late []time.Duration
	inTime := 0
	for index := from; index < to; index++ {
		by := lateness(space, index)
		late = append(late, by)
		if by <= aim {
			inTime++
		}
	}
	slices.Sort(late)
	share := func(percent int) float64 { return late[(len(late)-1)*percent/100].Seconds() }
	space.T.Logf("%d Sessions due %s expired late by p50 %.2f s, p99 %.2f s, at most %.2f s; "+
		"%d of them by at most %v", len(late), due, share(50), share(99), share(100), inTime, aim)
	if last := late[len(late)-1]; last > bound {
		space.T.Errorf("a Session expired %v after it was due, at most %v are borne", last, bound)
	}
}

// waitExpiryEvents waits for the one Event that each expiry makes.
func waitExpiryEvents(space *support.Space) {
	space.T.Helper()
	space.Until(stepTime, fmt.Sprintf("%d Events", thousand), func() bool {
		return space.History.Count(support.Events) >= thousand
	})
	told := 0
	for _, event := range space.SessionEvents() {
		if strings.HasPrefix(event, "Expired: ") {
			told++
		}
	}
	if told != thousand {
		space.T.Errorf("%d expiries made %d Events", thousand, told)
	}
}
