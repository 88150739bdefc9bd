package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

const (
	stoppedFor     = 60 * time.Second
	takenWithin    = 17 * time.Second // after a crash: the Lease of 15 s runs out first
	handedWithin   = 2 * time.Second  // after SIGTERM
	noticesItsLoss = 15 * time.Second // a leader that comes to itself again ends
)

// candidate is one operator that may lead, and the proxy it goes through.
type candidate struct {
	proxy    *Proxy
	operator *support.Operator
}

// works counts its writes other than those to the Lease.
func (c *candidate) works() int {
	count := 0
	for _, call := range c.proxy.Calls() {
		if !strings.Contains(call.Kind, "leases") {
			count++
		}
	}
	return count
}

// pair is two candidates in one namespace with a Session; the first of them leads.
type pair struct {
	*World
	first, second *candidate
	logs          string
}

func (p *pair) candidate() *candidate {
	proxy, err := ProxyTo(p.cluster, p.namespace, Fault{}, func() {})
	p.must(err, "start a proxy")
	kubeconfig, err := os.CreateTemp(p.logs, "kubeconfig-")
	p.must(err, "make a kubeconfig")
	p.must(errors.Join(kubeconfig.Close(), proxy.WriteKubeconfig(kubeconfig.Name())), "a kubeconfig")
	proxy.NextRun()
	operator, err := support.LaunchOperator(kubeconfig.Name(), p.logs, "--leader-elect=true",
		"--lease-namespace", p.namespace)
	p.must(err, "start an operator")
	return &candidate{proxy, operator}
}

// holder is who holds the Lease, "" when nobody does.
func (p *pair) holder() string {
	lease, err := p.cluster.Core.CoordinationV1().Leases(p.namespace).
		Get(p.ctx, "sojourn-operator", metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// taken waits until somebody other than before holds the Lease.
func (p *pair) taken(before string) {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if holder := p.holder(); holder != "" && holder != before {
			return
		}
		if time.Since(began) > patience {
			p.must(context.DeadlineExceeded, "waited for another to take the Lease")
		}
	}
}

// leaderTests are what is done to the leader. Each says what it measured.
var leaderTests = []struct {
	name string
	run  func(*pair) string
}{
	{"stopped 60 s and continued", func(p *pair) string {
		before := p.holder()
		began := time.Now()
		p.must(p.first.operator.Signal(syscall.SIGSTOP), "SIGSTOP")
		p.Spec(`{"desiredState":"Stopped"}`)
		p.taken(before)
		took := time.Since(began)
		p.Passes("IDLE")
		p.Gone(support.Pods, p.Child())
		p.Spec(`{"desiredState":"Running"}`)
		p.Passes("READY")
		p.must(pause(p.ctx, stoppedFor-time.Since(began)), "wait")
		// What it had not read yet says that a pod is gone, and that another is there.
		written := p.first.works()
		p.must(p.first.operator.Signal(syscall.SIGCONT), "SIGCONT")
		select {
		case <-p.first.operator.Ended():
		case <-time.After(noticesItsLoss):
			p.must(errors.New("it goes on"), "the leader that was stopped")
		}
		if now := p.first.works(); now != written {
			calls := p.first.proxy.Calls()
			p.must(fmt.Errorf("%d writes, the last %s", now-written, calls[len(calls)-1].Label()),
				"the leader that was stopped wrote")
		}
		return fmt.Sprintf("0 writes of the old leader; taken over after %.1f s", took.Seconds())
	}},
	{"killed", func(p *pair) string {
		before := p.holder()
		began := time.Now()
		p.first.operator.Kill()
		p.Spec(`{"desiredState":"Stopped"}`)
		p.taken(before)
		took := time.Since(began)
		p.Passes("IDLE")
		return within(p, "taken over", took, takenWithin)
	}},
	{"drained", func(p *pair) string {
		before := p.holder()
		began := time.Now()
		p.must(p.first.operator.Signal(syscall.SIGTERM), "SIGTERM")
		p.taken(before)
		took := time.Since(began)
		p.Spec(`{"desiredState":"Stopped"}`)
		p.Passes("IDLE")
		return within(p, "taken over", took, handedWithin)
	}},
}

func within(p *pair, what string, took, atMost time.Duration) string {
	if took > atMost {
		p.must(fmt.Errorf("%.1f s, want at most %v", took.Seconds(), atMost), "%s after", what)
	}
	return fmt.Sprintf("%s after %.1f s", what, took.Seconds())
}

// leaders does to a leader what may happen to one, `times` each, and returns how often that went
// wrong.
func leaders(ctx context.Context, runner *Runner, times int) int {
	var mu sync.Mutex // keeps lines whole
	var running sync.WaitGroup
	failed := 0
	for _, test := range leaderTests {
		running.Go(func() {
			for range times {
				measured, err := runner.lead(ctx, test.run)
				mu.Lock()
				if err != nil {
					failed++
					measured = "FAILED: " + err.Error()
				}
				fmt.Printf("leader %-27s %s\n", test.name+":", measured)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return failed
}

func (r *Runner) lead(ctx context.Context, test func(*pair) string) (measured string, err error) {
	namespace, err := r.cluster.Core.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "rig-leaders-",
			Labels: map[string]string{support.RestrictedPods: "restricted"}},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, r.cluster.Core.CoreV1().Namespaces().Delete(context.WithoutCancel(ctx),
			namespace.Name, metav1.DeleteOptions{}))
	}()
	observer, err := r.cluster.Observe(ctx, namespace.Name)
	if err != nil {
		return "", err
	}
	defer observer.Stop()
	logs, err := os.MkdirTemp(r.logs, "leaders-")
	if err != nil {
		return "", err
	}
	p := &pair{World: &World{ctx: ctx, cluster: r.cluster, namespace: namespace.Name,
		history: observer.History}, logs: logs}
	measured, err = p.play(test)
	faults := support.Violations(observer.History.All(), support.Allowances{})
	for _, c := range []*candidate{p.first, p.second} {
		if c != nil {
			c.operator.Kill()
			faults = append(faults, support.WriteViolations(WritesOf(c.proxy.Calls()),
				observer.History)...)
			c.proxy.Close()
		}
	}
	if len(faults) > 0 {
		err = errors.Join(err, errors.New(strings.Join(faults, "; ")))
	}
	if err != nil {
		story := filepath.Join(logs, "story.txt")
		return "", errors.Join(err, os.WriteFile(story,
			[]byte(observer.History.String()+support.LogsAbout(logs, "")), 0o644),
			fmt.Errorf("the story: %s", story))
	}
	return measured, os.RemoveAll(logs)
}

func (p *pair) play(test func(*pair) string) (measured string, err error) {
	return measured, play(Scenario{"leaders", func(*World) {
		p.first = p.candidate()
		p.taken("")
		p.second = p.candidate()
		coldStart(p.World, bound)
		p.must(p.second.operator.Ready(p.ctx), "the second operator")
		measured = test(p)
		if writes := p.second.works(); writes == 0 {
			p.must(errors.New("it wrote nothing"), "the second operator")
		}
	}}, p.World)
}
