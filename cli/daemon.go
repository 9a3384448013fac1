package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) runCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "run",
		Short: "Run the connector (as without a command)",
		Long: "Run the connector until SIGINT, SIGTERM or SIGHUP, then let the packets in flight end.\n" +
			"A second signal ends it at once.",
		Args: takesNone,
	}
	p.makeDaemon(command)
	return command
}

// makeDaemon makes a command run the connector.
func (p *program) makeDaemon(command *cobra.Command) {
	var log logFlags
	log.add(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		lines := newLogWriter(p.stderr)
		defer lines.Close()
		return p.daemon(command.Context(), log.logger(lines))
	}
}

// daemon runs the connector until a signal.
func (p *program) daemon(ctx context.Context, log *slog.Logger) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // who reads the log may end before us
	defer signal.Stop(signals)
	ctx, done := untilSignal(ctx, signals, log, os.Exit)
	defer done()
	cfg, warnings, err := p.load()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		log.Warn("configuration", "warning", w.String())
	}
	c, err := p.newConnector(cfg, log)
	if err != nil {
		return err
	}
	go tidy(ctx, c.Ready())
	if err := c.Run(ctx); err != nil {
		return fmt.Errorf("the connector has stopped: %w", err)
	}
	return nil
}

// tidyAfter is when the start is over for good: peers that have waited for us are back.
const tidyAfter = time.Second

// tidy gives the memory back that a start takes and nothing later does. Each collection
// halves the stacks that have become larger than they need to be.
func tidy(ctx context.Context, ready <-chan struct{}) {
	select {
	case <-ready:
	case <-ctx.Done():
		return
	}
	select {
	case <-time.After(tidyAfter):
	case <-ctx.Done():
		return
	}
	for range 3 {
		debug.FreeOSMemory()
	}
}

// untilSignal is ctx until the first signal. The second one exits, for an operator
// who does not want to wait until the packets in flight have ended. The caller
// calls done when there is nothing left to wait for.
func untilSignal(ctx context.Context, signals <-chan os.Signal, log *slog.Logger, exit func(status int)) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case s := <-signals:
			cancel() // before the log, which may have nobody who reads it
			log.Info("stopping; a second signal stops at once", "signal", s.String())
		case <-over:
			return
		}
		select {
		case s := <-signals:
			log.Warn("stopped at once; packets in flight are not waited for", "signal", s.String())
			exit(exitFailure)
		case <-over:
		}
	}()
	return ctx, func() {
		close(over)
		cancel()
		<-ended // what it says belongs before the end
	}
}
