package account

import (
	"cmp"
	"slices"
)

// Restore brings back what another run had, before what there is. Alerts of one group
// become one. Those that there are get new ids if the clock was put back meanwhile, so
// that ids keep increasing.
func (l *Alerts) Restore(former []Alert) {
	former = slices.Clone(former)
	slices.SortFunc(former, func(a, b Alert) int { // the one that was quiet longest in front
		return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
	})
	l.mu.Lock()
	defer l.mu.Unlock()
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
