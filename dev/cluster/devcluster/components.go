package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Component is one program of a cluster: what starts it and where its output goes.
type Component struct {
	Name string
	Argv []string
	Env  []string
	Log  string
}

func (c Component) equals(other Component) bool {
	return slices.Equal(c.Argv, other.Argv) && slices.Equal(c.Env, other.Env) && c.Log == other.Log
}

// Components are in the order in which they start.
type Components []Component

func (c Components) named(name string) (Component, bool) {
	index := slices.IndexFunc(c, func(component Component) bool { return component.Name == name })
	if index < 0 {
		return Component{}, false
	}
	return c[index], true
}

func (c Components) names() []string {
	names := make([]string, 0, len(c))
	for _, component := range c {
		names = append(names, component.Name)
	}
	return names
}

// searchPath: what root finds everywhere on Debian, whatever the caller's own path is.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// component describes a program of the cluster; arguments are its whole command line but the name.
func (c *Cluster) component(name, program string, arguments ...string) Component {
	return Component{
		Name: name,
		Argv: append([]string{program}, arguments...),
		// The programs find everything in files: nothing of the caller's environment matters.
		Env: []string{"PATH=" + searchPath, "HOME=" + c.path("home")},
		Log: c.path("logs", name+".log"),
	}
}

func (c *Cluster) nodeName() string { return "sojourn-" + c.Name }

// components lists the programs of the cluster's mode. Their files are written by writeFiles.
func (c *Cluster) components() (Components, error) {
	hyperkube, err := c.program("hyperkube")
	if err != nil {
		return nil, err
	}
	etcd, err := c.program("etcd")
	if err != nil {
		return nil, err
	}
	list := Components{
		c.etcd(etcd),
		c.apiServer(hyperkube),
		c.controllerManager(hyperkube),
	}
	if c.Mode == Fast {
		binder, err := c.program("fast-binder")
		if err != nil {
			return nil, err
		}
		return append(list, c.component("fast-binder", binder, "--kubeconfig",
			c.path("config", "fast-binder.kubeconfig"), "--node", c.nodeName())), nil
	}
	coredns, err := c.program("coredns")
	if err != nil {
		return nil, err
	}
	localPath, err := c.program("local-path-provisioner")
	if err != nil {
		return nil, err
	}
	containerd, err := find("containerd")
	if err != nil {
		return nil, err
	}
	return append(list,
		c.component("containerd", containerd, "--config", c.path("config", "containerd.toml")),
		c.component("kube-scheduler", hyperkube, "kube-scheduler", "--leader-elect=false",
			"--kubeconfig="+c.path("config", "scheduler.kubeconfig")),
		c.component("kubelet", hyperkube, "kubelet", "--config="+c.path("config", "kubelet.json"),
			"--kubeconfig="+c.path("config", "kubelet.kubeconfig"),
			"--node-ip="+c.nodeIP(), "--hostname-override="+c.nodeName()),
		c.component("kube-proxy", hyperkube, "kube-proxy", "--config="+c.path("config", "kube-proxy.json")),
		c.component("coredns", coredns, "-conf", c.path("config", "Corefile")),
		c.component("local-path-provisioner", localPath, "start",
			"--kubeconfig", c.path("config", "local-path.kubeconfig"),
			"--config", c.path("config", "local-path.json"), "--namespace", "local-path-storage",
			"--helper-image", busyboxImage, "--service-account-name", "default",
			"--configmap-name", "local-path-config"),
	), nil
}

func (c *Cluster) etcd(program string) Component {
	// Plain text on loopback: it is the loopback of the node's own network, where nothing but the
	// cluster's programs is.
	arguments := []string{"--name=etcd", "--data-dir=" + c.path("etcd"),
		"--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--initial-advertise-peer-urls=http://127.0.0.1:2380",
		"--initial-cluster=etcd=http://127.0.0.1:2380", "--auto-compaction-retention=1h",
		"--quota-backend-bytes=4294967296", "--log-level=warn"}
	if c.Volatile {
		arguments = append(arguments, "--unsafe-no-fsync")
	}
	return c.component("etcd", program, arguments...)
}

func (c *Cluster) apiServer(hyperkube string) Component {
	pki := func(file string) string { return c.path("pki", file) }
	arguments := []string{"kube-apiserver", "--etcd-servers=http://127.0.0.1:2379",
		"--bind-address=0.0.0.0", "--secure-port=6443", "--advertise-address=" + c.nodeIP(),
		"--cert-dir=" + c.path("pki"),
		"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
		"--client-ca-file=" + pki("ca.crt"),
		"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"),
		"--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
		"--kubelet-certificate-authority=" + pki("ca.crt"),
		"--kubelet-preferred-address-types=InternalIP",
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--service-cluster-ip-range=" + c.serviceRange(),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + pki("service-accounts.key"),
		"--service-account-signing-key-file=" + pki("service-accounts.key"),
		// A stopped server lets go of its connections quickly; nobody waits behind a load balancer.
		"--shutdown-delay-duration=0s",
	}
	if c.Audit {
		arguments = append(arguments, "--audit-policy-file="+c.path("config", "audit.json"),
			"--audit-log-path="+c.path("logs", "audit.log"), "--audit-log-maxsize=500")
	}
	return c.component("kube-apiserver", hyperkube, arguments...)
}

func (c *Cluster) controllerManager(hyperkube string) Component {
	arguments := []string{"kube-controller-manager", "--leader-elect=false",
		"--kubeconfig=" + c.path("config", "controller-manager.kubeconfig"),
		"--root-ca-file=" + c.path("pki", "ca.crt"),
		"--service-account-private-key-file=" + c.path("pki", "service-accounts.key"),
		"--use-service-account-credentials=true",
		"--flex-volume-plugin-dir=" + c.path("volume-plugins"),
		// The default of 20 requests a second would make the collector of orphans the slowest part
		// of every test that deletes many objects.
		"--kube-api-qps=500", "--kube-api-burst=1000",
	}
	if c.NodeGrace > 0 {
		arguments = append(arguments, "--node-monitor-grace-period="+c.NodeGrace.String(),
			"--node-monitor-period=1s")
	}
	if c.Mode == Fast {
		arguments = append(arguments, "--controllers=*,-persistentvolume-binder-controller,"+
			"-node-lifecycle-controller,-taint-eviction-controller")
	}
	return c.component("kube-controller-manager", hyperkube, arguments...)
}

// find looks a program of the machine up in the search path of the cluster.
func find(program string) (string, error) {
	for _, dir := range strings.Split(searchPath, ":") {
		path := dir + "/" + program
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
			return path, nil
		}
	}
	return "", fmt.Errorf("program %s is missing on this machine; dev/up installs it", program)
}
