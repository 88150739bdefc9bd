package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Control speaks to the process that holds a cluster's namespaces, over a socket in its directory.
type Control struct{ client *http.Client }

func (c *Cluster) control() Control {
	return Control{&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.path("control.sock"))
		},
	}}}
}

func (c Control) start(component Component) error {
	body, err := json.Marshal(component)
	if err != nil {
		return err
	}
	return c.post("/start", body)
}

func (c Control) stop(name string) error {
	return c.post("/stop?name="+url.QueryEscape(name), nil)
}

func (c Control) status() (statuses []Status, err error) {
	response, err := c.client.Get("http://node/status")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return statuses, json.NewDecoder(response.Body).Decode(&statuses)
}

func (c Control) post(path string, body []byte) error {
	response, err := c.client.Post("http://node"+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the cluster does not run; start it with 'devcluster up' (%w)", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	message, _ := io.ReadAll(response.Body)
	return errors.New(strings.TrimSpace(string(message)))
}

// holder finds the process that holds the cluster's namespaces by the identity in its arguments;
// 0: there is none. No file with a number in it could be trusted after a crash or a restart.
func (c *Cluster) holder() int {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err != nil {
			continue
		}
		argv := strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
		if len(argv) >= 4 && argv[1] == "node" && argv[2] == "--id" && argv[3] == c.ID {
			return pid
		}
	}
	return 0
}

// hold starts the process that holds the cluster's namespaces, unless it runs, and returns its pid.
func (c *Cluster) hold() (int, error) {
	if pid := c.holder(); pid != 0 {
		if _, err := c.control().status(); err == nil {
			return pid, nil
		}
		if err := c.release(); err != nil { // a start cut short: nothing of it can be trusted
			return 0, err
		}
	}
	dirs := []string{c.path("logs")}
	for place, inside := range fixedPlaces {
		dirs = append(dirs, place, c.path(inside))
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return 0, err
		}
	}
	log, err := os.OpenFile(c.path("logs", "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	process, err := os.StartProcess("/proc/self/exe",
		[]string{"devcluster", "node", "--id", c.ID, "--dir", c.dir}, &os.ProcAttr{
			Dir: "/", Env: []string{"PATH=" + searchPath}, Files: []*os.File{nil, log, log},
			Sys: &syscall.SysProcAttr{Setsid: true,
				Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET},
		})
	if err != nil {
		return 0, fmt.Errorf("cannot make namespaces for the cluster: %w; this needs root with all "+
			"the rights of this machine's administrator", err)
	}
	pid := process.Pid
	err = waitUntil(10*time.Second, func() error {
		_, err := c.control().status()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("the cluster's first process does not answer: %w\n%s", err,
			tail(c.path("logs", "node.log")))
	}
	return pid, process.Release()
}

// release ends everything that runs in the cluster, by ending the holder of its namespaces.
func (c *Cluster) release() error {
	pid := c.holder()
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
		return err
	}
	return waitUntil(20*time.Second, func() error {
		if c.holder() != 0 {
			return fmt.Errorf("process %d does not end", pid)
		}
		return nil
	})
}

// waitUntil repeats a check until it passes; after the limit its last error is returned.
func waitUntil(limit time.Duration, check func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// tail returns the end of a log, for an error message.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return "last lines of " + path + ":\n" + strings.Join(lines[max(0, len(lines)-15):], "\n")
}
