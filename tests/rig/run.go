package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

const (
	// So long after its last write an operator counts as quiet, and so long it then has to stay so.
	calm = 1500 * time.Millisecond
	// So long after the last step the end state may take to be that of the reference (I10).
	convergence = 30 * time.Second
)

// Outcome is what one run of a scenario showed.
type Outcome struct {
	Calls  []Call
	End    string // see EndState
	Fired  bool   // the fault happened
	Faults []string
	Story  string // the history and the operators' words, for a person
	Took   time.Duration
}

// Runner runs scenarios, each in a namespace and with operators of its own. Safe for use by several
// goroutines.
type Runner struct {
	cluster *support.Cluster
	logs    string // folder of the operators' logs
}

// Run runs a scenario with one fault, or with none. Without a wanted end state it only waits until
// the operator is quiet.
func (r *Runner) Run(ctx context.Context, scenario Scenario, fault Fault, wanted string) Outcome {
	began := time.Now()
	outcome, err := r.run(ctx, scenario, fault, wanted)
	if err != nil {
		outcome.Faults = append([]string{err.Error()}, outcome.Faults...)
	}
	outcome.Took = time.Since(began)
	return outcome
}

func (r *Runner) run(ctx context.Context, scenario Scenario, fault Fault, wanted string) (
	outcome Outcome, err error) {
	namespace, err := r.cluster.Core.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "rig-" + scenario.Name + "-",
			Labels: map[string]string{support.RestrictedPods: "restricted"}},
	}, metav1.CreateOptions{})
	if err != nil {
		return outcome, err
	}
	defer func() {
		end := r.cluster.Core.CoreV1().Namespaces().Delete(context.WithoutCancel(ctx), namespace.Name,
			metav1.DeleteOptions{})
		err = errors.Join(err, end)
	}()
	observer, err := r.cluster.Observe(ctx, namespace.Name)
	if err != nil {
		return outcome, err
	}
	defer observer.Stop()
	logs, err := os.MkdirTemp(r.logs, scenario.Name+"-")
	if err != nil {
		return outcome, err
	}
	lane, err := newLane(r.cluster, namespace.Name, logs, fault)
	if err != nil {
		return outcome, err
	}
	world := &World{ctx: ctx, cluster: r.cluster, namespace: namespace.Name, history: observer.History}
	err = play(scenario, world)
	if err == nil {
		err = settle(ctx, lane, world, wanted)
	}
	err = errors.Join(err, lane.stop())

	outcome.Calls = lane.proxy.Calls()
	outcome.Fired = lane.proxy.Fired()
	outcome.End = EndState(observer.History, namespace.Name)
	outcome.Faults = support.Violations(observer.History.All(), support.Allowances{})
	outcome.Faults = append(outcome.Faults, support.WriteViolations(WritesOf(outcome.Calls), observer.History)...)
	outcome.Story = observer.History.String() + lane.words()
	return outcome, errors.Join(err, observer.History.Gap(), os.RemoveAll(logs))
}

// play carries out the steps.
func play(scenario Scenario, world *World) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			failed, ours := reason.(failure)
			if !ours {
				panic(reason)
			}
			err = failed.error
		}
	}()
	scenario.Run(world)
	return nil
}

// settle waits until the end state is the wanted one and the operator has been quiet; after that it
// must not write any more, nor the end state change (I10).
func settle(ctx context.Context, lane *lane, world *World, wanted string) error {
	deadline := time.Now().Add(convergence)
	for {
		before := len(lane.proxy.Calls())
		if err := pause(ctx, calm); err != nil {
			return err
		}
		end := EndState(world.history, world.namespace)
		if len(lane.proxy.Calls()) == before && (wanted == "" || end == wanted) {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("I10: after %v the end state is not that of the reference:\n%s",
				convergence, Difference(wanted, end))
		}
	}
	before, end := lane.proxy.Calls(), EndState(world.history, world.namespace)
	if err := pause(ctx, calm); err != nil {
		return err
	}
	if after := lane.proxy.Calls(); len(after) != len(before) {
		return fmt.Errorf("I10: at rest the operator wrote %s", after[len(before)].Label())
	}
	if after := EndState(world.history, world.namespace); after != end {
		return fmt.Errorf("I10: at rest the end state changed:\n%s", Difference(end, after))
	}
	return nil
}

func pause(ctx context.Context, long time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(long):
		return nil
	}
}

// lane is one operator after another behind one proxy: a killed one is replaced at once.
type lane struct {
	proxy      *Proxy
	kubeconfig string
	logs       string

	mu       sync.Mutex // guards what follows
	operator *support.Operator
	stopping bool
	killed   bool // by the fault
	trouble  error

	running sync.WaitGroup
}

func newLane(cluster *support.Cluster, namespace, logs string, fault Fault) (*lane, error) {
	l := &lane{logs: logs, kubeconfig: filepath.Join(logs, "kubeconfig")}
	var err error
	if l.proxy, err = ProxyTo(cluster, namespace, fault, l.kill); err != nil {
		return nil, err
	}
	if err := l.proxy.WriteKubeconfig(l.kubeconfig); err != nil {
		return nil, err
	}
	l.running.Go(l.keepRunning)
	return l, nil
}

func (l *lane) keepRunning() {
	for {
		l.mu.Lock()
		if l.stopping {
			l.mu.Unlock()
			return
		}
		l.proxy.NextRun()
		operator, err := support.LaunchOperator(l.kubeconfig, l.logs, "--leader-elect=false",
			"--revision-retention-seconds=1")
		l.operator, l.killed = operator, false
		l.mu.Unlock()
		if err != nil {
			l.fail(err)
			return
		}
		<-operator.Ended()
		l.mu.Lock()
		expected := l.killed || l.stopping
		l.mu.Unlock()
		if !expected {
			l.fail(errors.New("the operator ended by itself"))
			return
		}
	}
}

func (l *lane) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = errors.Join(l.trouble, err)
}

// kill ends the operator as kill -9 does.
func (l *lane) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = true
	if l.operator != nil {
		l.operator.Kill()
	}
}

func (l *lane) stop() error {
	l.mu.Lock()
	l.stopping = true
	if l.operator != nil {
		l.operator.Kill()
	}
	l.mu.Unlock()
	l.running.Wait()
	l.proxy.Close()
	return l.trouble
}

// words is what the operators said, and what they wrote.
func (l *lane) words() string {
	var text strings.Builder
	for _, call := range l.proxy.Calls() {
		mark := ""
		if call.Faulty {
			mark = "  <- the fault"
		}
		fmt.Fprintf(&text, "operator %d: %s %s: %d%s\n", call.Run, call.Label(), call.Name, call.Code,
			mark)
	}
	return text.String() + support.LogsAbout(l.logs, "")
}
