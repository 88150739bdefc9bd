// Command rig breaks the operator between any two of its writes and looks whether it comes to the
// same end. See docs/reliability.md; ./dev/rig starts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"sojourn.dev/e2e/support"
)

func main() {
	if len(os.Args) < 2 || (os.Args[1] != "crash" && os.Args[1] != "leaders") {
		fmt.Fprintln(os.Stderr, "usage: rig crash [--quick] [--lanes N] [--scenario NAME] "+
			"[--point SCENARIO/CALL/POSITION]\n       rig leaders [--times N]")
		os.Exit(2)
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	var plan crashPlan
	kubeconfig := flags.String("kubeconfig", "", "cluster with a fast binder")
	crds := flags.String("crds", "crds", "folder of the CRDs")
	logs := flags.String("logs", os.TempDir(), "folder for the stories of what went wrong")
	flags.BoolVar(&plan.quick, "quick", false, "every call in one position only")
	flags.IntVar(&plan.lanes, "lanes", 6, "runs side by side")
	flags.StringVar(&plan.scenario, "scenario", "", "only this scenario")
	flags.StringVar(&plan.point, "point", "", "only this point: SCENARIO/CALL/POSITION")
	times := flags.Int("times", 1, "how often a leader is stopped, killed and drained")
	_ = flags.Parse(os.Args[2:]) // ends the process itself
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var violations int
	runner, err := newRunner(ctx, *kubeconfig, *crds, *logs)
	switch {
	case err != nil:
	case os.Args[1] == "leaders":
		violations = leaders(ctx, runner, *times)
	default:
		plan.runner = runner
		violations, err = plan.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || violations > 0 {
		stop()
		os.Exit(1)
	}
}

func newRunner(ctx context.Context, kubeconfig, crds, logs string) (*Runner, error) {
	cluster, err := support.Open(kubeconfig)
	if err != nil {
		return nil, err
	}
	return &Runner{cluster: cluster, logs: logs}, cluster.ApplyDefinitions(ctx, crds)
}
