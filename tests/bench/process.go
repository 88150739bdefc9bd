package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one run of a measured program. For use by one goroutine at a time.
type process struct {
	command *exec.Cmd
	ended   chan struct{} // closed once it is gone; ending is set before
	ending  error
}

func startProcess(log, binary string, arguments ...string) (*process, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	p := &process{command: exec.Command(binary, arguments...), ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = output, output
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", binary, err)
	}
	go func() {
		p.ending = p.command.Wait()
		close(p.ended)
	}()
	return p, nil
}

// kill ends it as a crash would.
func (p *process) kill() {
	_ = p.command.Process.Kill() // it may have ended already
	<-p.ended
}

// terminate asks it to end, and kills it when it does not within 10 s.
func (p *process) terminate() {
	_ = p.command.Process.Signal(syscall.SIGTERM) // likewise
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		p.kill()
	}
}

// check says whether it still runs.
func (p *process) check() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended in the middle of the bench: %v", p.command.Path, p.ending)
	default:
		return nil
	}
}

// The unit in which the kernel tells a process's time, on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu is the processor time it has used, in user and system mode.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The second field is the program's name in brackets and may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const user, system = 11, 12
	if len(fields) <= system {
		return 0, errors.New("/proc/PID/stat is too short")
	}
	var ticks int64
	for _, field := range fields[user : system+1] {
		count, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += count
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// settledCPU is cpu once it has used less than 1 % of a processor for a second.
func (p *process) settledCPU() (time.Duration, error) {
	before, err := p.cpu()
	for range 120 {
		if err != nil {
			return 0, err
		}
		time.Sleep(time.Second)
		var after time.Duration
		after, err = p.cpu()
		if after-before <= 10*time.Millisecond {
			return after, err
		}
		before = after
	}
	return before, errors.New(p.command.Path + " does not come to rest within 2 minutes")
}

// memory is what /proc/PID/status says in MiB: VmRSS now, VmHWM at most so far.
func (p *process) memory(line string) (float64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), line+":"); found {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("no line " + line + " in /proc/PID/status")
}
