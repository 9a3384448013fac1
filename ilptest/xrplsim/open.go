package xrplsim

import (
	"slices"
)

// queueWindow is how many ledgers a transaction must still have to be queued for its fee.
const queueWindow = 2

// open is the ledger that transactions go into until it closes, and those that wait for one.
type open struct {
	state        *state
	index        uint32
	parentClose  uint32
	transactions []*transaction // applied, in the order in which they came
	held         []*transaction // terPRE_SEQ and terQUEUED
}

// submission is what has become of a transaction that was submitted.
type submission struct {
	result  string
	applied bool
	queued  bool
	kept    bool
}

// submit tries a transaction in the open ledger. One that may apply later is kept, unless the
// client wants it to fail hard.
func (l *Ledger) submit(t *transaction, failHard bool) submission {
	l.submissions[t.id] = t
	if result := l.rules.preflight(t); result != tesSUCCESS {
		return submission{result: result}
	}
	s := l.try(t, failHard)
	switch {
	case s.applied:
		l.retryHeld()
	case s.result == terPRESEQ || s.result == terPRETICKET || s.result == terQUEUED:
		if s.kept = !failHard; s.kept && !slices.ContainsFunc(l.open.held, t.same) {
			l.open.held = append(l.open.held, t)
		}
		s.queued = s.result == terQUEUED
	}
	return s
}

// same reports whether two transactions have the same id.
func (t *transaction) same(other *transaction) bool { return t.id == other.id }

// try applies a transaction to the open ledger, or says that its fee is too low for now.
func (l *Ledger) try(t *transaction, failHard bool) submission {
	e := l.env(failHard)
	if t.Fee < l.rules.openFee && t.Fee >= l.rules.baseFee {
		switch result := l.open.state.preclaim(t, e); {
		case result != tesSUCCESS:
			return submission{result: result}
		case failHard, t.LastLedgerSequence != 0 && t.LastLedgerSequence < l.open.index+queueWindow:
			return submission{result: telCANNOTQUEUE}
		default:
			return submission{result: terQUEUED}
		}
	}
	result, applied, _ := l.open.state.attempt(t, e)
	if applied {
		l.open.transactions = append(l.open.transactions, t)
	}
	return submission{result: result, applied: applied}
}

// env returns the open ledger as transactions see it.
func (l *Ledger) env(failHard bool) *env {
	return &env{rules: l.rules, index: l.open.index, parentClose: l.open.parentClose, open: true, failHard: failHard}
}

// retryHeld tries the transactions that wait until none of them applies any more. Those that can
// never apply are dropped.
func (l *Ledger) retryHeld() {
	for again := true; again; {
		again = false
		l.open.held = slices.DeleteFunc(l.open.held, func(t *transaction) bool {
			s := l.try(t, false)
			again = again || s.applied
			return s.applied || final(s.result)
		})
	}
}

// reopen begins the next open ledger upon the last closed one. waiting are tried first.
func (l *Ledger) reopen(waiting []*transaction) {
	last := l.last()
	held := l.open.held
	l.open = open{state: last.state.clone(), index: last.index + 1, parentClose: last.closeTime, held: append(waiting, held...)}
	l.retryHeld()
}
