package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// logFlags say what is logged and how.
type logFlags struct {
	level  slog.Level
	format logFormat
}

func (l *logFlags) add(command *cobra.Command) {
	l.format = "text"
	flags := command.Flags()
	flags.TextVar(&l.level, "log-level", slog.LevelInfo, "least `level` that is logged: debug, info, warn or error")
	flags.Var(&l.format, "log-format", "text or json")
}

// logger logs to w.
func (l *logFlags) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.level}
	if l.format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

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
