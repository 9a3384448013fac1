package enginetest

import (
	"fmt"
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

	mu    sync.Mutex
	lines []string
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

// Panicked notes "panic alice a bug".
func (w *Watched) Panicked(a *account.Account, cause any, _ []byte) {
	id := "(nobody)"
	if a != nil {
		id = a.ID
	}
	w.hear("panic %s %v", id, cause)
}

var _ engine.Watch = (*Watched)(nil)
