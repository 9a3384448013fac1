package cli

import (
	"cmp"
	"errors"
	"log/slog"
	"strings"

	"github.com/ilp-go/connector/config"
)

// startError is why the connector does not run, with the warnings that may explain it: a
// misspelt variable is only a warning.
type startError struct {
	what     string // what has failed, or empty if the connector could not be made
	err      error
	warnings []config.Warning
}

// Error returns the error, and a line for each warning below it.
func (e *startError) Error() string {
	text := explain(e.err)
	if e.what != "" && e.faults() == nil {
		text = e.what + ": " + text
	}
	lines := []string{text}
	for _, w := range e.warnings {
		lines = append(lines, "  warning: "+w.String())
	}
	return strings.Join(lines, "\n")
}

// faults returns the faults of the configuration, if they are the error.
func (e *startError) faults() (faults config.Faults) {
	errors.As(e.err, &faults)
	return faults
}

// log logs what Error returns, with a line for each warning and each fault.
func (e *startError) log(log *slog.Logger) {
	for _, w := range e.warnings {
		log.Warn("configuration", "warning", w.String())
	}
	const refused = "cannot run with this configuration"
	faults := e.faults()
	if faults == nil {
		log.Error(cmp.Or(e.what, refused), "error", e.err.Error())
	}
	for _, f := range faults {
		log.Error(refused, "error", f.Error())
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
