package settle

import (
	"context"
	"errors"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// idKept is how long a settlement is asked about under its id.
//
// RFC 38 has engines remember an id for 24 hours. After that an engine may take the id
// for a new one and pay again. The RFC counts from the latest request. We count from the
// decision to settle, before the engine can have seen the id: some engines count from
// their first request, and we do not know which request reached them. An answer that
// does not say how the payment ended, such as a 409 or a 500, prolongs nothing.
//
// The four hours between are for a call that is under way, for a request that is held up
// on its way, and for what a clock can hide, see older.
const idKept = 20 * time.Hour

// ageMax is the age of a settlement whose age cannot be known.
const ageMax = 100 * 365 * 24 * time.Hour

// older returns an age after more time has passed, as the monotonic clock and the wall
// clock have it. The larger one counts: the monotonic clock stops while the machine
// sleeps and ends with the process, the wall clock can be put back. If the wall clock was
// put back while no process looked, nobody knows how much time has passed.
func older(age, monotonic, wall time.Duration) time.Duration {
	passed := max(monotonic, wall)
	if passed < 0 {
		return ageMax
	}
	return min(age+min(passed, ageMax), ageMax)
}

// grow adds to the age what has passed since it was last looked at. A time from the store
// has no monotonic reading, so Sub compares the wall clock then.
func (s *Settlement) grow(now time.Time) {
	s.age = older(s.age, now.Sub(s.seen), now.Round(0).Sub(s.seen.Round(0)))
	s.seen = now
}

// errForgotten says that a settlement waits for an operator.
var errForgotten = errors.New("the settler may have forgotten the id")

// askAgain asks about a settlement that was asked about before, unless the settler may
// have forgotten its id. The age is written first. So a clock that is put back while we
// are down can hide only the time since the latest call, and what was too old stays so.
func (t *payWorker) askAgain(ctx context.Context, s *Settlement) error {
	t.mu.Lock()
	s.grow(time.Now())
	t.mu.Unlock()
	if err := t.desk.record(t.account.ID, balance.Amount{}, store.Batch{s.change()}); err != nil {
		return err
	}
	if t.forgets(s) {
		t.desk.Log.Error("a settlement whose outcome is unknown waits for an operator", "account", s.AccountID,
			"settlement", s.ID, "amount", s.Amount, "created", s.Created, "reason", s.Reason)
		t.desk.Alert(s.AccountID, alertForgotten)
		return errForgotten
	}
	return t.ask(ctx, s)
}

// forgets reports whether the settler may have forgotten the id of a settlement, by the
// age it had when it was last looked at. One on paper never knew it.
func (t *payWorker) forgets(s *Settlement) bool { return t.paper || !t.remembers && s.age >= idKept }

// shownLocked is a settlement as operators see it now.
func (t *payWorker) shownLocked(s *Settlement) Settlement {
	c := *s
	if c.State == Unknown {
		c.grow(time.Now())
		c.NeedsOperator = t.forgets(&c)
	}
	if c.NeedsOperator {
		c.Reason = clip(reasonForgotten + c.Reason)
	}
	return c
}

// needsOperator reports whether a settlement is not asked about any more.
func (t *payWorker) needsOperator() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.history {
		if t.shownLocked(s).NeedsOperator {
			return true
		}
	}
	return false
}

// reasonForgotten precedes what the settler last said.
const reasonForgotten = "not asked about any more, as the settler may have forgotten the id: " +
	"find out whether it was paid, and say so with 'ilp-connector settlements resolve'; last reason: "
