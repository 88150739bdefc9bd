package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// nodeCommand is the first process of the cluster's namespaces: it prepares them, starts, watches
// and ends the programs it is told to, and with it ends everything in them.
func nodeCommand(args []string) error {
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	id := flags.String("id", "", "identity of the cluster, by which its holder is found")
	dir := flags.String("dir", "", "directory of the cluster")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if os.Getpid() != 1 || *id == "" {
		return errors.New("this command is started by 'devcluster up', not by people")
	}
	if err := makeMountsPrivate(*dir); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("cannot forward packets in the node's network: %w", err)
	}
	node := &node{children: map[string]*child{}}
	socket := filepath.Join(*dir, "control.sock")
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return err
	}
	go node.reap()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /start", node.serveStart)
	mux.HandleFunc("POST /stop", node.serveStop)
	mux.HandleFunc("GET /status", node.serveStatus)
	return http.Serve(listener, mux)
}

// makeMountsPrivate hides what programs leave in fixed places behind file systems that end with the
// namespace, and gives the namespace a /proc of its own. Mounts stay shared within: volumes mounted
// by the kubelet must be seen in containers.
func makeMountsPrivate(dir string) error {
	type mount struct {
		source, target, fstype string
		flags                  uintptr
		data                   string
	}
	mounts := []mount{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE, ""},
		{"", "/", "", syscall.MS_REC | syscall.MS_SHARED, ""},
		{"proc", "/proc", "proc", 0, ""},
		{"tmpfs", "/run", "tmpfs", 0, "mode=755"},
		{"tmpfs", "/var/log", "tmpfs", 0, "mode=755"},
	}
	for place, inside := range fixedPlaces {
		mounts = append(mounts, mount{filepath.Join(dir, inside), place, "", syscall.MS_BIND, ""})
	}
	for _, m := range mounts {
		if err := syscall.Mount(m.source, m.target, m.fstype, m.flags, m.data); err != nil {
			return fmt.Errorf("cannot mount %s: %w", m.target, err)
		}
	}
	return nil
}

// child is one program of the cluster.
type child struct {
	component Component
	pid       int       // 0: does not run
	since     time.Time // of the last start
	restarts  int
	wanted    bool
	ended     string // how it ended last, empty when it never did
}

// node owns the programs. Safe for use by several goroutines.
type node struct {
	mutex    sync.Mutex
	children map[string]*child // guarded by mutex
}

// restartPause keeps a program that cannot run from eating the machine.
const restartPause = 2 * time.Second

// reap waits for every process that ends: the programs, and the orphans the first process inherits.
func (n *node) reap() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCHLD)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid == 0 {
			select { // the pause catches what ended between the two calls
			case <-signals:
			case <-time.After(time.Second):
			}
			continue
		}
		n.onEnd(pid, status)
	}
}

func (n *node) onEnd(pid int, status syscall.WaitStatus) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for name, child := range n.children {
		if child.pid != pid {
			continue
		}
		child.pid = 0
		child.ended = fmt.Sprintf("exit status %d", status.ExitStatus())
		if status.Signaled() {
			child.ended = "ended by signal " + status.Signal().String()
		}
		if child.wanted {
			time.AfterFunc(restartPause, func() { n.restart(name) })
		}
	}
}

func (n *node) restart(name string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if child := n.children[name]; child != nil && child.wanted && child.pid == 0 {
		child.restarts++
		if err := child.launch(); err != nil {
			child.ended = err.Error()
		}
	}
}

// launch starts the program; the node's mutex is held, so that its end is not seen before its pid.
func (c *child) launch() error {
	log, err := os.OpenFile(c.component.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer nothing.Close()
	pid, err := syscall.ForkExec(c.component.Argv[0], c.component.Argv, &syscall.ProcAttr{
		Dir: "/", Env: c.component.Env, Files: []uintptr{nothing.Fd(), log.Fd(), log.Fd()},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return fmt.Errorf("cannot start %s: %w", c.component.Argv[0], err)
	}
	c.pid, c.since, c.wanted = pid, time.Now(), true
	return nil
}

// serveStart starts a program, or starts it anew when it runs with other arguments.
func (n *node) serveStart(w http.ResponseWriter, r *http.Request) {
	var component Component
	if err := json.NewDecoder(r.Body).Decode(&component); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n.mutex.Lock()
	current := n.children[component.Name]
	same := current != nil && current.pid != 0 && current.component.equals(component)
	n.mutex.Unlock()
	if same {
		return
	}
	if err := n.end(component.Name); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	child := &child{component: component}
	n.children[component.Name] = child
	if err := child.launch(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (n *node) serveStop(w http.ResponseWriter, r *http.Request) {
	if err := n.end(r.URL.Query().Get("name")); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// end ends a program, with force after ten seconds; one that does not run is ended already.
func (n *node) end(name string) error {
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}
	for _, sig := range signals {
		for range 100 {
			n.mutex.Lock()
			child := n.children[name]
			if child == nil || child.pid == 0 {
				if child != nil {
					child.wanted = false
				}
				n.mutex.Unlock()
				return nil
			}
			if child.wanted || sig == syscall.SIGKILL {
				child.wanted = false
				if err := syscall.Kill(child.pid, sig); err != nil && err != syscall.ESRCH {
					n.mutex.Unlock()
					return err
				}
			}
			n.mutex.Unlock()
			time.Sleep(100 * time.Millisecond)
		}
	}
	return fmt.Errorf("%s does not end, not even by force", name)
}

// Status is what the node tells about one program.
type Status struct {
	Name     string
	Running  bool
	Since    time.Time
	Restarts int
	Ended    string
	Log      string
}

func (s Status) String() string {
	if s.Running {
		return fmt.Sprintf("  %-24s runs since %s, restarted %d times", s.Name,
			s.Since.Format(time.TimeOnly), s.Restarts)
	}
	return fmt.Sprintf("  %-24s stopped (%s), log %s", s.Name, s.Ended, s.Log)
}

func (n *node) serveStatus(w http.ResponseWriter, _ *http.Request) {
	n.mutex.Lock()
	statuses := make([]Status, 0, len(n.children))
	for name, child := range n.children {
		statuses = append(statuses, Status{Name: name, Running: child.pid != 0, Since: child.since,
			Restarts: child.restarts, Ended: child.ended, Log: child.component.Log})
	}
	n.mutex.Unlock()
	slices.SortFunc(statuses, func(a, b Status) int { return a.Since.Compare(b.Since) })
	if err := json.NewEncoder(w).Encode(statuses); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
