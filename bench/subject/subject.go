//go:build linux

package subject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ilp-go/connector/bench/load"
)

// Kind tells the processes apart.
type Kind string

// The kinds.
const (
	Connector Kind = "connector"
	Reference Kind = "reference"
	Relay     Kind = "relay"
)

// Subject is a process under test.
type Subject struct {
	*process
	kind  Kind
	setup Setup
	port  int // the first of its ports
	dir   string
}

// Start starts a process. The process may not listen yet.
func Start(programs Programs, kind Kind, setup Setup) (*Subject, error) {
	s := &Subject{kind: kind, setup: setup}
	var err error
	if s.dir, err = os.MkdirTemp("", "ilp-bench-"); err != nil {
		return nil, err
	}
	if s.port, err = freePorts(s.ports()); err == nil {
		s.process, err = s.start(programs)
	}
	if err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

// ports returns the number of ports. A relay over HTTP has one receiver.
func (s *Subject) ports() int {
	switch {
	case s.kind != Relay:
		return s.setup.ports()
	case s.setup.HTTPReceivers:
		return s.setup.served()
	}
	return 1
}

func (s *Subject) start(programs Programs) (*process, error) {
	if s.kind == Relay {
		argv := []string{programs.Relay, "-listen", fmt.Sprintf("127.0.0.1:%d", s.port)}
		if s.setup.HTTPReceivers {
			argv = append(argv, "-http", s.receiverURL(0))
		}
		return startProcess(s.dir, nil, s.setup.Core, argv...)
	}
	c := s.settings()
	if s.kind == Connector && s.setup.Hosted > 0 {
		if err := c.host(s.setup.Hosted, programs); err != nil {
			return nil, err
		}
	}
	env, fit, err := c.variables()
	if err != nil {
		return nil, err
	}
	if s.kind == Reference {
		return s.startReference(programs, env, fit)
	}
	argv := []string{programs.Connector, "run", "--log-level", "warn"}
	if !fit || s.setup.ours() {
		if err := writeJSON(s.configFile(), c); err != nil {
			return nil, err
		}
		argv, env = append(argv, "--config", s.configFile()), nil
	}
	if s.setup.Profiled {
		argv[0], env = programs.Profiled, append(env, fmt.Sprintf("BENCH_PROFILE=127.0.0.1:%d", s.otherPort(profilePort)))
	}
	return startProcess(s.dir, env, s.setup.Core, argv...)
}

// settings returns the configuration of the process.
func (s *Subject) settings() settings {
	dir := s.dir
	if s.setup.Dir != "" {
		dir = s.setup.Dir
	}
	return newSettings(s.setup, s.port, storeIn(dir))
}

func (s *Subject) configFile() string { return filepath.Join(s.dir, "connector.json") }

// Configure writes the configuration file again, as edit changes its accounts. The process reads it
// when it reloads.
func (s *Subject) Configure(edit func(accounts map[string]map[string]any)) error {
	c := s.settings()
	edit(c["accounts"].(map[string]map[string]any))
	return writeJSON(s.configFile(), c)
}

// Spoil writes a configuration file that is no JSON.
func (s *Subject) Spoil() error { return os.WriteFile(s.configFile(), []byte(`{"accounts": {`), 0o600) }

func (s *Subject) otherPort(which int) int { return s.port + s.setup.served() + which }

// receiverURL returns where the load listens for packets to a receiver over HTTP.
func (s *Subject) receiverURL(i int) string { return httpURL(s.port + s.setup.accounts() + i) }

// SparePort returns a port that is free for an account that is added.
func (s *Subject) SparePort(i int) int { return s.otherPort(otherPorts + i) }

// NewAccount returns an account that is added over the admin API, and listens on a spare port.
func (s *Subject) NewAccount(i int) json.RawMessage { return newAccount(s.SparePort(i)) }

// AdminURL returns where the admin API is.
func (s *Subject) AdminURL() string {
	return fmt.Sprintf("http://127.0.0.1:%d", s.otherPort(adminPort))
}

// ProfileURL returns where the folder of pprof is.
func (s *Subject) ProfileURL() string {
	return fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/", s.otherPort(profilePort))
}

// Ended returns a channel that is closed when the process has ended.
func (s *Subject) Ended() <-chan struct{} { return s.exited }

// Stop ends the process and removes its files.
func (s *Subject) Stop() {
	s.stop()
	_ = os.RemoveAll(s.dir)
}

// Output returns the last output of the process.
func (s *Subject) Output() string { return s.output.String() }

// Age returns how long ago the process was started.
func (s *Subject) Age() time.Duration { return time.Since(s.began) }

// CPU returns the CPU time that the process has used, user and system.
func (s *Subject) CPU() (time.Duration, error) { return s.cpu() }

// Child returns the process that the process has started: the node host.
func (s *Subject) Child() (*Child, error) { return s.child() }

// Usage is what a process has used.
type Usage struct {
	Memory, Peak int64 // bytes in use, and the most so far
	CPU          time.Duration
}

// Usage returns what the process has used so far.
func (s *Subject) Usage() (u Usage, err error) {
	if u.CPU, err = s.cpu(); err == nil {
		u.Memory, u.Peak, err = s.memory()
	}
	return u, err
}

// LoadOptions returns how to connect all accounts of the process.
func (s *Subject) LoadOptions() load.Options {
	o := load.Options{Address: Address, Divisor: Divisor}
	if s.kind == Relay {
		o.Divisor = 1
	}
	if s.setup.Priced {
		o.Prices = load.NewPrices(s.setup.Converted)
	}
	for i := range s.setup.Senders {
		if s.setup.HTTPSenders {
			o.Senders = append(o.Senders, slices.Repeat([]load.Endpoint{s.httpSender(i)}, s.setup.Connections)...)
			continue
		}
		o.Senders = append(o.Senders, s.endpoint(i, i, SenderID(i)))
	}
	for i := range s.setup.Receivers {
		if s.setup.HTTPReceivers {
			o.Receivers = append(o.Receivers, load.Endpoint{URL: s.receiverURL(i)})
			continue
		}
		o.Receivers = append(o.Receivers, s.endpoint(s.setup.Senders+i, i, receiverID(i)))
	}
	for i := range s.setup.Neighbors {
		o.Neighbors = append(o.Neighbors, s.endpoint(s.setup.Senders+s.setup.Receivers+i, i, neighborID(i)))
	}
	return o
}

// httpSender returns where a sender over HTTP connects. A relay asks for no token.
func (s *Subject) httpSender(i int) load.Endpoint {
	if s.kind == Relay {
		return load.Endpoint{URL: httpURL(s.port)}
	}
	return load.Endpoint{URL: httpURL(s.port + i), Token: httpToken(SenderID(i))}
}

// ClientOptions returns how to connect clients.
func (s *Subject) ClientOptions(clients []int) load.Options {
	o := load.Options{Address: Address, Divisor: 1}
	url := fmt.Sprintf("ws://127.0.0.1:%d", s.otherPort(clientsPort))
	for _, i := range clients {
		o.Clients = append(o.Clients, load.Endpoint{URL: url, User: clientName(i), Token: clientToken(i)})
	}
	return o
}

// SharedOptions returns how to connect all children on the shared listener.
func (s *Subject) SharedOptions() load.Options {
	o := load.Options{Address: Address, Divisor: 1}
	for i := range s.setup.Shared {
		id := sharedID(i)
		url := fmt.Sprintf("ws://127.0.0.1:%d/accounts/%s/ilp/btp", s.otherPort(sharedPort), id)
		o.Clients = append(o.Clients, load.Endpoint{URL: url, User: id, Token: sharedToken(id)})
	}
	return o
}

// endpoint returns where the account at a place in the list connects. A relay has one port and joins
// two clients that ask for the same path.
func (s *Subject) endpoint(place, pair int, id string) load.Endpoint {
	if s.kind == Relay {
		return load.Endpoint{URL: fmt.Sprintf("ws://127.0.0.1:%d/%d", s.port, pair)}
	}
	return load.Endpoint{URL: fmt.Sprintf("ws://127.0.0.1:%d", s.port+place), Token: id}
}

// ErrEnded says that the process is gone. Its output says why.
var ErrEnded = errors.New("the process has ended")

// Dial connects all accounts. It fails with ErrEnded when the process ends first.
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
