package connector

import (
	"context"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine/middleware"
)

const (
	limitWatchEvery    = 10 * time.Second
	limitWatchPatience = time.Minute
)

// The kinds of alerts about a balance that stays at a limit.
const (
	atMaximum = "maximum balance"
	atMinimum = "minimum balance"
)

// What they say.
const (
	alertMaximum = "packets from the account pass its maximum balance and are refused with T04 since %s: the last had the amount %d; " +
		"balance %s, maximum %s, room %s; it must settle, or raise balance.maximum"
	alertMinimum = "packets to the account pass its minimum balance and are refused with T04 since %s: the last had the amount %d; " +
		"balance %s, minimum %s, room %s; settle, or lower balance.minimum"
)

// limitWatch raises an alert if an account stays at its maximum or minimum balance: if a packet
// that was refused would still be refused a minute later. The alert resolves when the packet
// would pass.
type limitWatch struct {
	registry *account.Registry
	alerts   *account.Alerts
	stuck    map[limitOf]stuck
}

// limitOf is one limit of an account.
type limitOf struct {
	account *account.Account
	kind    string
}

// stuck says since when an account is at a limit, and what operators were told.
type stuck struct {
	since   time.Time
	message string
}

func newLimitWatch(registry *account.Registry, alerts *account.Alerts) *limitWatch {
	return &limitWatch{registry, alerts, make(map[limitOf]stuck)}
}

// run looks at all accounts every ten seconds, until ctx ends. It blocks.
func (w *limitWatch) run(ctx context.Context) {
	ticker := time.NewTicker(limitWatchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			w.look(now)
		}
	}
}

// look raises and resolves alerts as of now.
func (w *limitWatch) look(now time.Time) {
	before := w.stuck
	w.stuck = make(map[limitOf]stuck, len(before))
	for _, a := range w.registry.All() {
		if a.Balance == nil {
			continue
		}
		state := a.Balance.Snapshot()
		if last, found := a.Counters.RefusedFrom.Last(middleware.CauseMaximum); found && !fits(last, state.RoomIn()) {
			limit := limitOf{a, atMaximum}
			w.stay(now, limit, before[limit], last, alertMaximum, state.Balance(), state.Maximum, state.RoomIn())
		}
		if last, found := a.Counters.RefusedTo.Last(middleware.CauseMinimum); found && !fits(last, state.RoomOut()) {
			limit := limitOf{a, atMinimum}
			w.stay(now, limit, before[limit], last, alertMinimum, state.Balance(), state.Minimum, state.RoomOut())
		}
	}
	for limit := range before {
		if _, still := w.stuck[limit]; !still {
			w.alerts.Resolve(now, limit.account.ID, limit.kind)
		}
	}
}

func fits(last account.Refused, room balance.Limit) bool {
	return room.Cmp(balance.FromUint64(last.LastAmount)) >= 0
}

// stay notes that an account is still at a limit, and raises an alert once that is so for a
// minute, and again if there is something new to say.
func (w *limitWatch) stay(now time.Time, limit limitOf, s stuck, last account.Refused, text string, figures ...any) {
	if s.since.IsZero() {
		s.since = last.LastAt
	}
	if now.Sub(s.since) >= limitWatchPatience {
		message := fmt.Sprintf(text, append([]any{s.since.UTC().Format(time.RFC3339), last.LastAmount}, figures...)...)
		if message != s.message {
			w.alerts.RaiseKind(now, limit.account.ID, limit.kind, message)
		}
		s.message = message
	}
	w.stuck[limit] = s
}
