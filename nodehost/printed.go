package nodehost

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"

	"github.com/ilp-go/connector/clip"
)

// Printed is a line that a module has logged or printed.
type Printed struct {
	// Account is that of the plugin that has called its log, or printed as far as we can tell.
	Account string
	// Module is the name of the module, empty if it is not known.
	Module string
	// Level is that of the log of the plugin: trace, debug, info, warn or error. Else it is empty.
	Level string
	// Stream is stdout or stderr for what was printed, and fatal for an error that nobody has
	// caught: the process ends because of it.
	Stream string
	Text   string
}

const (
	lineBytesMax = 4 << 10
	streamFatal  = "fatal"
)

// SlogLevel returns the level that a line has in our log.
func (p Printed) SlogLevel() slog.Level {
	switch {
	case p.Level == "error" || p.Stream == streamFatal:
		return slog.LevelError
	case p.Level == "warn" || p.Stream == "stderr":
		return slog.LevelWarn
	case p.Level == "debug" || p.Level == "trace":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// handleLog takes a frame of type frameLog of a session. The caller holds handling.
func (h *Host) handleLog(s *session, object uint32, body []byte) {
	var line struct {
		Level  string `json:"level"`
		Stream string `json:"stream"`
		Module string `json:"module"`
		Text   string `json:"text"`
	}
	if json.Unmarshal(body, &line) != nil {
		return
	}
	p := Printed{
		Module: clip.UTF8(line.Module, nameBytesMax), Level: clip.UTF8(line.Level, nameBytesMax),
		Stream: clip.UTF8(line.Stream, nameBytesMax), Text: clip.UTF8(line.Text, lineBytesMax),
	}
	if o := h.objects[object]; o != nil {
		p.Account, p.Module = o.module.Account, o.module.Name
	}
	if p.Stream == streamFatal {
		s.fatal = firstLine(p)
	}
	h.printed(p)
}

// firstLine returns what an error that nobody has caught is, and whose.
func firstLine(p Printed) string {
	text, _, _ := strings.Cut(p.Text, "\n")
	if p.Module != "" {
		text = p.Module + ": " + text
	}
	return clip.UTF8(text, 500)
}

// printed gives a line to Options.Printed, or to the log.
func (h *Host) printed(p Printed) {
	if h.opts.Printed != nil {
		h.opts.Printed(p)
		return
	}
	attrs := []slog.Attr{slog.String("text", p.Text)}
	for _, a := range []slog.Attr{slog.String("account", p.Account), slog.String("module", p.Module), slog.String("stream", p.Stream)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	h.log.LogAttrs(nil, p.SlogLevel(), "npm module", attrs...) //nolint:staticcheck // there is no context
}

// lines is a writer that cuts what is written into lines.
type lines struct {
	stream string
	to     func(line string)
	mu     sync.Mutex
	rest   []byte
}

// Write never fails: the process must not get a broken pipe.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		end := bytes.IndexByte(l.rest, '\n') + 1
		if end == 0 && len(l.rest) > lineBytesMax {
			end = len(clip.UTF8(l.rest, lineBytesMax))
		}
		if end == 0 {
			return len(b), nil
		}
		if line := bytes.TrimRight(l.rest[:end], "\r\n"); len(line) > 0 {
			l.to(string(clip.UTF8(line, lineBytesMax)))
		}
		l.rest = l.rest[end:]
	}
}
