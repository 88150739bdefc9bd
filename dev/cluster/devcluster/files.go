package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Images that the node itself needs; dev/lib/images.sh makes them.
const (
	pauseImage   = "docker.io/library/sojourn-pause:dev"
	busyboxImage = "docker.io/library/busybox:stable"
)

// fixedPlaces are directories that containerd's CNI library and the kubelet write to whatever they
// are told. In the node's namespace a directory of the cluster is mounted on each.
var fixedPlaces = map[string]string{"/var/lib/cni": "cni", "/var/lib/kubelet": "kubelet"}

type object = map[string]any

// writeFiles writes the configuration of every program of the cluster.
func (c *Cluster) writeFiles() error {
	if err := c.writeCertificates(); err != nil {
		return err
	}
	users := []string{"controller-manager"}
	files := map[string]any{"audit.json": auditPolicy}
	if c.Mode == Fast {
		users = append(users, "fast-binder")
	} else {
		users = append(users, "scheduler", "kubelet", "kube-proxy", "coredns", "local-path")
		files["kubelet.json"] = c.kubeletConfig()
		files["kube-proxy.json"] = c.proxyConfig()
		files["cni/10-sojourn.conflist"] = c.cniConfig()
		files["local-path.json"] = object{"nodePathMap": []object{{
			"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": []string{c.path("volumes")}}}}
		if err := c.writeTexts(); err != nil {
			return err
		}
	}
	for _, user := range users {
		if err := c.kubeconfig(c.path("config", user+".kubeconfig"), user); err != nil {
			return err
		}
	}
	for name, content := range files {
		data, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return err
		}
		if err := writeFile(c.path("config", name), data, 0o644); err != nil {
			return err
		}
	}
	if err := c.kubeconfig(c.path("kubeconfig"), "admin"); err != nil {
		return err
	}
	return giveToCaller(c.path("kubeconfig"))
}

// writeTexts writes the configuration files that are not JSON.
func (c *Cluster) writeTexts() error {
	servers := nameServers()
	resolv := ""
	forward := ""
	if len(servers) > 0 {
		resolv = "nameserver " + strings.Join(servers, "\nnameserver ") + "\n"
		forward = "  forward . " + strings.Join(servers, " ") + "\n"
	}
	if err := writeFile(c.path("config", "resolv.conf"), []byte(resolv), 0o644); err != nil {
		return err
	}
	corefile := fmt.Sprintf(`.:53 {
  bind %s
  errors
  ready %s:8181
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig %s
    fallthrough in-addr.arpa ip6.arpa
  }
  cache 10
%s}
`, c.nodeIP(), c.nodeIP(), c.path("config", "coredns.kubeconfig"), forward)
	if err := writeFile(c.path("config", "Corefile"), []byte(corefile), 0o644); err != nil {
		return err
	}
	containerd, err := c.containerdConfig()
	if err != nil {
		return err
	}
	return writeFile(c.path("config", "containerd.toml"), []byte(containerd), 0o644)
}

// containerdConfig is of the second version: containerd 1.6 and 1.7 read it, and 2.x translates it.
func (c *Cluster) containerdConfig() (string, error) {
	plugins, err := cniPlugins()
	if err != nil {
		return "", err
	}
	snapshotter := "overlayfs"
	var fs syscall.Statfs_t
	const overlayMagic = 0x794c7630
	if err := syscall.Statfs(c.dir, &fs); err == nil && fs.Type == overlayMagic {
		snapshotter = "native" // overlays cannot be stacked; this copies instead
	}
	return fmt.Sprintf(`version = 2
root = %[1]q
state = %[2]q

[grpc]
  address = %[3]q

[plugins."io.containerd.internal.v1.opt"]
  path = %[4]q

[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = %[5]t
  sandbox_image = %[6]q

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = %[7]q
  conf_dir = %[8]q

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = %[9]q

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
`, c.path("containerd", "root"), c.path("containerd", "state"), c.containerdSocket(),
		c.path("containerd", "opt"), !mayLowerOOMScore(), pauseImage, plugins,
		c.path("config", "cni"), snapshotter), nil
}

