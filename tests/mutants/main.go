// Command mutants takes out every check of the decisions and every guard of their execution, one at
// a time, and lists those that no test misses. ./dev/test --mutants runs it on a copy of the tree.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// sources are patterns of the files whose checks and guards are taken out.
var sources = []string{"src/domain/*.cc", "src/controllers/session/execute.cc"}

// programs are the tests of which one shall miss what is taken out, the quickest first: the next one
// is built and asked only for what the ones before did not miss.
var programs = []program{
	{"unit_domain", "tests/unit/domain/unit_domain", "src/domain/"},
	{"scenario", "tests/scenario/scenario", "src/"},
	{"unit_domain_walk", "tests/unit/domain/unit_domain_walk", "src/domain/"},
}

type program struct {
	name string
	path string // below the build folder
	runs string // below the tree: the sources of which it runs anything
}

func main() {
	tree := flag.String("tree", "", "copy of the source tree, whose sources are changed")
	build := flag.String("build", "", "its configured build folder")
	only := flag.String("only", "", "only files whose path contains this")
	flag.Parse()
	mutants, err := plant(*tree, *only)
	if err == nil {
		err = run(*build, mutants)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// plant puts all mutants into the sources and returns those that are wanted.
func plant(tree, only string) ([]Mutant, error) {
	var wanted []Mutant
	first := 1
	for _, pattern := range sources {
		paths, err := filepath.Glob(filepath.Join(tree, pattern))
		if err != nil || len(paths) == 0 {
			return nil, errors.Join(fmt.Errorf("no file is like %s", pattern), err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			file := strings.TrimPrefix(strings.TrimPrefix(path, tree), "/")
			changed, mutants := Instrument(file, string(text), first)
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				return nil, err
			}
			first += len(mutants)
			if strings.Contains(file, only) {
				wanted = append(wanted, mutants...)
			}
		}
	}
	if len(wanted) == 0 {
		return nil, errors.New("there is nothing to take out")
	}
	return wanted, nil
}

// run takes out one after the other and returns an error when something is missed by no program.
func run(build string, mutants []Mutant) error {
	left := mutants
	for _, program := range programs {
		var asked, others []Mutant
		for _, mutant := range left {
			if strings.HasPrefix(mutant.File, program.runs) {
				asked = append(asked, mutant)
			} else {
				others = append(others, mutant)
			}
		}
		if len(asked) == 0 {
			continue
		}
		limit, err := program.prepare(build)
		if err != nil {
			return err
		}
		survivors := program.survivors(build, limit, asked)
		fmt.Printf("%s: %d taken out, %d missed\n", program.name, len(asked),
			len(asked)-len(survivors))
		left = append(others, survivors...)
	}
	for _, mutant := range left {
		fmt.Println("survives:", mutant.Where())
	}
	fmt.Printf("%d taken out, %d survive\n", len(mutants), len(left))
	if len(left) > 0 {
		return errors.New("what survives is held by no test: test it, or leave it out")
	}
	return nil
}

// prepare builds the program and runs it with nothing taken out. What later lasts longer than the
// limit has been caught in a loop.
func (p program) prepare(build string) (limit time.Duration, err error) {
	output, err := exec.Command("cmake", "--build", build, "--target", p.name).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, output)
	}
	began := time.Now()
	if !p.passes(build, time.Hour, 0) {
		return 0, fmt.Errorf("%s does not pass with nothing taken out", p.name)
	}
	took := time.Since(began)
	fmt.Printf("%s passes with nothing taken out, in %.1f s\n", p.name, took.Seconds())
	return max(time.Minute, 10*took), nil
}

func (p program) passes(build string, limit time.Duration, number int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(build, p.path), "--gtest_fail_fast",
		"--gtest_brief=1")
	command.Env = append(os.Environ(), fmt.Sprintf("MUTANT=%d", number))
	return command.Run() == nil
}

// survivors returns the mutants with which the program passes. As many are tried at a time as there
// are processors.
func (p program) survivors(build string, limit time.Duration, mutants []Mutant) []Mutant {
	passed := make([]bool, len(mutants))
	indices := make(chan int)
	var mu sync.Mutex // keeps lines whole
	var lanes sync.WaitGroup
	for range runtime.NumCPU() {
		lanes.Go(func() {
			for index := range indices {
				passed[index] = p.passes(build, limit, mutants[index].Number)
				if passed[index] {
					mu.Lock()
					fmt.Printf("%s does not miss %s\n", p.name, mutants[index].Where())
					mu.Unlock()
				}
			}
		})
	}
	for index := range mutants {
		indices <- index
	}
	close(indices)
	lanes.Wait()
	var left []Mutant
	for index, mutant := range mutants {
		if passed[index] {
			left = append(left, mutant)
		}
	}
	return left
}
