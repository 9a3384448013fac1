package test

import (
	"bytes"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// patience bounds every wait of these tests. It is long because the machine may be busy.
	patience = 30 * time.Second
	// stopPatience is how long a process may take over SIGTERM before it is killed.
	stopPatience = 5 * time.Second
	// outputKept is how much of the end of a process's output is kept for a failing test.
	outputKept = 64 << 10
)

// Process is a child with its output. It ends with its test, or with the test binary if that is killed.
type Process struct {
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	output *tail
	exited chan struct{} // closed when the process is gone
}

// startProcess runs a program in dir with the environment env and nothing else. Its standard error, and its
// standard output unless stdout takes it, are collected and shown if the test fails.
func startProcess(t *testing.T, name, dir string, env []string, stdout io.Writer, argv ...string) *Process {
	t.Helper()
	p := &Process{name: name, output: newTail(), exited: make(chan struct{})}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir = dir
	p.cmd.Env = env
	p.cmd.Stderr = p.output
	p.cmd.Stdout = stdout
	if stdout == nil {
		p.cmd.Stdout = p.output
	}
	p.cmd.SysProcAttr = dieWithParent()
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}

	// The signal of a parent's death is that of the parent's thread, so the thread stays until the child is gone.
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.exited)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("the last output of %s:\n%s", name, p.output)
		}
	})
	return p
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Alive reports whether the process still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// exitCode waits for the process to end by itself.
func (p *Process) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("%s still runs", p.name)
		return 0
	}
}

// Stop ends the process, politely at first, and waits until it is gone.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return
	case <-time.After(stopPatience):
	}
	p.Kill()
}

// Kill ends the process at once, so that it cannot tell anybody, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// awaitLine waits until the process has printed a line that contains text.
func (p *Process) awaitLine(t *testing.T, text string) {
	t.Helper()
	select {
	case <-p.output.seen(text):
	case <-p.exited:
		t.Fatalf("%s ended before it printed %q", p.name, text)
	case <-time.After(patience):
		t.Fatalf("%s did not print %q", p.name, text)
	}
}

// tail keeps the end of a stream and calls those who wait for a line in it.
type tail struct {
	mu      sync.Mutex
	end     bytes.Buffer
	waiting map[string]chan struct{}
}

func newTail() *tail { return &tail{waiting: make(map[string]chan struct{})} }

func (o *tail) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end.Write(b)
	for text, seen := range o.waiting {
		if strings.Contains(o.end.String(), text) {
			close(seen)
			delete(o.waiting, text)
		}
	}
	if drop := o.end.Len() - outputKept; drop > 0 {
		o.end.Next(drop)
	}
	return len(b), nil
}

// seen is closed as soon as text stands in the output.
func (o *tail) seen(text string) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if seen, ok := o.waiting[text]; ok {
		return seen
	}
	seen := make(chan struct{})
	if strings.Contains(o.end.String(), text) {
		close(seen)
	} else {
		o.waiting[text] = seen
	}
	return seen
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.end.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
