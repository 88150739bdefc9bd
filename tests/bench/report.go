package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of the report.
type row struct {
	figure figure
	title  string
	format string
	// Targets, of the value itself or of its ratio to the yardstick's; none when must is negative.
	must, aim float64
	isRatio   bool
	leastN    int  // the targets are for runs of at least this size
	mostN     int  // and, when set, at most this
	isExact   bool // no matter of the machine's speed: missing it is an error
}

var rows = []row{
	{figure: pacedWrites, title: "writes per cold start, at the rate", format: "%.2f", must: 4, aim: 4, isExact: true},
	{figure: burstWrites, title: "writes per cold start, in a burst", format: "%.2f", must: -1},
	{figure: p50, title: "create to READY at the rate, p50, ms", format: "%.1f", must: 0.9, aim: 0.6, isRatio: true},
	{figure: p90, title: "  p90, ms", format: "%.1f", must: -1},
	{figure: p99, title: "  p99, ms", format: "%.1f", must: 0.9, aim: 0.6, isRatio: true},
	{figure: pacedCPU, title: "CPU per session at the rate, ms", format: "%.2f", must: 0.5, aim: 0.25, isRatio: true},
	{figure: burstCPU, title: "CPU per session in a burst, ms", format: "%.2f", must: 0.5, aim: 0.25, isRatio: true},
	{figure: burstSpeed, title: "sessions READY per second in a burst", format: "%.1f", must: -1},
	{figure: rssStart, title: "RSS at start, MiB", format: "%.1f", must: 15, aim: 12},
	{figure: rssThousand, title: "RSS at 1,000, MiB", format: "%.1f", must: 20, aim: 16},
	{figure: rssAll, title: "RSS at {n}, MiB", format: "%.1f", must: 48, aim: 40, leastN: 10_000, mostN: 10_000},
	{figure: rssRestarted, title: "RSS after a restart at {n}, MiB", format: "%.1f", must: -1},
	{figure: rssPeak, title: "peak RSS of a restart at {n}, MiB", format: "%.1f", must: 56, aim: 40, leastN: 10_000, mostN: 10_000},
	{figure: idleRequests, title: "requests in 20 idle seconds at {n}", format: "%.0f", must: 0, aim: 0, isExact: true},
	{figure: idleCPU, title: "CPU in 20 idle seconds, ms", format: "%.0f", must: -1},
	{figure: restartSeconds, title: "restart at {n} until a new session is READY, s", format: "%.2f", must: 0.5, aim: 0.2, isRatio: true, leastN: 10_000},
	{figure: restartCPU, title: "CPU of that restart, s", format: "%.2f", must: 0.5, aim: 0.2, isRatio: true, leastN: 10_000},
	{figure: takeover, title: "takeover after a leader was killed, s", format: "%.1f", must: -1},
	{figure: sleepWrites, title: "writes per sleep, all at once", format: "%.2f", must: -1},
	{figure: wakeWrites, title: "writes per wake, at the rate", format: "%.2f", must: 3, aim: 3, isExact: true},
	{figure: expiryWrites, title: "writes per expiry, at the rate", format: "%.2f", must: 3, aim: 3, isExact: true},
	{figure: asleepRequests, title: "requests in {s} idle seconds, all asleep", format: "%.0f", must: 0, aim: 0, isExact: true},
	{figure: asleepCPU, title: "CPU in {s} idle seconds, all asleep, ms", format: "%.0f", must: -1},
	{figure: rssAsleep, title: "RSS once all are asleep, MiB", format: "%.1f", must: -1},
	{figure: rssReread, title: "RSS after a restart with all asleep, MiB", format: "%.1f", must: -1},
	{figure: rssMoreAsleep, title: "  once it has put {f} further ones to sleep, MiB", format: "%.1f", must: -1},
	{figure: sleeperOnceAwake, title: "    for each of these, KiB", format: "%.2f", must: -1},
	{figure: rssMoreReread, title: "  after another restart, MiB", format: "%.1f", must: -1},
	{figure: sleeper, title: "    for each of these, KiB", format: "%.2f", must: 3, aim: 3, leastN: thousand},
}

// kindsOf are the figures whose requests are told by kind.
var kindsOf = []struct {
	figure figure
	title  string
}{
	{pacedWrites, "writes of the rounds"},
	{idleRequests, "requests while idle"},
	{sleepWrites, "writes of the sleeps"},
	{wakeWrites, "writes of the wakes"},
	{expiryWrites, "writes of the expiries"},
	{asleepRequests, "requests while all sleep"},
}

