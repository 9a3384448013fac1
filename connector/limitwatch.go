package connector

import (
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine/middleware"
)

// limitWatchPatience is how long an account is at a limit before that is an alert. A STREAM
// client that nothing passes for pauses longer and longer between its packets, and gives up
// after 58 seconds. Its refusals of the first 40 seconds must be enough, although the first of
// them may be up to alertsTick old when the watch looks.
const limitWatchPatience = 20 * time.Second

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

// limitWatch raises an alert if an account stays at its maximum or minimum balance: if for
// limitWatchPatience or longer all packets of value are refused for that. A large packet that
// is refused between others that pass says nothing: senders find out so how much passes. The
// alert resolves when the packet that was refused last would pass, or another one of value has
// passed the limit, whether it is still under way or however it was answered.
type limitWatch struct {
	alerts *account.Alerts
	mu     sync.Mutex // guards stuck
	stuck  map[limitOf]stuck
}

// limitOf is one limit of an account.
type limitOf struct {
	account *account.Account
	kind    string
}

// stuck says how long an account has been at a limit, and what operators were told.
type stuck struct {
	passed  string    // value that had passed, answered and under way
	refused uint64    // packets that had been refused before
	since   time.Time // of the first packet that was refused after that, zero for none
	message string
}

func newLimitWatch(alerts *account.Alerts) *limitWatch {
	return &limitWatch{alerts: alerts, stuck: make(map[limitOf]stuck)}
}

// look raises and resolves alerts about accounts as of now. It is called every alertsTick.
func (w *limitWatch) look(now time.Time, accounts []*account.Account) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.stuck
	w.stuck = make(map[limitOf]stuck, len(before))
	for _, a := range accounts {
		if a.Balance == nil {
			continue
		}
		state := a.Balance.Snapshot()
		if last, found := a.Counters.RefusedFrom.Last(middleware.CauseMaximum); found && !fits(last, state.RoomIn()) {
			limit, value := limitOf{a, atMaximum}, passed(&a.Counters.IncomingValue, state.PendingIn)
			s := before[limit].next(value, last)
			w.stuck[limit] = w.tell(now, limit, s, last, alertMaximum, state.Balance(), state.Maximum, state.RoomIn())
		}
		if last, found := a.Counters.RefusedTo.Last(middleware.CauseMinimum); found && !fits(last, state.RoomOut()) {
			limit, value := limitOf{a, atMinimum}, passed(&a.Counters.OutgoingValue, state.PendingOut)
			s := before[limit].next(value, last)
			w.stuck[limit] = w.tell(now, limit, s, last, alertMinimum, state.Balance(), state.Minimum, state.RoomOut())
		}
	}
	for limit, s := range before {
		if s.message != "" && w.stuck[limit].message == "" {
			w.alerts.Resolve(now, limit.account.ID, limit.kind)
		}
	}
}

// stuckAt returns the limits that an account stays at, with what operators were told.
func (w *limitWatch) stuckAt(a *account.Account) (at []stuck) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, kind := range []string{atMaximum, atMinimum} {
		if s := w.stuck[limitOf{a, kind}]; s.message != "" {
			at = append(at, s)
		}
	}
	return at
}

// passed returns a text that changes when a packet of value passes a limit, and when that packet
// is answered. An answer may take half a minute, and a second probe come before it.
func passed(answered *account.Values, underWay balance.Amount) string {
	return answered.All() + "+" + underWay.String()
}

func fits(last account.Refused, room balance.Limit) bool {
	return room.Cmp(balance.FromUint64(last.LastAmount)) >= 0
}

// next returns s as of now, when the function passed returns that value. It begins anew if it
// returned another one before.
func (s stuck) next(value string, last account.Refused) stuck {
	switch {
	case s.passed == "": // the first look since a packet was refused
		s = stuck{passed: value, refused: last.Count - 1}
	case s.passed != value:
		s = stuck{passed: value, refused: last.Count}
	}
	if s.since.IsZero() && last.Count > s.refused {
		s.since = last.LastAt
	}
	return s
}

// tell raises an alert if packets were refused for long enough, and again if there is something
// new to say. It returns s with what was said.
func (w *limitWatch) tell(now time.Time, limit limitOf, s stuck, last account.Refused, text string, figures ...any) stuck {
	if s.since.IsZero() || last.LastAt.Sub(s.since) < limitWatchPatience {
		return s
	}
	message := fmt.Sprintf(text, append([]any{s.since.UTC().Format(time.RFC3339), last.LastAmount}, figures...)...)
	switch {
	case message == s.message:
	case limit.account.Host != "": // strangers may be clients, any number of them
		w.alerts.RaiseStrangers(now, limit.account.ID, limit.kind, message)
	default:
		w.alerts.RaiseKind(now, limit.account.ID, limit.kind, message)
	}
	s.message = message
	return s
}
