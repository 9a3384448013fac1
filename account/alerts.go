package account

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Bounds of the lists.
const (
	alertsMax      = 1000   // for the alerts that neighbors cause, and for those that we raise
	alertsMoneyMax = 10_000 // for the alerts about money
	alertsEndedMax = 200    // for the alerts that have ended
	alertEndedMax  = 8      // of one account and kind, among those that have ended
)

// AboutMoney is Alert.About of the alerts about money.
const AboutMoney = "money"

// AlertOthers is Alert.TriggeredBy of the alert that counts all further origins together.
// No ILP address can be this word.
const AlertOthers = "(others)"

// AlertStrangers is Alert.TriggeredBy of an alert of RaiseStrangers. No ILP address can be this
// word.
const AlertStrangers = "(strangers)"

// States of an alert.
const (
	AlertRaised    = ""          // it needs an operator
	AlertResolved  = "resolved"  // its cause is gone
	AlertDismissed = "dismissed" // an operator has dismissed it
)

// Alert tells an operator of a problem.
type Alert struct {
	ID          int64     `json:"id"`
	AccountID   string    `json:"accountId"`
	TriggeredBy string    `json:"triggeredBy"`
	Message     string    `json:"message"`
	Count       int       `json:"count"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
	// About is AboutMoney for an alert of RaiseMoney, and empty for all others.
	About string `json:"about,omitempty"`
	// Kind is what RaiseKind, RaiseStrangers or RaiseMoney was given. The message is the kind of an alert of
	// Raise, and Kind is empty.
	Kind string `json:"-"`
	// State is AlertRaised, AlertResolved or AlertDismissed.
	State string `json:"state,omitempty"`
	// EndedAt is when the alert was resolved or dismissed.
	EndedAt time.Time `json:"endedAt,omitzero"`
}

// Alerts holds the alerts that are raised, and the latest 200 that have ended. A problem
// that is raised again counts up. An alert ends when its cause is gone (Resolve), or when
// an operator dismisses it. If its problem is raised once more, it is a new alert: it has
// another id, and its count begins with 1.
//
// Raised alerts are in three lists, each with a bound of its own: alerts that neighbors
// cause, alerts that we raise ourselves, and alerts about money. So a neighbor cannot push
// out an alert of the other two lists. At its bound a list takes the account with the most
// alerts, and loses that account's alert that was quiet for longest.
type Alerts struct {
	// changed holds a value if an alert has changed since the last receive.
	changed chan struct{}

	mu        sync.Mutex // guards the fields below
	next      int64      // id
	strangers alertList
	own       alertList
	money     alertList
	ended     []Alert // in the order in which they ended
}

// NewAlerts returns empty lists. The first id is the given time, as in the reference, so
// that an id of another run does not come again.
func NewAlerts(now time.Time) *Alerts {
	l := &Alerts{next: now.UnixMilli(), changed: make(chan struct{}, 1)}
	l.emptyLocked()
	return l
}

// Raise adds an alert or counts one up. triggeredBy is what a neighbor wrote, or empty
// if we raise the alert ourselves. Raise cuts it off before the first byte that no ILP
// address has. It keeps at most 8 such texts apart per account and message, and counts the
// others together in an alert with AlertOthers. Raise is cheap enough for the data path:
// counting up allocates nothing.
func (l *Alerts) Raise(now time.Time, accountID, triggeredBy, message string) {
	l.raise(now, Alert{AccountID: accountID, TriggeredBy: clipOrigin(triggeredBy), Message: clipText(message)})
}

// RaiseKind adds an alert or counts one up. All calls with the same account and kind are
// one alert, with the message of the latest call. kind is a constant of ours. The alert is
// about a state: call Resolve with the same account and kind when that state has ended.
// After a restart, raise it again if the state is still there: see ResolveFormer.
func (l *Alerts) RaiseKind(now time.Time, accountID, kind, message string) {
	l.raise(now, Alert{AccountID: accountID, Message: clipText(message), Kind: clipText(kind)})
}

// RaiseStrangers does what RaiseKind does, for a state that strangers can bring about, such as
// logins that are refused. The alert is among those that neighbors cause, so that no stranger pushes out an
// alert of our own. Its TriggeredBy is AlertStrangers.
func (l *Alerts) RaiseStrangers(now time.Time, accountID, kind, message string) {
	l.raise(now, Alert{AccountID: accountID, TriggeredBy: AlertStrangers, Message: clipText(message), Kind: clipText(kind)})
}

// RaiseMoney adds an alert about money or counts one up. All calls with the same account
// and kind are one alert, with the message of the latest call. kind is a constant of ours,
// and an account has few kinds, so 10,000 alerts are enough for thousands of accounts.
// Ordinary alerts never push out an alert about money.
func (l *Alerts) RaiseMoney(now time.Time, accountID, kind, message string) {
	l.raise(now, Alert{AccountID: accountID, Message: clipText(message), About: AboutMoney, Kind: clipText(kind)})
}

func (l *Alerts) raise(now time.Time, a Alert) {
	a.Count, a.CreatedAt = 1, timeOf(now)
	a.UpdatedAt = a.CreatedAt
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.putLocked(a) {
		l.wake()
	}
}

// putLocked counts up the alert of the group of a, or adds a as a new alert, with a new id
// if it has none. It reports whether more than a count has changed.
func (l *Alerts) putLocked(a Alert) bool {
	list := l.listLocked(&a)
	e := list.find(groupOf(&a))
	if e == nil && list.crowded(groupOf(&a)) {
		a.TriggeredBy = AlertOthers
		e = list.find(groupOf(&a))
	}
	if e != nil {
		return list.countUp(e, &a)
	}
	if a.ID == 0 {
		a.ID = l.next
		l.next++
	}
	list.add(a)
	return true
}

func (l *Alerts) listLocked(a *Alert) *alertList {
	switch {
	case a.About == AboutMoney:
		return &l.money
	case a.TriggeredBy == "":
		return &l.own
	}
	return &l.strangers
}

// All returns a copy of the raised alerts, oldest first.
func (l *Alerts) All() []Alert {
	l.mu.Lock()
	all := l.allLocked()
	l.mu.Unlock()
	sortByID(all)
	return all
}

func (l *Alerts) allLocked() []Alert {
	n := 0
	for _, list := range l.lists() {
		n += len(list.alerts)
	}
	all := make([]Alert, 0, n+len(l.ended))
	for _, list := range l.lists() {
		for _, e := range list.alerts {
			all = append(all, e.Alert)
		}
	}
	return all
}

// History returns a copy of the alerts that are raised and of the latest 200 that have
// ended, in the order in which they were raised.
func (l *Alerts) History() []Alert {
	l.mu.Lock()
	all := append(l.allLocked(), l.ended...)
	l.mu.Unlock()
	sortByID(all)
	return all
}

func (l *Alerts) lists() [3]*alertList { return [...]*alertList{&l.strangers, &l.own, &l.money} }

func (l *Alerts) emptyLocked() {
	l.strangers, l.own, l.money = newAlertList(alertsMax), newAlertList(alertsMax), newAlertList(alertsMoneyMax)
	l.ended = nil
}

func sortByID(alerts []Alert) {
	slices.SortFunc(alerts, func(a, b Alert) int { return cmp.Compare(a.ID, b.ID) })
}

// Changed returns a channel that receives a value after an alert was added, has ended or
// got another message. Several such changes may be one value. Counting up sends none.
func (l *Alerts) Changed() <-chan struct{} { return l.changed }

func (l *Alerts) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}