// verdict of a measured value; empty when there is no target for it.
func (r row) verdict(value float64, n int) string {
	switch {
	case r.must < 0 || n < r.leastN || (r.mostN > 0 && n > r.mostN):
		return ""
	case value <= r.aim:
		return "aim"
	case value <= r.must:
		return "must"
	default:
		return "MISSED"
	}
}

type report struct {
	options options
	all     []*subject
	took    time.Duration
}

func newReport(o options, all []*subject, took time.Duration) report { return report{o, all, took} }

// yardstick is nil in a quick run.
func (r report) yardstick() *subject {
	last := r.all[len(r.all)-1]
	if last.name != yardstickName {
		return nil
	}
	return last
}

func (r report) ours() []*subject {
	if r.yardstick() == nil {
		return r.all
	}
	return r.all[:len(r.all)-1]
}

// judged is the value that the row's targets are for; false when it was not measured.
func (r report) judged(line row, one *subject) (float64, bool) {
	value, measured := one.value(line.figure)
	if !line.isRatio || !measured {
		return value, measured
	}
	if r.yardstick() == nil {
		return 0, false
	}
	other, measured := r.yardstick().value(line.figure)
	return value / other, measured && other > 0
}

// missedExact names the targets that were missed though the machine's speed has no part in them.
func (r report) missedExact() []string {
	var missed []string
	for _, line := range rows {
		for _, one := range r.ours() {
			value, measured := r.judged(line, one)
			if line.isExact && measured && line.verdict(value, r.options.n) == "MISSED" {
				missed = append(missed, fmt.Sprintf("%s: %g (%s)", r.title(line), value, one.name))
			}
		}
	}
	return missed
}

func (r report) title(line row) string {
	return strings.NewReplacer("{n}", fmt.Sprint(r.options.n),
		"{f}", fmt.Sprint(min(r.options.n, mostFurther)),
		"{s}", fmt.Sprint(r.options.asleepTime().Seconds())).Replace(line.title)
}

func (r report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n%s\nload average now: %s\n", r.options.about, machine(), loadAverage())
	fmt.Fprintf(out, "%d Sessions; at most %d in each of %d rounds at %g a second; medians of the "+
		"rounds and of %d restarts; %.0f s in all\n\n", r.options.n, roundSize, repetitions,
		r.options.rate, repetitions, r.took.Seconds())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	r.printHead(table)
	for _, line := range rows {
		r.printRow(table, line)
	}
	table.Flush()
	fmt.Fprintln(out, "\nTargets of times are for ours divided by the yardstick's, others for ours itself.")
	fmt.Fprintln(out, "Events are not among the writes of sleeps, wakes and expiries; below they are told.")
	for _, one := range r.all {
		for _, line := range kindsOf {
			if _, measured := one.value(line.figure); measured {
				fmt.Fprintf(out, "%s, %s: %s\n", one.name, line.title, counts(one.kinds[line.figure]))
			}
		}
	}
}

func (r report) printHead(table io.Writer) {
	fmt.Fprint(table, "figure\t")
	for _, one := range r.all {
		fmt.Fprintf(table, "%s\t", one.name)
	}
	if r.yardstick() != nil {
		for _, one := range r.ours() {
			fmt.Fprintf(table, "%s ÷ yardstick\t", one.name)
		}
	}
	fmt.Fprintln(table, "must\taim\tmet")
}

func (r report) printRow(table io.Writer, line row) {
	if _, measured := r.all[0].value(line.figure); !measured {
		return
	}
	fmt.Fprintf(table, "%s\t", r.title(line))
	for _, one := range r.all {
		value, measured := one.value(line.figure)
		cell(table, line.format, value, measured)
	}
	var verdicts []string
	for _, one := range r.ours() {
		if r.yardstick() != nil {
			ratio, measured := r.judged(row{figure: line.figure, isRatio: true}, one)
			cell(table, "%.2f", ratio, measured)
		}
		if value, measured := r.judged(line, one); measured {
			verdicts = append(verdicts, line.verdict(value, r.options.n))
		}
	}
	if line.must < 0 {
		fmt.Fprintln(table, "\t\t")
		return
	}
	fmt.Fprintf(table, "%g\t%g\t%s\n", line.must, line.aim, strings.Join(verdicts, ", "))
}

func cell(table io.Writer, format string, value float64, measured bool) {
	if measured {
		fmt.Fprintf(table, format, value)
	}
	fmt.Fprint(table, "\t")
}

func counts(byKind map[string]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		parts = append(parts, fmt.Sprintf("%d %s", byKind[kind], kind))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func machine() string {
	model, cores := "unknown processor", 0
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			cores++
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d × %s, Linux %s", cores, model, strings.TrimSpace(string(kernel)))
}

func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
