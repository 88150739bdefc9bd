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
	if len(os.Args) < 2 || os.Args[1] != "crash" {
		fmt.Fprintln(os.Stderr, "usage: rig crash [--quick] [--lanes N] [--scenario NAME] "+
			"[--point SCENARIO/CALL/POSITION]")
		os.Exit(2)
	}
	flags := flag.NewFlagSet("crash", flag.ExitOnError)
	var plan crashPlan
	kubeconfig := flags.String("kubeconfig", "", "cluster with a fast binder")
	crds := flags.String("crds", "crds", "folder of the CRDs")
	logs := flags.String("logs", os.TempDir(), "folder for the stories of what went wrong")
	flags.BoolVar(&plan.quick, "quick", false, "of each scenario one position a call, in turn")
	flags.IntVar(&plan.lanes, "lanes", 6, "runs side by side")
	flags.StringVar(&plan.scenario, "scenario", "", "only this scenario")
	flags.StringVar(&plan.point, "point", "", "only this point: SCENARIO/CALL/POSITION")
	_ = flags.Parse(os.Args[2:]) // ends the process itself
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	violations, err := crash(ctx, plan, *kubeconfig, *crds, *logs)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || violations > 0 {
		stop()
		os.Exit(1)
	}
}

func crash(ctx context.Context, plan crashPlan, kubeconfig, crds, logs string) (int, error) {
	cluster, err := support.Open(kubeconfig)
	if err != nil {
		return 0, err
	}
	if err := cluster.ApplyDefinitions(ctx, crds); err != nil {
		return 0, err
	}
	plan.runner = &Runner{cluster: cluster, logs: logs}
	plan.logs = logs
	return plan.run(ctx)
}
