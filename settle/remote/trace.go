package remote

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// What operators learn about a payment that we do not credit. The money has moved on the
// ledger all the same. Each text is one kind of log line and of alert.
const (
	alertKey      = "a payment was not credited: the settlement engine sent no valid key"
	alertQuantity = "a payment was not credited: the settlement engine sent no valid quantity"
	alertRange    = "a payment was not credited: the amount is out of range"
	alertAccount  = "a payment was not credited: the account does not exist or has no settlement engine"
	alertBusy     = "a payment was not credited yet, and its engine must send it again: too many payments of the account wait"
	alertSlots    = "a settlement engine must ask again later: too many requests are under way"
)

// What operators learn from the log alone.
const (
	kindReused  = "a settlement engine used a key again, for another amount"
	kindUnknown = "it is unknown whether a payment was credited, and its engine must send it again"
)

const (
	tracePace = time.Second // between two lines of one kind
	clipMax   = 80          // characters of what an engine has sent
)

// trace writes log lines, at most one of each kind per tracePace. The zero value is ready.
type trace struct {
	mu    sync.Mutex
	kinds map[string]*traced // kinds are constants, so they are few
}

// traced is what trace remembers about one kind.
type traced struct {
	last    time.Time
	leftOut int // lines not written since last
}

// write writes a line, or counts it for the next line of its kind.
func (t *trace) write(log *slog.Logger, level slog.Level, kind string, attrs ...any) {
	leftOut, ok := t.admit(kind, time.Now())
	if !ok {
		return
	}
	if leftOut > 0 {
		attrs = append(attrs, "leftOut", leftOut)
	}
	log.Log(context.Background(), level, kind, attrs...)
}

// admit reports whether a line may be written now, and how many were left out before it.
func (t *trace) admit(kind string, now time.Time) (leftOut int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.kinds[kind]
	switch {
	case k == nil:
		if t.kinds == nil {
			t.kinds = make(map[string]*traced)
		}
		k = new(traced)
		t.kinds[kind] = k
	case now.Sub(k.last) < tracePace:
		k.leftOut++
		return 0, false
	}
	leftOut, k.last, k.leftOut = k.leftOut, now, 0
	return leftOut, true
}

// refused tells operators that a request was refused, and why. If the account has no engine,
// the alert names no account, because engines could make up accounts without end.
func (a *Accounting) refused(accountID, kind, reason string, attrs ...any) {
	attrs = append([]any{"account", clipped(accountID), "reason", reason}, attrs...)
	a.trace.write(a.Log, slog.LevelWarn, kind, attrs...)
	if a.Alert == nil {
		return
	}
	if a.Engines.Find(accountID) == nil {
		accountID = ""
	}
	a.Alert(accountID, kind)
}

// admitted tells operators that an engine is heard again.
func (a *Accounting) admitted(accountID string) {
	if a.Resolved == nil {
		return
	}
	a.Resolved(accountID, alertBusy)
	a.Resolved(accountID, alertSlots)
}

// clipped quotes the beginning of what an engine has sent.
func clipped(text string) string { return fmt.Sprintf("%.*q", clipMax, text) }
