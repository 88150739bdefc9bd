package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed manifests
var manifests embed.FS

// stringList is a flag that may be given several times.
type stringList []string

func (s *stringList) String() string     { return strings.Join(*s, ",") }
func (s *stringList) Set(v string) error { *s = append(*s, v); return nil }

// leastNodeGrace leaves the kubelet, which renews its Lease every 10 s, half as much again.
const leastNodeGrace = 15 * time.Second

// upCommand starts a cluster. Given twice it starts what is missing, and anew what has changed.
func upCommand(args []string) error {
	flags, name, root := newFlags("up")
	mode := flags.String("mode", "", "real (containers, the default) or fast (pods that only say they run)")
	bin := flags.String("bin", "", "directory of hyperkube, etcd and the other programs (required)")
	audit := flags.Bool("audit", false, "log every request to logs/audit.log of the cluster's directory")
	volatile := flags.Bool("volatile", false, "do not wait for the disk: faster, lost with the machine")
	nodeGrace := flags.Duration("node-grace", 0, "time without a word of the kubelet after which the node "+
		"counts as lost, at least 15s (default: Kubernetes' own)")
	var images stringList
	flags.Var(&images, "image", "archive of an image the node shall have; may be repeated")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return errors.New("this needs root; use sudo")
	}
	if *bin == "" {
		return errors.New("--bin is missing; dev/up knows it")
	}
	if *nodeGrace != 0 && *nodeGrace < leastNodeGrace {
		return fmt.Errorf("--node-grace %v is too short: the kubelet says a word every 10 s; use at least %v",
			*nodeGrace, leastNodeGrace)
	}
	cluster, err := openOrCreate(*root, *name, Mode(*mode))
	if err != nil {
		return err
	}
	release, err := lock(cluster.dir)
	if err != nil {
		return err
	}
	defer release()
	if !exists(cluster.path("cluster.json")) {
		return fmt.Errorf("cluster %s was removed at this moment; try again", *name)
	}
	if cluster.Bin, err = filepath.Abs(*bin); err != nil {
		return err
	}
	cluster.Audit, cluster.Volatile, cluster.NodeGrace = *audit, *volatile, *nodeGrace
	if err := cluster.save(); err != nil {
		return err
	}
	return cluster.up(images)
}

func openOrCreate(root, name string, mode Mode) (*Cluster, error) {
	release, err := lock(root) // two new clusters must not choose the same addresses
	if err != nil {
		return nil, err
	}
	defer release()
	if !exists(filepath.Join(root, name, "cluster.json")) {
		if mode == "" {
			mode = Real
		}
		return createCluster(root, name, mode)
	}
	cluster, err := openCluster(root, name)
	if err != nil {
		return nil, err
	}
	if mode != "" && mode != cluster.Mode {
		return nil, fmt.Errorf("cluster %s has mode %s; remove it first, by dev/down or by "+
			"devcluster down --name %s", name, cluster.Mode, name)
	}
	return cluster, nil
}

func (c *Cluster) up(images []string) error {
	begin := time.Now()
	say := func(format string, values ...any) {
		fmt.Printf("%5.1f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, values...))
	}
	if err := c.writeFiles(); err != nil {
		return err
	}
	if c.Audit {
		if err := c.createAuditLog(); err != nil {
			return err
		}
	}
	if c.Mode == Real {
		if err := c.createCgroups(); err != nil {
			return err
		}
	}
	holder, err := c.hold()
	if err != nil {
		return err
	}
	if err := c.connect(holder); err != nil {
		return err
	}
	if err := c.openWayOut(); err != nil {
		say("pods will reach this machine but nothing beyond it: %v", err)
	}
	say("namespaces and network of the node (%s)", c.nodeIP())
	if err := c.startAll(say); err != nil {
		return err
	}
	if c.Mode == Real {
		if err := c.importImages(holder, images); err != nil {
			return err
		}
		say("%d images", len(images))
	}
	server, err := c.api()
	if err != nil {
		return err
	}
	limit := 120 * time.Second
	if err := waitUntil(limit, func() error { return server.nodeReady(c.nodeName()) }); err != nil {
		return c.explain(err)
	}
	say("node %s is ready", c.nodeName())
	return waitUntil(limit, func() error {
		return server.get("/api/v1/namespaces/default/serviceaccounts/default", nil)
	})
}

// createAuditLog makes the file before the API server does, which would let nobody else read it.
func (c *Cluster) createAuditLog() error {
	path := c.path("logs", "audit.log")
	if exists(path) {
		return nil
	}
	if err := writeFile(path, nil, 0o600); err != nil {
		return err
	}
	return giveToCaller(path)
}

// startAll starts the programs, each once the API server can serve it, and applies the manifests.
func (c *Cluster) startAll(say func(string, ...any)) error {
	components, err := c.components()
	if err != nil {
		return err
	}
	isEarly := func(component Component) bool {
		return slices.Contains([]string{"etcd", "kube-apiserver", "containerd"}, component.Name)
	}
	for _, component := range components {
		if isEarly(component) {
			if err := c.control().start(component); err != nil {
				return err
			}
		}
	}
	for _, component := range components {
		if isEarly(component) {
			if err := c.waitFor(component); err != nil {
				return err
			}
			say("%s", component.Name)
		}
	}
	if err := c.applyManifests(); err != nil {
		return err
	}
	for _, component := range components {
		if !isEarly(component) {
			if err := c.control().start(component); err != nil {
				return err
			}
		}
	}
	for _, component := range components {
		if err := c.waitFor(component); err != nil {
			return err
		}
	}
	say("%s", strings.Join(components.names(), ", "))
	return nil
}

// waitFor waits until a started program serves, where that can be seen from outside of it.
func (c *Cluster) waitFor(component Component) error {
	var check func() error
	switch component.Name {
	case "kube-apiserver":
		server, err := c.api()
		if err != nil {
			return err
		}
		check = func() error { return server.get("/readyz", nil) }
	case "containerd":
		check = func() error {
			return run("ctr", "--address", c.containerdSocket(), "version")
		}
	case "coredns":
		check = func() error {
			response, err := http.Get("http://" + c.nodeIP() + ":8181/ready")
			if err != nil {
				return err
			}
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return errors.New("the name server is " + response.Status)
			}
			return nil
		}
	default:
		return nil // the node's and the pods' state tell about the others
	}
	if err := waitUntil(180*time.Second, check); err != nil {
		return fmt.Errorf("%s does not become ready: %w\n%s", component.Name, err, tail(component.Log))
	}
	return nil
}

// explain adds to an error what the programs that stopped have to say.
func (c *Cluster) explain(err error) error {
	statuses, statusErr := c.control().status()
	if statusErr != nil {
		return errors.Join(err, statusErr)
	}
	problems := []error{err}
	for _, status := range statuses {
		if !status.Running || status.Restarts > 0 {
			problems = append(problems, fmt.Errorf("%s\n%s", status, tail(status.Log)))
		}
	}
	return errors.Join(problems...)
}

// applyManifests applies manifests/<mode>.yaml and manifests/all.yaml.
func (c *Cluster) applyManifests() error {
	var text []byte
	for _, name := range []string{"all.yaml", string(c.Mode) + ".yaml"} {
		data, err := fs.ReadFile(manifests, "manifests/"+name)
		if err != nil {
			return err
		}
		text = append(append(text, "\n---\n"...), data...)
	}
	return c.kubectl(text, "apply", "-f", "-")
}
