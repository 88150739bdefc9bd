package support

import (
	"context"
	"slices"
	"sync"
	"time"
)

// running knows the operators of this test program.
var running operators

type operators struct {
	mu     sync.Mutex // guards what follows
	list   []*Operator
	killed []time.Time
}

func (o *operators) add(operator *Operator) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, operator)
}

func (o *operators) kill() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.killed = append(o.killed, time.Now())
}

// killedAbout tells whether an operator was killed so close to a moment that what it meant to tell
// then may be lost.
func (o *operators) killedAbout(moment time.Time) bool {
	const near = 2 * time.Second
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.killed,
		func(kill time.Time) bool { return kill.Sub(moment).Abs() < near })
}

// all returns those that have not ended.
func (o *operators) all() []*Operator {
	o.mu.Lock()
	defer o.mu.Unlock()
	var alive []*Operator
	for _, operator := range o.list {
		select {
		case <-operator.ended:
		default:
			alive = append(alive, operator)
		}
	}
	o.list = alive
	return alive
}

// counts tells whether a metric of an operator counts the failure. Where none has run since before
// it, no metric can.
func (o *operators) counts(failing Failing) bool {
	asked := false
	for _, operator := range o.all() {
		if operator.began.After(failing.Seen) {
			continue
		}
		count, err := operator.Metric(context.Background(), "sojourn_session_transitions_total",
			`to="ERROR"`, `reason="`+failing.Reason+`"`)
		if err == nil && count > 0 {
			return true
		}
		asked = asked || err == nil
	}
	return !asked
}
