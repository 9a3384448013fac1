package listen

import (
	"context"
	"log/slog"
)

// quiet is a log handler that shows what net/http complains of at the level debug: a stranger can
// cause any number of such lines.
type quiet struct{ slog.Handler }

// Handle logs a record at the level debug.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	if !q.Enabled(ctx, r.Level) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}
