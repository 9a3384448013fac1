package docs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopPatience is how long a process may take over SIGTERM before it is killed. A connector waits for packets in
// flight first.
const stopPatience = 20 * time.Second

// process is a command that goes on in the background.
type process struct {
	command string
	cmd     *exec.Cmd
	output  buffer
	ended   chan error
}

// buffer is written by a process and read by the test.
type buffer struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.String()
}

// start starts a command that goes on until the end of the page.
func (s *session) start(command string) (*process, error) {
	p := &process{command: strings.TrimSpace(command), ended: make(chan error, 1)}
	p.cmd = exec.Command("bash", "-c", s.exported+"exec env "+p.command)
	p.cmd.Dir, p.cmd.Env = s.dir, s.env
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	s.background = append(s.background, p)
	return p, nil
}

// startAndStop starts a command that goes on, and stops what goes on when it has printed what is shown.
func (s *session) startAndStop(command, shown string) error {
	p, err := s.start(command)
	if err != nil {
		return err
	}
	err = s.poll(func() error { return expect(shown, p.output.String()) })
	if err == nil {
		err = s.watch()
	}
	return errors.Join(err, s.stop())
}

// interrupt stops one command that goes on, as Ctrl-C in its terminal does. What it prints from then on is shown.
func (s *session) interrupt(words, shown string) error {
	named := func(p *process) bool { return strings.Contains(p.command, words) }
	i := slices.IndexFunc(s.background, named)
	if i < 0 || slices.ContainsFunc(s.background[i+1:], named) {
		return fmt.Errorf("not one command in the background has the words %q", words)
	}
	p := s.background[i]
	s.background = slices.Delete(s.background, i, i+1)
	before := p.output.String()
	p.ask(os.Interrupt)
	if err := p.awaitEnd(); err != nil {
		return fmt.Errorf("%s\n%w%s", p.command, err, p.last())
	}
	after := strings.TrimPrefix(p.output.String(), before)
	return expect(strings.TrimPrefix(shown, "^C\n"), after)
}

// stop ends what goes on in the background. The error is of connectors that do not stop as they should.
func (s *session) stop() (err error) {
	for _, p := range s.background {
		p.ask(syscall.SIGTERM)
	}
	stopped := s.background
	s.background = nil
	for _, p := range stopped {
		if failure := p.awaitEnd(); failure != nil && strings.Contains(p.command, "ilp-connector") {
			err = errors.Join(err, fmt.Errorf("%s\n%w%s", p.command, failure, p.last()))
		}
	}
	return err
}

// ask sends a signal, unless the process has ended by itself.
func (p *process) ask(signal os.Signal) {
	select {
	case err := <-p.ended:
		p.ended <- errors.Join(errors.New("it ended by itself"), err)
	default:
		_ = p.cmd.Process.Signal(signal)
	}
}

// awaitEnd waits until the process is gone.
func (p *process) awaitEnd() error {
	deadline := time.NewTimer(stopPatience)
	defer deadline.Stop()
	select {
	case err := <-p.ended:
		return err
	case <-deadline.C:
		_ = p.cmd.Process.Kill()
		return errors.Join(errors.New("it does not stop"), <-p.ended)
	}
}

// outputs is the last of what the background has printed.
func (s *session) outputs() string {
	var all strings.Builder
	for _, p := range s.background {
		all.WriteString(p.last())
	}
	return all.String()
}

func (p *process) last() string {
	lines := strings.Split(strings.TrimSpace(p.output.String()), "\n")
	return fmt.Sprintf("\n--- %s\n%s", p.command, strings.Join(lines[max(0, len(lines)-20):], "\n"))
}
