package account

import (
	"cmp"
	"slices"
	"time"
)

// idAheadMax is how far a former id may be ahead of the next one, in milliseconds. A
// clock that was put back makes former ids run ahead a little. An id without a bound could
// leave no ids for later alerts.
const idAheadMax = int64(365 * 24 * time.Hour / time.Millisecond)

// Restore puts the alerts of another run before the present ones, and merges the raised
// alerts of each group into one. If the clock was put back meanwhile, the present alerts get new
// ids, so that ids keep increasing.
func (l *Alerts) Restore(former []Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	former = slices.Clone(former)
	bringBack(former, l.next)
	slices.SortFunc(former, func(a, b Alert) int { // the alert quiet for longest in front
		return cmp.Or(a.EndedAt.Compare(b.EndedAt), a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
	})
	present, ended := l.allLocked(), l.ended
	sortByID(present)
	l.emptyLocked()
	last := int64(0)
	for _, a := range former {
		last = max(last, a.ID)
		a.TriggeredBy, a.Message, a.Kind = clipOrigin(a.TriggeredBy), clipText(a.Message), clipText(a.Kind)
		if a.State != AlertRaised {
			l.rememberLocked(a)
			continue
		}
		l.putLocked(a)
	}
	for _, list := range l.states() {
		for _, e := range list.alerts {
			e.former = true
		}
	}
	renumber := slices.ContainsFunc(slices.Concat(present, ended), func(a Alert) bool { return a.ID <= last })
	l.next = max(l.next, last+1)
	for _, a := range present {
		if renumber {
			a.ID = 0
		}
		l.putLocked(a)
	}
	for _, a := range ended {
		if renumber {
			a.ID = l.next
			l.next++
		}
		l.rememberLocked(a)
	}
	l.wake()
}

// bringBack sorts alerts by id. Where an id is too far ahead of next, it gives the alert
// the id that follows the one before, so that the order stays.
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
