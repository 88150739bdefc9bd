package support

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// OperatorVariable names the environment variable that holds the path of the operator's binary.
const OperatorVariable = "SOJOURN_OPERATOR"

// AgentImage is the agent image that the test clusters have. It holds a shell.
const AgentImage = "docker.io/library/sojourn-sample-agent:dev"

// Operator is one running operator process. For use by one goroutine at a time.
type Operator struct {
	address string
	log     string // path of the file that takes its output
	command *exec.Cmd
	ended   chan struct{} // closed once the process is gone; ending is set before
	ending  error
	began   time.Time
}

// StartOperator starts the binary that OperatorVariable names against the cluster and waits until
// it is ready. The log goes to a file in logs, one a process.
func StartOperator(ctx context.Context, cluster *Cluster, logs string, more ...string) (*Operator,
	error) {
	if cluster.OperatorKubeconfig == "" {
		return nil, errors.New("the operator has no account yet; call GrantOperator")
	}
	operator, err := LaunchOperator(cluster.OperatorKubeconfig, logs, more...)
	if err != nil {
		return nil, err
	}
	if err := operator.waitReady(ctx); err != nil {
		operator.Kill()
		return nil, fmt.Errorf("the operator did not become ready: %w\n%s", err, operator.Log())
	}
	return operator, nil
}

// LaunchOperator is StartOperator without the waiting.
func LaunchOperator(kubeconfig, logs string, more ...string) (*Operator, error) {
	binary := os.Getenv(OperatorVariable)
	if binary == "" {
		return nil, errors.New(OperatorVariable + " is not set; run ./dev/test, or build the target " +
			"sojourn-operator and set it to the path of the binary")
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(logs, "operator-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	arguments := append([]string{"--kubeconfig", kubeconfig, "--default-agent-image", AgentImage,
		"--listen-address", address}, more...)
	operator := &Operator{address: address, log: log.Name(), ended: make(chan struct{}),
		command: exec.Command(binary, arguments...), began: time.Now()}
	operator.command.Stdout = log
	operator.command.Stderr = log
	if err := operator.command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the operator: %w", err)
	}
	go func() {
		operator.ending = operator.command.Wait()
		close(operator.ended)
	}()
	running.add(operator)
	return operator, nil
}

// Ready waits until the process says that it is.
func (o *Operator) Ready(ctx context.Context) error { return o.waitReady(ctx) }

// Signal sends the process a signal.
func (o *Operator) Signal(signal os.Signal) error { return o.command.Process.Signal(signal) }

// Ended is closed once the process is gone.
func (o *Operator) Ended() <-chan struct{} { return o.ended }

// freeAddress finds a free port of this machine. Another process may take it before the operator
// does; then the operator says so and ends.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func (o *Operator) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if _, err := o.Get(ctx, "/readyz"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.ended:
			return fmt.Errorf("it ended: %v", o.ending)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Get reads one of the operator's own pages, such as /metrics.
func (o *Operator) Get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.address+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, response.Status)
	}
	return string(body), err
}

// Kill ends the process as a crash would, and waits until it is gone.
func (o *Operator) Kill() {
	running.kill()
	_ = o.command.Process.Kill() // it may have ended already
	<-o.ended
}

// Terminate asks the process to end and waits until it has. It returns how long that took; a
// process that does not end within atMost is killed, and that is an error, as is any exit code but
// 0.
func (o *Operator) Terminate(atMost time.Duration) (time.Duration, error) {
	began := time.Now()
	if err := o.command.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, fmt.Errorf("the operator had already ended: %v: %w", o.ending, err)
	}
	select {
	case <-o.ended:
		return time.Since(began), o.ending
	case <-time.After(atMost):
		o.Kill()
		return atMost, fmt.Errorf("the operator did not end within %v", atMost)
	}
}

// Log returns what the process has written so far.
func (o *Operator) Log() string {
	text, err := os.ReadFile(o.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// LogsAbout returns the lines of every operator's log in the folder that hold the word.
func LogsAbout(logs, word string) string {
	files, err := filepath.Glob(filepath.Join(logs, "operator-*.log"))
	if err != nil {
		return err.Error()
	}
	var found strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err.Error()
		}
		for line := range bytes.Lines(text) {
			if bytes.Contains(line, []byte(word)) {
				found.Write(line)
			}
		}
	}
	return found.String()
}
