package account

import (
	"cmp"
	"slices"
	"time"
)

// idAheadMax is how far a former id may be ahead of the next one, in milliseconds. A clock
// that was put back explains a little. Ids without a bound would leave none for later
// alerts.
const idAheadMax = int64(365 * 24 * time.Hour / time.Millisecond)

// Restore brings back what another run had, before what there is. Alerts of one group
// become one. Those that there are get new ids if the clock was put back meanwhile, so
// that ids keep increasing.
func (l *Alerts) Restore(former []Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	former = slices.Clone(former)
	bringBack(former, l.next)
	slices.SortFunc(former, func(a, b Alert) int { // the one that was quiet longest in front
		return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
	})
	present := l.allLocked()
	sortByID(present)
	l.emptyLocked()
	last := int64(0)
	for _, a := range former {
		last = max(last, a.ID)
		a.TriggeredBy, a.Message, a.Kind = clipOrigin(a.TriggeredBy), clipText(a.Message), clipText(a.Kind)
		l.putLocked(a)
	}
	renumber := len(present) > 0 && present[0].ID <= last
	l.next = max(l.next, last+1)
	for _, a := range present {
		if renumber {
			a.ID = 0
		}
		l.putLocked(a)
	}
	l.wake()
}

// bringBack sorts alerts by id. It gives those whose ids are too far ahead of next the ids
// that follow, in the same order.
func bringBack(former []Alert, next int64) {
	sortByID(former)
	limit := next + idAheadMax
	for i := range former {
		a := &former[i]
		if a.ID > limit {
			a.ID = next
		}
		next = max(next, a.ID+1)
	}
}
