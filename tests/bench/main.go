// Command bench measures the operator beside a plain controller-runtime controller; ./dev/bench
// builds and starts what it needs and runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	n          int
	rate       float64
	quick      bool
	transports []string
	operator   string
	yardstick  string
	clusters   string
	logs       string
	about      string
}

const yardstickName = "yardstick"

func parseOptions() (options, error) {
	var o options
	var transport string
	flag.IntVar(&o.n, "n", 0, "Sessions; unset: 1000, or 100 with --quick")
	flag.Float64Var(&o.rate, "rate", 10, "Sessions a second in the measured rounds; 0: a burst")
	flag.BoolVar(&o.quick, "quick", false, "one round of all Sessions, without the yardstick")
	flag.StringVar(&transport, "transport", "", "beast, cpprest or both; unset: the operator's default")
	flag.StringVar(&o.operator, "operator", "", "path of the operator's release build")
	flag.StringVar(&o.yardstick, "yardstick", "", "path of the yardstick")
	flag.StringVar(&o.clusters, "clusters", "", "directory of the clusters, PREFIX of their names appended")
	flag.StringVar(&o.logs, "logs", os.TempDir(), "directory of the programs' logs")
	flag.StringVar(&o.about, "about", "", "commit and command, for the head of the report")
	flag.Parse()
	switch transport {
	case "":
		o.transports = []string{"ours"}
	case "both":
		o.transports = []string{"beast", "cpprest"}
	default:
		o.transports = []string{transport}
	}
	if o.n == 0 {
		o.n = 1000
		if o.quick {
			o.n = 100
		}
	}
	if o.n < 3 || o.n > 100_000 || o.rate < 0 || flag.NArg() > 0 {
		return o, fmt.Errorf("--n is 3 to 100000, --rate is 0 or more, and there are no other arguments")
	}
	return o, nil
}

// sample is how many Sessions are woken, and how many expire: their writes are the same for each.
func (o options) sample() int {
	if o.quick {
		return min(o.n, roundSize/4)
	}
	return min(o.n, roundSize)
}

// asleepTime is how long nothing is done with all asleep.
func (o options) asleepTime() time.Duration {
	if o.quick {
		return readyTime
	}
	return time.Minute
}

// subjects makes the measured programs, each with its cluster.
func (o options) subjects(ctx context.Context) ([]*subject, error) {
	var all []*subject
	for _, name := range o.transports {
		flags := []string{"--listen-address", "127.0.0.1:0"}
		if name != "ours" {
			flags = append(flags, "--transport", name)
		}
		one, err := newSubject(ctx, name, o.operator, "sojourn-operator", o.clusters+name, o.logs, flags...)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if o.quick {
		return all, nil
	}
	one, err := newSubject(ctx, yardstickName, o.yardstick, filepath.Base(o.yardstick),
		o.clusters+yardstickName, o.logs)
	return append(all, one), err
}

func bench() error {
	o, err := parseOptions()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	all, err := o.subjects(ctx)
	if err != nil {
		return err
	}
	defer func() {
		for _, one := range all {
			one.stop()
		}
	}()
	begin := time.Now()
	running := run{options: o, all: all, ours: all[:len(o.transports)]}
	if err := running.measure(ctx); err != nil {
		return err
	}
	report := newReport(o, all, time.Since(begin))
	report.print(os.Stdout)
	if missed := report.missedExact(); len(missed) > 0 {
		return fmt.Errorf("missed, and no matter of the machine: %s", strings.Join(missed, ", "))
	}
	return nil
}

func main() {
	if err := bench(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
