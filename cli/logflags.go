package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
)

// logFlags are the flags of the log.
type logFlags struct {
	level  logLevel
	format logFormat
}

func (l *logFlags) add(command *cobra.Command) {
	l.format = "text"
	flags := command.Flags()
	flags.Var(&l.level, "log-level", "lowest `level` to log: debug, info, warn or error")
	flags.Var(&l.format, "log-format", "`format` of the log: text or json")
}

// logger returns a logger that writes to w.
func (l *logFlags) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.level.Level}
	if l.format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// logLevel is the lowest level to log. The zero value is info.
type logLevel struct{ slog.Level }

// Set sets the level. It accepts levels in between as well, such as info+2.
func (l *logLevel) Set(text string) error {
	if l.UnmarshalText([]byte(text)) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", text)
	}
	return nil
}

// String returns the level as on the command line.
func (l *logLevel) String() string { return strings.ToLower(l.Level.String()) }

// Type returns the name of the value in the help.
func (l *logLevel) Type() string { return "level" }

// logFormat is text or json.
type logFormat string

// Set sets the format.
func (f *logFormat) Set(text string) error {
	if text != "text" && text != "json" {
		return fmt.Errorf("%q is neither text nor json", text)
	}
	*f = logFormat(text)
	return nil
}

// String returns the format.
func (f *logFormat) String() string { return string(*f) }

// Type returns the name of the value in the help.
func (f *logFormat) Type() string { return "format" }
