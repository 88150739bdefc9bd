package main

import (
	"os"
	"path/filepath"
	"testing"
)

// tree makes a directory with files as a cgroup tree has them.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := writeFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPassControllers_PassesWhatTheKubeletWantsAndIsNotPassedYet(t *testing.T) {
	for _, row := range []struct{ name, available, passed, want string }{
		{"one is missing", "cpu io pids rdma", "cpu", "+pids"},
		{"nothing is missing", "cpu io pids", "pids cpu", "pids cpu"},
		{"none that matters is there", "io rdma", "", ""},
	} {
		dir := tree(t, map[string]string{
			"cgroup.controllers": row.available, "cgroup.subtree_control": row.passed})
		if err := passControllers(dir); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if got := read(t, filepath.Join(dir, "cgroup.subtree_control")); got != row.want {
			t.Errorf("%s: wrote %q, want %q", row.name, got, row.want)
		}
	}
	if err := passControllers(t.TempDir()); err != nil {
		t.Errorf("a tree of cgroup v1: %v", err)
	}
}

func TestFillCPUSet_GivesAnEmptyGroupItsParentsProcessorsAndLeavesAFilledOne(t *testing.T) {
	dir := tree(t, map[string]string{"cgroup.clone_children": "0", "cpuset.cpus": "0-3", "cpuset.mems": "0",
		"empty/cpuset.cpus": "\n", "empty/cpuset.mems": "\n",
		"filled/cpuset.cpus": "1", "filled/cpuset.mems": "0"})
	for group, want := range map[string]string{"empty": "0-3", "filled": "1"} {
		if err := fillCPUSet(dir, filepath.Join(dir, group)); err != nil {
			t.Error(err)
		}
		if got := read(t, filepath.Join(dir, group, "cpuset.cpus")); got != want {
			t.Errorf("%s has the processors %q, want %q", group, got, want)
		}
	}
}

func TestRemoveGroups_TakesInnerOnesFirstAndDoesNotMindWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sojourn0/kubepods/pod1"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := removeGroups(filepath.Join(dir, "sojourn0")); err != nil {
			t.Error(err)
		}
	}
	if exists(filepath.Join(dir, "sojourn0")) {
		t.Error("the groups are still there")
	}
}
