package enginetest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
)

// Watched remembers what an operator would hear, a line each. The zero value has heard
// nothing.
type Watched struct {
	set *middleware.Set // hears of late answers, as in a connector

	mu       sync.Mutex
	lines    []string
	refusals []string
}

// Refusals returns the lines about refusals so far, and forgets them.
func (w *Watched) Refusals() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.refusals
	w.refusals = nil
	return lines
}

// Heard returns the lines so far, and forgets them.
func (w *Watched) Heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.lines
	w.lines = nil
	return lines
}

func (w *Watched) hear(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// LateAnswer notes "late bob fulfilled 7".
func (w *Watched) LateAnswer(a *account.Account, reply *ilp.Reply, amount uint64) {
	w.hear("late %s %s %d", a.ID, account.ResultOf(reply), amount)
	w.set.Late(a, reply)
}

// UnmatchedAnswer notes "unmatched bob fulfilled".
func (w *Watched) UnmatchedAnswer(a *account.Account, reply *ilp.Reply) {
	w.hear("unmatched %s %s", a.ID, account.ResultOf(reply))
}

// LateFulfill notes "overdue alice 7 by 1s".
func (w *Watched) LateFulfill(a *account.Account, amount uint64, late time.Duration) {
	w.hear("overdue %s %d by %v", a.ID, amount, late)
}

// KeptFulfill notes "kept alice T99".
func (w *Watched) KeptFulfill(a *account.Account, code ilp.Code) {
	w.hear("kept %s %s", a.ID, code)
}

// Refused notes "alice bob T04 minimum_balance 7 8 -100 5" apart from the others: the accounts,
// "-" for none, code, cause, the amount in units of both, limit and headroom.
func (w *Watched) Refused(r engine.Refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	limit, headroom := r.Cause.Room()
	w.refusals = append(w.refusals, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %d %d %s %s",
		idOf(r.From), idOf(r.To), r.Failure.Code, r.Cause.Name(), r.Incoming, r.Outgoing, limit, headroom)))
}

func idOf(a *account.Account) string {
	if a == nil {
		return "-"
	}
	return a.ID
}

// Panicked notes "panic alice a bug".
func (w *Watched) Panicked(a *account.Account, cause any, _ []byte) {
	id := "(nobody)"
	if a != nil {
		id = a.ID
	}
	w.hear("panic %s %v", id, cause)
}

var _ engine.Watch = (*Watched)(nil)
