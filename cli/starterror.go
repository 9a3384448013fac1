package cli

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/ilp-go/connector/config"
)

// startError is why the connector does not run, with the warnings that may explain it: a
// misspelt variable is only a warning.
type startError struct {
	err      error
	warnings []config.Warning
}

// Error returns the error, and a line for each warning below it.
func (e *startError) Error() string {
	lines := []string{explain(e.err)}
	for _, w := range e.warnings {
		lines = append(lines, "  warning: "+w.String())
	}
	return strings.Join(lines, "\n")
}

// log logs what Error returns, with a line for each warning and each fault.
func (e *startError) log(log *slog.Logger) {
	for _, w := range e.warnings {
		log.Error("configuration", "warning", w.String()) // at the level of the error that it explains
	}
	var faults config.Faults
	if !errors.As(e.err, &faults) {
		log.Error(e.err.Error())
		return
	}
	for _, f := range faults {
		log.Error("cannot run with this configuration", "error", f.Error())
	}
}

// withFaults adds faults to the error of a configuration.
func withFaults(err error, more config.Faults) error {
	var faults config.Faults
	if len(more) == 0 || err != nil && !errors.As(err, &faults) {
		return err
	}
	return append(more, faults...)
}

var _ error = (*startError)(nil)
