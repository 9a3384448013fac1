package account

import (
	"container/heap"
	"container/list"
	"strings"
)

// alertTextsMax is the number of origins that are kept apart per account and message.
const alertTextsMax = 8

// alertGroup identifies the alerts that are counted as one: those with the same account,
// origin and kind.
type alertGroup struct{ account, by, kind string }

func groupOf(a *Alert) alertGroup {
	g := alertGroup{a.AccountID, a.TriggeredBy, a.Kind}
	if a.Kind == "" && a.About != AboutMoney {
		g.kind = a.Message
	}
	return g
}

// alertList holds alerts up to a bound. No method takes longer with more alerts, except
// for the depth of a heap of accounts.
type alertList struct {
	bound    int
	alerts   map[alertGroup]*alertEntry
	texts    map[alertGroup]int // number of origins that are kept apart, by group without origin
	accounts map[string]*alertAccount
	order    alertOrder // the accounts
	raised   uint64     // number of times that an alert was raised or restored
}

// alertEntry is an alert in a list.
type alertEntry struct {
	Alert
	account *alertAccount
	place   *list.Element // in account.quiet
	raised  uint64        // alertList.raised when it was last raised
	former  bool          // it is of another run, and this run has not raised it
}

// alertAccount is an account that has alerts in a list.
type alertAccount struct {
	quiet list.List // of *alertEntry, the one quiet for longest in front
	place int       // in alertList.order
}

func newAlertList(bound int) alertList {
	return alertList{
		bound: bound, alerts: make(map[alertGroup]*alertEntry), texts: make(map[alertGroup]int),
		accounts: make(map[string]*alertAccount),
	}
}

// find returns the alert of a group, or nil.
func (l *alertList) find(g alertGroup) *alertEntry { return l.alerts[g] }

// crowded reports whether the account and message of a group have all the origins that
// are kept apart.
func (l *alertList) crowded(g alertGroup) bool { return l.texts[g.anyOrigin()] >= alertTextsMax }

func (g alertGroup) anyOrigin() alertGroup { return alertGroup{account: g.account, kind: g.kind} }

// countUp adds the count of a to e, and copies its time, kind and message. It reports
// whether the message has changed.
func (l *alertList) countUp(e *alertEntry, a *Alert) (changed bool) {
	e.Count += a.Count
	e.UpdatedAt = a.UpdatedAt
	e.former = false
	if e.Kind == "" && a.Kind != "" {
		e.Kind = strings.Clone(a.Kind)
	}
	if changed = e.Message != a.Message; changed {
		e.Message = strings.Clone(a.Message)
	}
	l.raised++
	e.raised = l.raised
	first := e.account.quiet.Front() == e.place
	e.account.quiet.MoveToBack(e.place)
	if first {
		heap.Fix(&l.order, e.account.place)
	}
	return changed
}

// of calls f with each alert of an account and kind. f may remove that alert.
func (l *alertList) of(accountID, kind string, f func(*alertEntry)) {
	any := alertGroup{account: accountID, kind: kind}
	others := alertGroup{accountID, AlertOthers, kind}
	if l.texts[any] == 0 && l.alerts[others] == nil {
		return
	}
	l.ofAccount(accountID, func(e *alertEntry) {
		if groupOf(&e.Alert).anyOrigin() == any {
			f(e)
		}
	})
}

// ofAccount calls f with each alert of an account. f may remove that alert.
func (l *alertList) ofAccount(accountID string, f func(*alertEntry)) {
	a := l.accounts[accountID]
	if a == nil {
		return
	}
	for place := a.quiet.Front(); place != nil; {
		e := place.Value.(*alertEntry)
		place = place.Next()
		f(e)
	}
}

// add adds an alert of a group that has none. At the bound it removes another alert. It
// copies the texts, because they may be parts of longer texts that would stay in memory.
func (l *alertList) add(a Alert) {
	if len(l.alerts) >= l.bound {
		l.remove(l.order[0].quiet.Front().Value.(*alertEntry))
	}
	a.AccountID, a.TriggeredBy = strings.Clone(a.AccountID), strings.Clone(a.TriggeredBy)
	a.Message, a.Kind = strings.Clone(a.Message), strings.Clone(a.Kind)
	l.raised++
	e := &alertEntry{Alert: a, raised: l.raised}
	g := groupOf(&e.Alert)
	l.alerts[g] = e
	if a.TriggeredBy != AlertOthers {
		l.texts[g.anyOrigin()]++
	}
	if e.account = l.accounts[a.AccountID]; e.account == nil {
		e.account = new(alertAccount)
		l.accounts[a.AccountID] = e.account
		e.place = e.account.quiet.PushBack(e)
		heap.Push(&l.order, e.account)
		return
	}
	e.place = e.account.quiet.PushBack(e)
	heap.Fix(&l.order, e.account.place)
}

// remove removes an alert that is in the list.
func (l *alertList) remove(e *alertEntry) {
	g := groupOf(&e.Alert)
	delete(l.alerts, g)
	if e.TriggeredBy != AlertOthers {
		if l.texts[g.anyOrigin()]--; l.texts[g.anyOrigin()] == 0 {
			delete(l.texts, g.anyOrigin())
		}
	}
	if e.account.quiet.Len() == 1 {
		heap.Remove(&l.order, e.account.place)
		delete(l.accounts, e.AccountID)
		return
	}
	e.account.quiet.Remove(e.place)
	heap.Fix(&l.order, e.account.place)
}

// alertOrder is a heap of accounts. In front is the account with the most alerts. Among
// several such accounts it is the one whose alert was quiet for longest. Each account in
// the heap has an alert.
type alertOrder []*alertAccount

// Len returns the number of accounts.
func (o alertOrder) Len() int { return len(o) }

// Less reports whether account i loses an alert before account j does.
func (o alertOrder) Less(i, j int) bool {
	if a, b := o[i].quiet.Len(), o[j].quiet.Len(); a != b {
		return a > b
	}
	return o[i].quiet.Front().Value.(*alertEntry).raised < o[j].quiet.Front().Value.(*alertEntry).raised
}

// Swap swaps two accounts.
func (o alertOrder) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].place, o[j].place = i, j
}

// Push appends an account.
func (o *alertOrder) Push(x any) {
	a := x.(*alertAccount)
	a.place = len(*o)
	*o = append(*o, a)
}

// Pop takes out the last account.
func (o *alertOrder) Pop() any {
	last := len(*o) - 1
	a := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	return a
}

var _ heap.Interface = (*alertOrder)(nil)
