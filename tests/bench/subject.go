package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"sojourn.dev/e2e/support"
)

// figure names one thing that is measured; the values of a figure are those of its repetitions.
type figure string

const (
	rssStart       figure = "start"
	rssThousand    figure = "thousand"
	rssAll         figure = "all"
	rssRestarted   figure = "restarted"
	rssPeak        figure = "peak"
	p50            figure = "p50"
	p90            figure = "p90"
	p99            figure = "p99"
	pacedCPU       figure = "paced CPU"
	pacedWrites    figure = "paced writes"
	burstCPU       figure = "burst CPU"
	burstWrites    figure = "burst writes"
	burstSpeed     figure = "burst speed"
	idleRequests   figure = "idle requests"
	idleCPU        figure = "idle CPU"
	restartSeconds figure = "restart seconds"
	restartCPU     figure = "restart CPU"
	takeover       figure = "takeover"

	sleepWrites    figure = "sleep writes"
	wakeWrites     figure = "wake writes"
	expiryWrites   figure = "expiry writes"
	asleepRequests figure = "asleep requests"
	asleepCPU      figure = "asleep CPU"

	rssAsleep        figure = "all asleep"
	rssReread        figure = "all asleep, restarted"
	rssMoreAsleep    figure = "more asleep"
	rssMoreReread    figure = "more asleep, restarted"
	sleeperOnceAwake figure = "one asleep"
	sleeper          figure = "one asleep, restarted"
)

// subject is a program that is measured, with a cluster of its own, so that none sees what another
// has made. For use by one goroutine at a time.
type subject struct {
	name   string
	binary string
	flags  []string // besides those about the Lease
	log    string

	people  *population
	audit   auditLog
	process *process

	figures map[figure][]float64
	kinds   map[figure]map[string]int // the requests that a figure counts, by kind
}

func newSubject(ctx context.Context, name, binary, agent, clusterDir, logs string,
	flags ...string) (*subject, error) {
	kubeconfig := filepath.Join(clusterDir, "kubeconfig")
	cluster, err := support.Open(kubeconfig)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, cluster, "../../crds"); err != nil {
		return nil, fmt.Errorf("cluster of %s: %w", name, err)
	}
	people, err := populate(ctx, cluster)
	if err != nil {
		return nil, err
	}
	return &subject{name: name, binary: binary, people: people,
		flags:   append([]string{"--kubeconfig", kubeconfig}, flags...),
		log:     filepath.Join(logs, "bench-"+name+".log"),
		audit:   auditLog{path: filepath.Join(clusterDir, "logs", "audit.log"), agent: agent + "/"},
		figures: map[figure][]float64{}, kinds: map[figure]map[string]int{}}, nil
}

func (s *subject) add(name figure, value float64) { s.figures[name] = append(s.figures[name], value) }

// count adds to the requests of a figure.
func (s *subject) count(name figure, byKind map[string]int) {
	if s.kinds[name] == nil {
		s.kinds[name] = map[string]int{}
	}
	for kind, number := range byKind {
		s.kinds[name][kind] += number
	}
}

// value is the median of a figure's repetitions; false when it was not measured.
func (s *subject) value(name figure) (float64, bool) {
	values := slices.Sorted(slices.Values(s.figures[name]))
	if len(values) == 0 {
		return 0, false
	}
	return values[len(values)/2], true
}

func (s *subject) start() (err error) {
	s.process, err = startProcess(s.log, s.binary, append(s.flags, "--leader-elect=false")...)
	return err
}

func (s *subject) stop() {
	if s.process != nil {
		s.process.terminate()
	}
}

func (s *subject) noteMemory(name figure, line string) error {
	mib, err := s.process.memory(line)
	s.add(name, mib)
	return err
}

// begin starts the program on an empty cluster.
func (s *subject) begin() error {
	if err := s.startAndSettle(); err != nil {
		return err
	}
	if err := s.noteMemory(rssStart, "VmRSS"); err != nil {
		return err
	}
	return s.audit.skip()
}

func (s *subject) startAndSettle() error {
	if err := s.start(); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // its caches are filled and the template is accepted
	if err := s.process.check(); err != nil {
		return fmt.Errorf("%w; see %s", err, s.log)
	}
	return nil
}

