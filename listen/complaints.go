package listen

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/clock"
)

// linesMax bounds the lines of each kind that strangers can cause, in a second.
const linesMax = 1

// Bounds of what is logged of others' text, in bytes.
const (
	pathMax      = 100
	complaintMax = 300
	stackMax     = 8 << 10
)

// complaints is a log handler for what net/http complains of. That is how operators learn of
// clients that cannot speak to us, and of handlers that panic.
type complaints struct {
	slog.Handler
	usual, panics *clock.Limiter
}

// Enabled returns true: the level of a line is not known yet.
func (c complaints) Enabled(context.Context, slog.Level) bool { return true }

// Handle logs a record, but not too often. What a probe of the port causes has the level debug.
func (c complaints) Handle(ctx context.Context, r slog.Record) error {
	level, what, limit, most := slog.LevelInfo, "connection failed", c.usual, complaintMax
	switch {
	case strings.Contains(r.Message, "panic serving"):
		level, what, limit, most = slog.LevelError, "request caused a panic", c.panics, stackMax
	case strings.HasSuffix(strings.TrimSpace(r.Message), ": EOF"):
		level = slog.LevelDebug
	}
	if !c.Handler.Enabled(ctx, level) {
		return nil
	}
	pass, held := limit.Pass(linesMax)
	if !pass {
		return nil
	}
	line := slog.NewRecord(r.Time, level, what, 0)
	line.AddAttrs(slog.String("error", clip.UTF8(r.Message, most)), slog.Int64("notLogged", held))
	return c.Handler.Handle(ctx, line)
}

// reportRefused logs that a socket was refused or closed.
func (s *Server) reportRefused(remote, why string) {
	if pass, held := s.refused.Pass(linesMax); pass {
		s.log.Warn("socket refused", "remote", remote, "reason", why, "notLogged", held)
	}
}

// reportAstray logs a request for a path that nothing is served at.
func (s *Server) reportAstray(r *http.Request) {
	if pass, held := s.astray.Pass(linesMax); pass {
		s.log.Info("request for a path without a handler", "remote", r.RemoteAddr, "path", clip.UTF8(r.URL.EscapedPath(), pathMax), "notLogged", held)
	}
}

// reportUnread logs that a client has sent something that is no request of HTTP.
func (s *Server) reportUnread(remote string) {
	if pass, held := s.unread.Pass(linesMax); pass {
		s.log.Info("connection ended without a request that can be read", "remote", remote, "notLogged", held)
	}
}

// noteState notes that a connection has sent a part of a request through TLS, and reports those
// that end without a whole one.
func (s *Server) noteState(conn net.Conn, state http.ConnState) {
	one := socketOf(conn)
	if one == nil {
		return
	}
	switch state {
	case http.StateActive:
		one.heard.Store(true)
	case http.StateClosed:
		if one.heard.Load() && !one.asked.Load() {
			s.reportUnread(one.RemoteAddr().String())
		}
	}
}
