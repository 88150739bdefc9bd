package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// Mode says what makes the pods of a cluster run.
type Mode string

const (
	// Real: kubelet and containerd run real containers on real volumes.
	Real Mode = "real"
	// Fast: the fast binder says that pods run and claims are bound; nothing is executed.
	Fast Mode = "fast"
)

// Cluster is what is known about one cluster. It is kept in cluster.json of its directory, and all
// of a cluster's files are under that directory. Not safe for use by several goroutines; several
// processes take turns by lock.
type Cluster struct {
	Name string `json:"name"`
	Mode Mode   `json:"mode"`
	// ID is drawn when the directory is made; the holder of the namespaces carries it in its
	// arguments, and only a process that does is ever ended.
	ID string `json:"id"`
	// Slot decides the addresses and every name outside of the directory, see network.go.
	Slot int `json:"slot"`
	// Bin holds the programs: hyperkube, etcd, and what the mode needs.
	Bin      string `json:"bin"`
	Audit    bool   `json:"audit"`
	Volatile bool   `json:"volatile"`
	// NodeGrace: how long the kubelet may say nothing before the node counts as lost; 0 stands for
	// what Kubernetes does by itself.
	NodeGrace time.Duration `json:"nodeGrace"`
	// ForwardingWasOff: `down` sets the machine back to forwarding no packets.
	ForwardingWasOff bool `json:"forwardingWasOff"`

	root string
	dir  string
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (c *Cluster) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

func (c *Cluster) program(name string) (string, error) {
	path, err := filepath.EvalSymlinks(filepath.Join(c.Bin, name))
	if err != nil {
		return "", fmt.Errorf("program %s is missing in %s; build it first (dev/up does)", name, c.Bin)
	}
	return path, nil
}

// openCluster reads a cluster that exists.
func openCluster(root, name string) (*Cluster, error) {
	if !nameForm.MatchString(name) {
		return nil, fmt.Errorf("%q cannot name a cluster; use lower-case letters, digits and '-'", name)
	}
	dir := filepath.Join(root, name)
	data, err := os.ReadFile(filepath.Join(dir, "cluster.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no cluster %q; start one with: devcluster up --name %s", name, name)
	}
	if err != nil {
		return nil, err
	}
	cluster := &Cluster{root: root, dir: dir}
	if err := json.Unmarshal(data, cluster); err != nil {
		return nil, fmt.Errorf("cannot read %s/cluster.json: %w; remove the cluster with: "+
			"devcluster down --name %s", dir, err, name)
	}
	return cluster, nil
}

// createCluster makes the directory of a new cluster and chooses its addresses.
func createCluster(root, name string, mode Mode) (*Cluster, error) {
	if !nameForm.MatchString(name) {
		return nil, fmt.Errorf("%q cannot name a cluster; use lower-case letters, digits and '-'", name)
	}
	if mode != Real && mode != Fast {
		return nil, fmt.Errorf("mode %q is unknown; use real or fast", mode)
	}
	slot, err := freeSlot(root)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	cluster := &Cluster{Name: name, Mode: mode, ID: hex.EncodeToString(id), Slot: slot, root: root,
		dir: filepath.Join(root, name)}
	if err := os.MkdirAll(cluster.dir, 0o711); err != nil {
		return nil, err
	}
	return cluster, cluster.save()
}

func (c *Cluster) save() error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(c.path("cluster.json"), data, 0o644)
}

// allClusters reads every cluster under root; one that cannot be read is left out.
func allClusters(root string) []*Cluster {
	var clusters []*Cluster
	entries, _ := os.ReadDir(root)
	for _, entry := range entries {
		if cluster, err := openCluster(root, entry.Name()); err == nil {
			clusters = append(clusters, cluster)
		}
	}
	return clusters
}

// lock makes commands that change what is in dir take turns; the system releases it when the process
// ends, however it ends. What is locked is the directory itself, which `down` removes: whoever waited
// for it meanwhile locks the new one.
func lock(dir string) (release func(), err error) {
	for {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		file, err := os.Open(dir)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
			return nil, err
		}
		locked, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if current, err := os.Stat(dir); err == nil && os.SameFile(locked, current) {
			return func() { file.Close() }, nil
		}
		file.Close()
	}
}

// writeFile replaces a file whole, so that a crash leaves the old one or the new one.
func writeFile(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// giveToCaller makes a file readable for the person who used sudo.
func giveToCaller(path string) error {
	uid, uidErr := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, gidErr := strconv.Atoi(os.Getenv("SUDO_GID"))
	if uidErr != nil || gidErr != nil {
		return nil
	}
	return os.Chown(path, uid, gid)
}