// batch makes `count` more Sessions READY; it returns how long each took, what the program used of
// the processor for one, and what it wrote.
func (s *subject) batch(ctx context.Context, count int, rate float64) (took []time.Duration,
	cpu float64, writes map[string]int, err error) {
	before, err := s.process.cpu()
	if err != nil {
		return nil, 0, nil, err
	}
	if took, err = s.people.create(ctx, count, rate); err != nil {
		return nil, 0, nil, fmt.Errorf("%s: %w; see %s", s.name, err, s.log)
	}
	time.Sleep(time.Second) // what follows the last READY
	after, err := s.process.cpu()
	if err != nil {
		return nil, 0, nil, err
	}
	writes, err = s.audit.writes()
	return took, milliseconds(after-before) / float64(count), writes, err
}

// paced is one round at the asked rate.
func (s *subject) paced(ctx context.Context, count int, rate float64) error {
	took, cpu, writes, err := s.batch(ctx, count, rate)
	if err != nil {
		return err
	}
	slices.Sort(took)
	s.add(p50, milliseconds(percentile(took, 0.50)))
	s.add(p90, milliseconds(percentile(took, 0.90)))
	s.add(p99, milliseconds(percentile(took, 0.99)))
	s.add(pacedCPU, cpu)
	s.count(pacedWrites, writes)
	s.add(pacedWrites, float64(sum(writes))/float64(count))
	return nil
}

// fill makes as many Sessions as are missing to `total`, as fast as all involved can.
func (s *subject) fill(ctx context.Context, total int) error {
	count := total - s.people.count
	if count <= 0 {
		return nil
	}
	begin := time.Now()
	_, cpu, writes, err := s.batch(ctx, count, 0)
	if err != nil {
		return err
	}
	s.figures[burstCPU] = []float64{cpu}
	s.figures[burstWrites] = []float64{float64(sum(writes)) / float64(count)}
	s.figures[burstSpeed] = []float64{float64(count) / (time.Since(begin).Seconds() - 1)}
	return nil
}

// noteIdle counts what the program asked of the API server since `begin`, watches and its Lease
// excepted, and what it used of the processor since it had used `cpu`.
func (s *subject) noteIdle(asked, used figure, begin time.Time, cpu time.Duration) error {
	after, err := s.process.cpu()
	if err != nil {
		return err
	}
	requests, err := s.audit.next()
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, request := range requests {
		if request.Received.Before(begin) || request.Verb == "watch" ||
			request.ObjectRef.Resource == "leases" {
			continue
		}
		count[request.kind()]++
	}
	s.count(asked, count)
	s.add(asked, float64(sum(count)))
	s.add(used, milliseconds(after-cpu))
	return nil
}

// restart kills the program and starts it again, with a new Session waiting for it.
func (s *subject) restart(ctx context.Context) error {
	s.process.kill()
	begin := time.Now()
	if err := s.start(); err != nil {
		return err
	}
	if _, err := s.people.create(ctx, 1, 0); err != nil {
		return fmt.Errorf("%s after a restart: %w; see %s", s.name, err, s.log)
	}
	s.add(restartSeconds, time.Since(begin).Seconds())
	cpu, err := s.process.settledCPU()
	if err != nil {
		return err
	}
	s.add(restartCPU, cpu.Seconds())
	if err := s.noteMemory(rssPeak, "VmHWM"); err != nil {
		return err
	}
	return s.noteMemory(rssRestarted, "VmRSS")
}

// takeOver kills a leader and waits until its follower has made a new Session READY.
func (s *subject) takeOver(ctx context.Context) error {
	s.process.terminate()
	elected := append(slices.Clone(s.flags), "--leader-elect=true", "--lease-namespace", namespace)
	leader, err := startProcess(s.log, s.binary, elected...)
	if err != nil {
		return err
	}
	defer leader.kill()
	if _, err := s.people.create(ctx, 1, 0); err != nil {
		return err
	}
	if s.process, err = startProcess(s.log, s.binary, elected...); err != nil {
		return err
	}
	if _, err := s.process.settledCPU(); err != nil { // its caches are filled
		return err
	}
	begin := time.Now()
	leader.kill()
	if _, err := s.people.create(ctx, 1, 0); err != nil {
		return fmt.Errorf("%s after a takeover: %w; see %s", s.name, err, s.log)
	}
	s.add(takeover, time.Since(begin).Seconds())
	return nil
}

func milliseconds(duration time.Duration) float64 { return duration.Seconds() * 1000 }

// percentile of sorted values, by the nearest rank.
func percentile(sorted []time.Duration, part float64) time.Duration {
	rank := int(math.Ceil(part*float64(len(sorted)))) - 1
	return sorted[max(rank, 0)]
}