func (c *Cluster) containerdSocket() string { return c.path("containerd", "containerd.sock") }

func cniPlugins() (string, error) {
	for _, dir := range []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"} {
		if exists(filepath.Join(dir, "ptp")) && exists(filepath.Join(dir, "host-local")) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("the CNI plug-ins ptp and host-local are missing; install " +
		"containernetworking-plugins (dev/up does)")
}

// mayLowerOOMScore tells whether this process has CAP_SYS_RESOURCE. Without it every pause container
// would die, because containerd asks for an OOM score below its own.
func mayLowerOOMScore() bool {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	const capSysResource = 24
	for line := range strings.Lines(string(data)) {
		var effective uint64
		if _, err := fmt.Sscanf(line, "CapEff: %x", &effective); err == nil {
			return effective&(1<<capSysResource) != 0
		}
	}
	return false
}

// cniConfig routes every pod by a pair of interfaces of its own. A bridge would need the kernel to
// pass bridged packets through the packet filter, a module that is not loaded everywhere.
func (c *Cluster) cniConfig() any {
	return object{"cniVersion": "0.4.0", "name": c.outside(), "plugins": []object{{
		"type": "ptp", "ipMasq": false,
		"ipam": object{"type": "host-local", "dataDir": c.path("cni", "addresses"),
			"ranges": [][]object{{{"subnet": c.podRange()}}}, "routes": []object{{"dst": "0.0.0.0/0"}}},
	}}}
}

func (c *Cluster) kubeletConfig() any {
	return object{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"address": c.nodeIP(), "port": 10250, "readOnlyPort": 0, "healthzBindAddress": c.nodeIP(),
		"authentication": object{"anonymous": object{"enabled": false},
			"webhook": object{"enabled": true}, "x509": object{"clientCAFile": c.path("pki", "ca.crt")}},
		"authorization":            object{"mode": "Webhook"},
		"tlsCertFile":              c.path("pki", "kubelet-server.crt"),
		"tlsPrivateKeyFile":        c.path("pki", "kubelet-server.key"),
		"containerRuntimeEndpoint": "unix://" + c.containerdSocket(),
		"cgroupDriver":             "cgroupfs", "cgroupRoot": "/" + c.outside(), "failCgroupV1": false,
		"clusterDNS": []string{c.nodeIP()}, "clusterDomain": "cluster.local",
		"resolvConf": c.path("config", "resolv.conf"), "podLogsDir": c.path("pod-logs"),
		"volumePluginDir": c.path("volume-plugins"),
		"failSwapOn":      false, "localStorageCapacityIsolation": false,
		"makeIPTablesUtilChains": false, // kube-proxy uses nftables; nothing here needs iptables
		"enforceNodeAllocatable": []string{}, "maxPods": 250, "serializeImagePulls": false,
		// The disk belongs to the machine's owner and the images cannot be fetched again: nothing is
		// evicted or collected before the disk is all but full.
		"imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
		"evictionHard": map[string]string{"memory.available": "1%", "nodefs.available": "1%",
			"imagefs.available": "1%", "nodefs.inodesFree": "1%"},
	}
}

func (c *Cluster) proxyConfig() any {
	return object{
		"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
		"mode": "nftables", "clusterCIDR": c.podRange(), "hostnameOverride": c.nodeName(),
		"clientConnection": object{"kubeconfig": c.path("config", "kube-proxy.kubeconfig")},
		// Limits of connection tracking belong to the machine; a network namespace cannot set them.
		"conntrack": object{"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s",
			"tcpCloseWaitTimeout": "0s"},
	}
}

// auditPolicy logs who did what to which object, once per request and without bodies.
var auditPolicy = object{
	"apiVersion": "audit.k8s.io/v1", "kind": "Policy",
	"omitStages": []string{"RequestReceived"},
	"rules":      []object{{"level": "Metadata"}},
}
