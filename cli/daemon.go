package cli

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

func (p *program) runCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "run",
		Short: "Run the connector, as without a command",
		Long: "Run the connector until SIGINT or SIGTERM. Then it waits for the packets in flight, and ends.\n" +
			"Another such signal, a second later or more, ends it at once. SIGHUP makes it read its configuration again.",
		Args: noArgs,
	}
	p.makeDaemon(command)
	return command
}

// makeDaemon gives a command the log flags, and makes it run the connector.
func (p *program) makeDaemon(command *cobra.Command) {
	log := newLogFlags()
	log.add(command)
	for flag, values := range map[string][]cobra.Completion{"log-level": {"debug", "info", "warn", "error"}, "log-format": {"text", "json"}} {
		_ = command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	p.addConfig(command.Flags())
	command.RunE = func(command *cobra.Command, _ []string) error {
		faults := log.readVariables()
		lines := newLogWriter(p.stderr)
		defer lines.Close()
		exit := func(status int) {
			lines.Close() // first, or the last lines are lost
			p.exit(status)
		}
		ours := log.logger(lines)
		defer takeStandardLog(ours)()
		failed := p.daemon(command.Context(), ours, faults, exit)
		if failed == nil {
			return nil
		}
		if log.format == "json" {
			failed.log(log.loggerFrom(slog.LevelWarn, lines))
			return errReported
		}
		return failed
	}
}

// daemon runs the connector until a signal. The faults are those of the log variables. exit
// ends the process at once.
func (p *program) daemon(ctx context.Context, log *slog.Logger, faults config.Faults, exit func(status int)) *startError {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // the reader of the log may end before us
	defer signal.Stop(signals)
	var running atomic.Pointer[connector.Connector]
	ctx, done := untilSignal(ctx, stopper{signals, log, exit, func() []any { return losses(running.Load()) }, func() {
		if c := running.Load(); c != nil {
			_, _, _ = c.Reread(false) // it logs the outcome
		}
	}})
	defer done()
	endSaving := saveRoom()
	c, warnings, err := p.make(log, faults)
	endSaving()
	if err != nil {
		return &startError{"", err, warnings}
	}
	running.Store(c)
	defer spaceCollections(roomMin)()
	go freeMemory(ctx, c.Ready(), quietTick)
	if err := c.Run(ctx); err != nil {
		what := "the connector cannot start"
		select {
		case <-c.Ready():
			what, warnings = "the connector has stopped", nil // they do not explain it
		default:
			if log.Enabled(context.Background(), slog.LevelWarn) {
				warnings = nil // they stand above
			}
		}
		return &startError{what, err, warnings}
	}
	return nil
}

// make reads the configuration and makes the connector. It logs the warnings, unless it
// returns an error: then they belong to the error.
func (p *program) make(log *slog.Logger, faults config.Faults) (c *connector.Connector, warnings []config.Warning, err error) {
	cfg, warnings, err := p.load()
	if err = withFaults(err, faults); err != nil {
		return nil, warnings, err
	}
	if c, err = connector.New(cfg, append(p.withLog(log), connector.WithReread(p.load))...); err != nil {
		return nil, warnings, err
	}
	for _, w := range warnings {
		log.Warn("configuration", "warning", w.String())
	}
	return c, warnings, nil
}
