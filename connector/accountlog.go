package connector

import (
	"context"
	"log/slog"
)

// accountLog returns a log whose lines name an account.
func accountLog(log *slog.Logger, id string) *slog.Logger {
	return slog.New(&accountHandler{log.Handler(), id})
}

// accountHandler adds the account to each line. It makes the handler that does so when there is a line:
// of very many accounts, most log nothing.
type accountHandler struct {
	slog.Handler
	id string
}

func (h *accountHandler) named() slog.Handler {
	return h.Handler.WithAttrs([]slog.Attr{slog.String("account", h.id)})
}

// Handle writes a line.
func (h *accountHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.named().Handle(ctx, r)
}

// WithAttrs returns a handler that adds more.
func (h *accountHandler) WithAttrs(attrs []slog.Attr) slog.Handler { return h.named().WithAttrs(attrs) }

// WithGroup returns a handler that puts what is added into a group.
func (h *accountHandler) WithGroup(name string) slog.Handler { return h.named().WithGroup(name) }

var _ slog.Handler = (*accountHandler)(nil)
