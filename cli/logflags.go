package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/config"
)

// logFlags are the flags of the log, or the variables in their place.
type logFlags struct {
	level  logLevel
	format logFormat
	flags  *pflag.FlagSet
}

// The variables that the command line reads besides those of the settings. A flag wins.
const (
	configVariable    = "CONNECTOR_CONFIG"
	logLevelVariable  = "CONNECTOR_LOG_LEVEL"
	logFormatVariable = "CONNECTOR_LOG_FORMAT"
)

// newLogFlags returns the flags with their defaults.
func newLogFlags() *logFlags {
	l := &logFlags{format: "text", flags: pflag.NewFlagSet("log", pflag.ContinueOnError)}
	l.flags.Var(&l.level, "log-level", "lowest `level` to log: debug, info, warn or error; also "+logLevelVariable)
	l.flags.Var(&l.format, "log-format", "`format` of the log: text or json; also "+logFormatVariable)
	return l
}

func (l *logFlags) add(command *cobra.Command) { command.Flags().AddFlagSet(l.flags) }

// readVariables reads the variables of the flags that are not given. A variable that is
// empty counts as not set.
func (l *logFlags) readVariables() (faults config.Faults) {
	for _, v := range []struct{ flag, variable string }{{"log-level", logLevelVariable}, {"log-format", logFormatVariable}} {
		text, flag := os.Getenv(v.variable), l.flags.Lookup(v.flag)
		if text == "" || flag.Changed {
			continue
		}
		if err := flag.Value.Set(text); err != nil {
			faults = append(faults, config.Fault{Variable: v.variable, Problem: err.Error(), Hint: "set it to one of them, or unset it"})
		}
	}
	return faults
}

// logger returns a logger that writes to w.
func (l *logFlags) logger(w io.Writer) *slog.Logger { return l.loggerFrom(l.level.Level, w) }

// loggerFrom returns a logger that writes lines of a level and those above it to w, whatever
// the lowest level to log is.
func (l *logFlags) loggerFrom(level slog.Level, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
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
