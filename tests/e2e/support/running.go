package support

import (
	"context"
	"sync"
	"time"
)

// running knows the operators of this test program.
var running operators

type operators struct {
	mu     sync.Mutex // guards what follows
	list   []*Operator
	killed time.Time // the last time
}

func (o *operators) add(operator *Operator) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, operator)
}

func (o *operators) kill() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.killed = time.Now()
}

// killedSince tells whether an operator was killed so shortly before, or any time after, that what
// it meant to tell at that moment may be lost.
func (o *operators) killedSince(moment time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.killed.After(moment.Add(-time.Second))
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
