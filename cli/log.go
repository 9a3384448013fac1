package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
)

// logFlags say what is logged and how.
type logFlags struct {
	level  logLevel
	format logFormat
}

func (l *logFlags) add(command *cobra.Command) {
	l.format = "text"
	flags := command.Flags()
	flags.Var(&l.level, "log-level", "least `level` that is logged: debug, info, warn or error")
	flags.Var(&l.format, "log-format", "text or json")
}

// logger logs to w.
func (l *logFlags) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.level.Level}
	if l.format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// logLevel is how much is logged; the zero value is info.
type logLevel struct{ slog.Level }

// Set refuses other levels. It knows those between, such as info+2, too.
func (l *logLevel) Set(text string) error {
	if l.UnmarshalText([]byte(text)) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", text)
	}
	return nil
}

// String is the level as it is written on the command line.
func (l *logLevel) String() string { return strings.ToLower(l.Level.String()) }

// Type is what the help calls the value.
func (l *logLevel) Type() string { return "level" }

// logFormat is text or json.
type logFormat string

// Set refuses other formats.
func (f *logFormat) Set(text string) error {
	if text != "text" && text != "json" {
		return fmt.Errorf("%q is neither text nor json", text)
	}
	*f = logFormat(text)
	return nil
}

// String is the format.
func (f *logFormat) String() string { return string(*f) }

// Type is what the help calls the value.
func (f *logFormat) Type() string { return "format" }
