package account

import (
	"slices"
	"time"
)

// Resolve ends the alert of an account and kind because its cause is gone: of RaiseKind, of
// RaiseStrangers, of RaiseMoney, or of Raise, whose kind is the message. It does nothing if there is none, and
// that allocates nothing and takes no longer with more alerts.
func (l *Alerts) Resolve(now time.Time, accountID, kind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range l.lists() {
		list.of(accountID, kind, func(e *alertEntry) { l.endLocked(list, e, AlertResolved, now) })
	}
}

// ResolveAccount ends the alerts of RaiseKind and RaiseStrangers of an account that was removed.
func (l *Alerts) ResolveAccount(now time.Time, accountID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range l.states() {
		list.ofAccount(accountID, func(e *alertEntry) {
			if e.Kind != "" {
				l.endLocked(list, e, AlertResolved, now)
			}
		})
	}
}

// ResolveFormer ends the alerts of RaiseKind and RaiseStrangers of another run that this run has
// not raised.
// The caller waits until each cause that is still there had the time to be raised again.
func (l *Alerts) ResolveFormer(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range l.states() {
		for _, e := range list.alerts {
			if e.former && e.Kind != "" {
				l.endLocked(list, e, AlertResolved, now)
			}
		}
	}
}

// states returns the lists in which an alert with a kind is about a state.
func (l *Alerts) states() [2]*alertList { return [...]*alertList{&l.strangers, &l.own} }

// Dismiss ends an alert for an operator. It does nothing if no alert with that id is raised.
func (l *Alerts) Dismiss(now time.Time, id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range l.lists() {
		for _, e := range list.alerts {
			if e.ID == id {
				l.endLocked(list, e, AlertDismissed, now)
				return
			}
		}
	}
}

// DismissAll ends all raised alerts for an operator, and returns them, oldest first.
func (l *Alerts) DismissAll(now time.Time) (dismissed []Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	dismissed = l.allLocked()
	sortByID(dismissed)
	for i := range dismissed {
		list := l.listLocked(&dismissed[i])
		l.endLocked(list, list.find(groupOf(&dismissed[i])), AlertDismissed, now)
		dismissed[i].State, dismissed[i].EndedAt = AlertDismissed, timeOf(now)
	}
	return dismissed
}

// endLocked moves an alert from its list to those that have ended.
func (l *Alerts) endLocked(list *alertList, e *alertEntry, state string, now time.Time) {
	list.remove(e)
	a := e.Alert
	a.State, a.EndedAt = state, timeOf(now)
	l.rememberLocked(a)
	l.wake()
}

// rememberLocked adds an alert that has ended. At a bound it forgets the one that ended
// first. A cause that comes and goes has a bound of its own, and so leaves room for others.
func (l *Alerts) rememberLocked(a Alert) {
	g, n, oldest := groupOf(&a), 0, 0
	for i := range slices.Backward(l.ended) {
		if groupOf(&l.ended[i]) == g && l.ended[i].About == a.About {
			n, oldest = n+1, i
		}
	}
	if n < alertEndedMax {
		oldest = 0
	}
	if n >= alertEndedMax || len(l.ended) >= alertsEndedMax {
		l.ended = slices.Delete(l.ended, oldest, oldest+1)
	}
	l.ended = append(l.ended, a)
}

// timeOf returns the time of an alert as it is written: in UTC, in milliseconds.
func timeOf(now time.Time) time.Time { return now.UTC().Truncate(time.Millisecond) }
