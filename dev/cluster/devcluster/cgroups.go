package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// cgroupTrees returns the directories in which this machine's control groups begin: one on cgroup
// v2, one for each controller on v1.
func cgroupTrees() ([]string, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	var trees []string
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) > 2 && (fields[2] == "cgroup" || fields[2] == "cgroup2") {
			trees = append(trees, fields[1])
		}
	}
	if len(trees) == 0 {
		return nil, errors.New("no control groups are mounted on this machine (/sys/fs/cgroup); " +
			"containers cannot be limited without them")
	}
	return trees, nil
}

// createCgroups makes the group that all pods of the cluster are in; the kubelet wants to find it.
func (c *Cluster) createCgroups() error {
	trees, err := cgroupTrees()
	if err != nil {
		return err
	}
	for _, tree := range trees {
		group := filepath.Join(tree, c.outside())
		if err := os.MkdirAll(group, 0o755); err != nil {
			return err
		}
		if err := fillCPUSet(tree, group); err != nil {
			return err
		}
		if err := passControllers(tree); err != nil {
			return err
		}
	}
	return nil
}

// fillCPUSet gives a new v1 cpuset its parent's processors and memory, without which nothing can
// enter it.
func fillCPUSet(tree, group string) error {
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		path := filepath.Join(group, file)
		current, err := os.ReadFile(path)
		if err != nil || len(strings.TrimSpace(string(current))) > 0 ||
			!exists(filepath.Join(tree, "cgroup.clone_children")) {
			continue
		}
		parent, err := os.ReadFile(filepath.Join(tree, file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, parent, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// kubeletControllers are those that the kubelet wants in its group on cgroup v2, if the kernel has them.
var kubeletControllers = []string{"cpu", "cpuset", "memory", "hugetlb", "pids"}

// passControllers lets the groups below a v2 tree use the controllers the kubelet counts on.
func passControllers(tree string) error {
	available, err := os.ReadFile(filepath.Join(tree, "cgroup.controllers"))
	if err != nil {
		return nil // cgroup v1: every controller has a tree of its own
	}
	path := filepath.Join(tree, "cgroup.subtree_control")
	passed, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for controller := range strings.FieldsSeq(string(available)) {
		if !slices.Contains(kubeletControllers, controller) ||
			slices.Contains(strings.Fields(string(passed)), controller) {
			continue
		}
		if err := os.WriteFile(path, []byte("+"+controller), 0o644); err != nil {
			return fmt.Errorf("cannot pass the controller %s on to control groups: %w", controller, err)
		}
	}
	return nil
}

// removeCgroups removes the cluster's groups; what was in them has ended, which the kernel may take
// a moment to notice.
func (c *Cluster) removeCgroups() error {
	trees, err := cgroupTrees()
	if err != nil {
		return err
	}
	for _, tree := range trees {
		err := waitUntil(10*time.Second, func() error {
			return removeGroups(filepath.Join(tree, c.outside()))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func removeGroups(top string) error {
	var groups []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			groups = append(groups, path)
		}
		return nil
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	slices.Reverse(groups) // inner groups first
	for _, group := range groups {
		if err := syscall.Rmdir(group); err != nil && err != syscall.ENOENT {
			return fmt.Errorf("cannot remove the control group %s: %w", group, err)
		}
	}
	return nil
}
