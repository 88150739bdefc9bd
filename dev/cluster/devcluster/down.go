package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// downCommand removes a cluster. Given for one that is not there, or half there, it removes what is.
func downCommand(args []string) error {
	flags, name, root := newFlags("down")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return errors.New("this needs root; use sudo")
	}
	dir := filepath.Join(*root, *name)
	if !nameForm.MatchString(*name) || !exists(dir) {
		return nil
	}
	release, err := lock(dir)
	if err != nil {
		return err
	}
	defer release()
	cluster, err := openCluster(*root, *name)
	if err != nil { // cut off before it was written: nothing had been started then
		return os.RemoveAll(dir)
	}
	return cluster.down()
}

// down keeps the directory when something fails: in it is what the next try needs to know.
func (c *Cluster) down() error {
	for _, step := range []func() error{c.release, c.disconnect, c.removeCgroups} {
		if err := step(); err != nil {
			return fmt.Errorf("cluster %s is not removed: %w; try again", c.Name, err)
		}
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return err
	}
	// Directories in which something else is are left: os.Remove takes empty ones only.
	for _, dir := range slices.Concat(slices.Collect(maps.Keys(fixedPlaces)),
		[]string{c.root, filepath.Dir(c.root)}) {
		if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) &&
			!errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
	}
	return nil
}
