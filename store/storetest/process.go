package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
)

// variable names the environment variable with the task of a process.
const variable = "ILP_STORE_HELPER"

// Task returns the task of this process. It reports false in a process that runs the tests
// and was not started by [Start] or [Output]. The arguments of the task are in os.Args.
func Task() (name string, ok bool) {
	name = os.Getenv(variable)
	return name, name != ""
}

// Process is another process that runs the same program.
type Process struct {
	*exec.Cmd
	In    io.WriteCloser
	lines *bufio.Scanner
}

// Start starts a process with a task, for which it calls [Task]. The process is killed at
// the end of the test.
func Start(t *testing.T, name string, args ...string) *Process {
	t.Helper()
	p := &Process{Cmd: command(name, args)}
	p.Stderr = os.Stderr
	var err error
	if p.In, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// Output runs a task to its end, however that comes, and returns all that it printed.
func Output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := command(name, args).CombinedOutput()
	if ended := new(exec.ExitError); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out)
}

func command(name string, args []string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), variable+"="+name)
	return c
}

// Line returns the next line that the process prints, or nothing at its end.
func (p *Process) Line() string {
	if p.lines.Scan() {
		return p.lines.Text()
	}
	return ""
}

// Count opens a store and applies batch after batch, until its process is killed. It
// prints the number of each applied batch, for [CountAndKill].
func Count(open func() (store.Store, error)) error {
	fmt.Println("open")
	s, err := open()
	if err != nil {
		return err
	}
	last, err := Counted(s)
	for ; err == nil; last++ {
		if err = s.Apply(Batch(last + 1)); err == nil {
			fmt.Println(last + 1)
		}
	}
	return err
}

// CountAndKill starts a task that calls [Count], and kills it at a random time after it has
// printed that number of batches. It returns the last number that the task printed.
func CountAndKill(t *testing.T, batches int, name string, args ...string) (told int) {
	t.Helper()
	p := Start(t, name, args...)
	line := p.Line()
	for range batches {
		line = p.Line()
	}
	<-time.After(rand.N(2 * time.Millisecond)) // any time will do
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for ; line != ""; line = p.Line() {
		if n, err := strconv.Atoi(line); err == nil {
			told = n
		} else if line != "open" {
			t.Fatalf("the process ended by itself: %s", line)
		}
	}
	return told
}
