package cli

import (
	"context"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/ilp-go/connector/connector"
)

// oneStop is how long after the first signal further ones count as the same. A service
// manager may signal the process and its group, and operators press Ctrl-C twice.
const oneStop = time.Second

// stopper is what untilSignal needs.
type stopper struct {
	signals <-chan os.Signal
	log     *slog.Logger
	exit    func(status int)
	losses  func() []any // attributes for the log: what an end at once loses
	reload  func()       // reads the configuration again, on a goroutine of its own
}

// untilSignal returns a context that ends with ctx or at the first signal that stops. A later
// one calls exit, for an operator that does not want to wait for the packets in flight. The
// caller calls done at the end.
func untilSignal(ctx context.Context, s stopper) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		got, ok := s.next(over)
		if !ok {
			return
		}
		cancel() // before the log line, which may block
		first := time.Now()
		s.log.Info("stopping; another signal, a second later or more, stops at once", "signal", got.String())
		for {
			if got, ok = s.next(over); !ok {
				return
			}
			if time.Since(first) >= oneStop {
				break
			}
			s.log.Info("stopping already, and still waiting for packets in flight; signals within a second count as one", "signal", got.String())
		}
		s.log.Warn("stopped at once: packets in flight get no answer, and their senders see them expire",
			append([]any{"signal", got.String()}, s.losses()...)...)
		s.exit(exitFailure)
	}()
	return ctx, func() {
		close(over)
		cancel()
		<-ended // so that its log lines come before the end
	}
}

// next waits for a signal that stops. It returns false when over is closed. A SIGHUP asks
// daemons to read their configuration again. A terminal that ends sends one too, so it must not
// stop the connector.
func (s *stopper) next(over <-chan struct{}) (os.Signal, bool) {
	for {
		select {
		case got := <-s.signals:
			if got != syscall.SIGHUP {
				return got, true
			}
			s.log.Info("SIGHUP: reading the configuration again")
			go s.reload()
		case <-over:
			return nil, false
		}
	}
}

// losses says what an end at once loses. c is nil before there is a connector.
func losses(c *connector.Connector) []any {
	if c == nil {
		return nil
	}
	balances := "lost: there is no store path"
	if c.Durable() {
		balances = "kept in the store"
	}
	return []any{"inFlight", c.InFlight(), "balances", balances}
}
