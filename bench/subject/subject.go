//go:build linux

package subject

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ilp-go/connector/bench/load"
)

// Kind is which process it is.
type Kind string

// The kinds.
const (
	Connector Kind = "connector"
	Reference Kind = "reference"
	Relay     Kind = "relay"
)

// Programs say where the processes come from.
type Programs struct {
	Connector string // our binary
	Relay     string // that of package relay
	Node      string
	Peers     string // the folder with the npm packages of the reference
}

// Subject is a process under test.
type Subject struct {
	*process
	kind  Kind
	setup Setup
	port  int // the first one
	dir   string
}

// Start starts a process; it may not listen yet.
func Start(programs Programs, kind Kind, setup Setup) (*Subject, error) {
	s := &Subject{kind: kind, setup: setup}
	var err error
	if s.dir, err = os.MkdirTemp("", "ilp-bench-"); err != nil {
		return nil, err
	}
	ports := setup.accounts()
	if kind == Relay {
		ports = 1
	}
	if s.port, err = freePorts(ports); err == nil {
		s.process, err = s.start(programs)
	}
	if err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

func (s *Subject) start(programs Programs) (*process, error) {
	if s.kind == Relay {
		address := fmt.Sprintf("127.0.0.1:%d", s.port)
		return startProcess(s.dir, nil, s.setup.Core, programs.Relay, "-listen", address)
	}
	c := newSettings(s.setup, s.port, filepath.Join(s.dir, "store"))
	env, fit, err := c.variables()
	if err != nil {
		return nil, err
	}
	if s.kind == Reference {
		return s.startReference(programs, env, fit)
	}
	argv := []string{programs.Connector, "run", "--log-level", "warn"}
	if !fit {
		file := filepath.Join(s.dir, "connector.json")
		if err := writeJSON(file, c); err != nil {
			return nil, err
		}
		argv, env = append(argv, "--config", file), nil
	}
	return startProcess(s.dir, env, s.setup.Core, argv...)
}

// Stop ends the process and removes its files.
func (s *Subject) Stop() {
	s.stop()
	_ = os.RemoveAll(s.dir)
}

// Output is the end of what the process has printed.
func (s *Subject) Output() string { return s.output.String() }

// Age is how long ago the process was started.
func (s *Subject) Age() time.Duration { return time.Since(s.began) }

// CPU is the CPU time it has used so far, user and system.
func (s *Subject) CPU() (time.Duration, error) { return s.cpu() }

// Memory is how many bytes it has in use, and had at most.
func (s *Subject) Memory() (now, peak int64, err error) { return s.memory() }

// LoadOptions say how all its accounts are connected.
func (s *Subject) LoadOptions() load.Options {
	o := load.Options{Address: Address, Divisor: Divisor}
	if s.kind == Relay {
		o.Divisor = 1
	}
	for i := range s.setup.Senders {
		o.Senders = append(o.Senders, s.endpoint(len(o.Senders), i, senderID(i)))
	}
	for i := range s.setup.Receivers {
		o.Receivers = append(o.Receivers, s.endpoint(len(o.Senders)+len(o.Receivers), i, receiverID(i)))
	}
	for i := range s.setup.Neighbors {
		at := len(o.Senders) + len(o.Receivers) + len(o.Neighbors)
		o.Neighbors = append(o.Neighbors, s.endpoint(at, i, neighborID(i)))
	}
	return o
}

// endpoint is where the account at a place in the list connects. A relay has one port, and
// pairs those that ask for the same path.
func (s *Subject) endpoint(place, pair int, id string) load.Endpoint {
	if s.kind == Relay {
		return load.Endpoint{URL: fmt.Sprintf("ws://127.0.0.1:%d/%d", s.port, pair)}
	}
	return load.Endpoint{URL: fmt.Sprintf("ws://127.0.0.1:%d", s.port+place), Token: id}
}

// ErrEnded says that the process is gone; its output says why.
var ErrEnded = errors.New("the process has ended")

// Dial connects all accounts. It gives up with ErrEnded when the process ends.
func (s *Subject) Dial(ctx context.Context, opts load.Options) (*load.Load, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.exited:
			cancel(ErrEnded)
		case <-ctx.Done():
		}
	}()
	l, err := load.Dial(ctx, opts)
	if err != nil && context.Cause(ctx) != nil {
		err = fmt.Errorf("%w: %w", err, context.Cause(ctx))
	}
	return l, err
}
