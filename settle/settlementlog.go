package settle

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// settlementsMax bounds the settlements of an account that are remembered, beside the open
// ones.
const settlementsMax = 50

// settlementLog holds the settlements of one account, as in the store, and what other
// goroutines ask of the goroutine that pays.
type settlementLog struct {
	askedFor time.Duration // the settler is asked about settlements up to this age

	mu         sync.Mutex         // guards what follows; all grows under accountPayer.recording
	all        []*Settlement      // oldest first
	closed     bool               // no settlement begins any more
	beginning  int                // settlements that are being recorded and are not in all yet
	unrecorded balance.Amount     // settled out of band in memory, and not recorded yet
	edits      int                // calls of Edit, which keep unrecorded from growing
	resolution *resolution        // from an operator, to be applied
	interrupt  context.CancelFunc // ends the latest call of the settler
}

// loadSettlements reads the settlements of an account from the store.
func loadSettlements(from Ledger, accountID string) (*settlementLog, error) {
	l := new(settlementLog)
	prefix := settlementsOf(accountID)
	err := from.Load(prefix, func(key string, value []byte) error {
		s, err := readSettlement(accountID, key[len(prefix):], value)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		l.all = append(l.all, s)
		return nil
	})
	slices.SortStableFunc(l.all, func(a, b *Settlement) int { return a.Created.Compare(b.Created) })
	return l, err
}

// surplus returns the settlements that make room for a new one: the oldest or none.
func (l *settlementLog) surplus() []*Settlement {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) >= settlementsMax && !l.all[0].State.Open() {
		return l.all[:1]
	}
	return nil
}

// add adds a settlement that is recorded, and forgets the oldest ones.
func (l *settlementLog) add(s *Settlement, forget int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(slices.Delete(l.all, 0, forget), s)
	if s.State != Booked { // an entry of the threshold does not go through beginOne
		l.beginning--
	}
}

// locked calls do with the lock held.
func (l *settlementLog) locked(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// close lets no more settlements begin. If settled is set and a settlement is open or
// begins, close returns ErrOpen and changes nothing. A second call returns ErrNoAccount.
func (l *settlementLog) close(settled bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrNoAccount
	case settled && (l.beginning > 0 || l.hasLocked(Intended, Sent, Unknown)):
		return ErrOpen
	}
	l.closed = true
	return nil
}

func (l *settlementLog) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// pending reports whether something waits to be recorded, and whether nothing may begin:
// because the log is closed, or until an edit has ended.
func (l *settlementLog) pending() (waiting, barred bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.resolution != nil || l.unrecorded.Sign() > 0, l.closed || l.edits > 0
}

// open returns the oldest open settlement, nil if there is none.
func (l *settlementLog) open() *Settlement {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.all {
		if s.State.Open() {
			return s
		}
	}
	return nil
}

// has reports whether a settlement is in one of the states.
func (l *settlementLog) has(states ...State) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hasLocked(states...)
}

func (l *settlementLog) hasLocked(states ...State) bool {
	return slices.ContainsFunc(l.all, func(s *Settlement) bool { return slices.Contains(states, s.State) })
}

// latest returns when the latest settlement was decided on, the zero time if there is none.
func (l *settlementLog) latest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.all); n > 0 {
		return l.all[n-1].Created
	}
	return time.Time{}
}

// mayBeForgotten reports whether the settler may have forgotten the id of a settlement, by
// the age that was last computed.
func (l *settlementLog) mayBeForgotten(s *Settlement) bool { return s.age >= l.askedFor }
