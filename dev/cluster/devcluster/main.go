// Command devcluster runs a one-node Kubernetes on this machine as plain processes, without Docker.
//
// A cluster lives in one directory and in namespaces of its own (processes, mounts, network): what
// runs in it cannot outlive it, two clusters cannot meet, and `down` has little left to remove.
// node.go is the process that holds those namespaces, components.go says what runs in them, up.go
// and down.go are the commands. Needs root, and the Linux tools iproute2, nftables and util-linux;
// mode `real` also needs containerd, runc and the CNI plug-ins. Other packages than the standard
// library are not used, so that it builds in seconds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

const usage = `usage: devcluster COMMAND [flags]

  up          start a cluster, or what is missing of it, and wait until it can be used
  down        stop a cluster and remove every trace of it
  status      what runs in a cluster
  kubeconfig  print the path of a cluster's kubeconfig
  stop        stop one program of a cluster:      devcluster stop  --name N kube-apiserver
  start       start it again, and wait for it:    devcluster start --name N kube-apiserver
  list        the names of the clusters on this machine
  image       write a container image as an archive that 'up --image' takes

devcluster COMMAND --help tells the flags.
`

var commands = map[string]func(args []string) error{
	"up":         upCommand,
	"down":       downCommand,
	"status":     statusCommand,
	"kubeconfig": kubeconfigCommand,
	"stop":       stopCommand,
	"start":      startCommand,
	"list":       listCommand,
	"image":      imageCommand,
	"node":       nodeCommand, // not for people: what `up` starts as the cluster's first process
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	err := commands[os.Args[1]](os.Args[2:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "devcluster %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// newFlags makes the flags every command on one cluster has.
func newFlags(command string) (flags *flag.FlagSet, name, root *string) {
	flags = flag.NewFlagSet(command, flag.ContinueOnError)
	name = flags.String("name", "dev", "name of the cluster")
	root = flags.String("root", "/var/lib/sojourn/clusters", "directory that holds the clusters")
	return flags, name, root
}

// openNamed parses the flags of a command that needs no more than an existing cluster.
func openNamed(command string, args []string) (*Cluster, []string, error) {
	flags, name, root := newFlags(command)
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	cluster, err := openCluster(*root, *name)
	return cluster, flags.Args(), err
}

func kubeconfigCommand(args []string) error {
	cluster, _, err := openNamed("kubeconfig", args)
	if err != nil {
		return err
	}
	fmt.Println(cluster.path("kubeconfig"))
	return nil
}

func listCommand(args []string) error {
	flags, _, root := newFlags("list")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, cluster := range allClusters(*root) {
		fmt.Println(cluster.Name)
	}
	return nil
}

func statusCommand(args []string) error {
	cluster, _, err := openNamed("status", args)
	if err != nil {
		return err
	}
	fmt.Printf("cluster %s, mode %s, %s\n", cluster.Name, cluster.Mode, cluster.server())
	statuses, err := cluster.control().status()
	if err != nil {
		fmt.Println("nothing runs; start it with: devcluster up --name " + cluster.Name)
		return nil
	}
	for _, status := range statuses {
		fmt.Println(status)
	}
	return nil
}

func stopCommand(args []string) error {
	cluster, programs, err := openNamed("stop", args)
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return errors.New("name the programs to stop, for example kube-apiserver")
	}
	for _, program := range programs {
		if err := cluster.control().stop(program); err != nil {
			return err
		}
	}
	return nil
}

func startCommand(args []string) error {
	cluster, programs, err := openNamed("start", args)
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return errors.New("name the programs to start, for example kube-apiserver")
	}
	components, err := cluster.components()
	if err != nil {
		return err
	}
	for _, program := range programs {
		component, found := components.named(program)
		if !found {
			return fmt.Errorf("no program %q in a cluster of mode %s; there are: %s", program,
				cluster.Mode, strings.Join(components.names(), ", "))
		}
		if err := cluster.control().start(component); err != nil {
			return err
		}
		if err := cluster.waitFor(component); err != nil {
			return err
		}
	}
	return nil
}
