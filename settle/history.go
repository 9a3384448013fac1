package settle

import (
	"cmp"
	"slices"
)

// historyMax is how many settlements of an account are kept, beside those that are open.
const historyMax = 50

// History is the settlements that are remembered, latest first: of the accounts named,
// or of all.
func (d *Payer) History(accountIDs ...string) []Settlement {
	var all []Settlement
	d.each(func(t *payWorker) {
		if len(accountIDs) == 0 || slices.Contains(accountIDs, t.account.ID) {
			all = append(all, t.settlements()...)
		}
	})
	slices.SortStableFunc(all, func(a, b Settlement) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.AccountID, b.AccountID))
	})
	return all
}

// settlements is a copy of what is remembered, latest first.
func (t *payWorker) settlements() []Settlement {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Settlement, 0, len(t.history))
	for _, s := range slices.Backward(t.history) {
		all = append(all, t.shownLocked(s))
	}
	return all
}

// has reports whether there is a settlement in one of the states.
func (t *payWorker) has(states ...State) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hasLocked(states...)
}

func (t *payWorker) hasLocked(states ...State) bool {
	return slices.ContainsFunc(t.history, func(s *Settlement) bool { return slices.Contains(states, s.State) })
}

// open is the oldest settlement that has not ended, nil if there is none.
func (t *payWorker) open() *Settlement {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.history {
		if s.State.Open() {
			return s
		}
	}
	return nil
}
