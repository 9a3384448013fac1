package account

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Bounds of the alerts that are kept.
const (
	alertsMax      = 1000   // that neighbors cause, and as many that we raise ourselves
	alertsMoneyMax = 10_000 // about money
)

// AboutMoney is Alert.About of the alerts about money.
const AboutMoney = "money"

// AlertOthers is Alert.TriggeredBy of the alert that counts the texts that are not kept
// apart. No ILP address can be this word.
const AlertOthers = "(others)"

// Alert is something an operator should look at.
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
	// Kind is what RaiseMoney was given. Clients do not see it.
	Kind string `json:"-"`
}

// Alerts are the alerts that no operator has dismissed. The same trouble raised again
// counts up. There are three lists, each with a bound of its own: what neighbors cause,
// what we raise ourselves, and what is about money. So no text of a stranger pushes out
// an alert of the other two. At its bound a list loses the alert that was quiet longest
// among those of the account with the most alerts in the list.
type Alerts struct {
	// changed holds a word if something has changed since it was last taken.
	changed chan struct{}

	mu        sync.Mutex // guards all below
	next      int64      // id
	strangers alertList
	own       alertList
	money     alertList
}

// NewAlerts returns an empty list. Its ids begin at the time given, as those of the
// reference do, so that ids of another run do not come again.
func NewAlerts(now time.Time) *Alerts {
	l := &Alerts{next: now.UnixMilli(), changed: make(chan struct{}, 1)}
	l.emptyLocked()
	return l
}

// Raise adds an alert or counts one up. triggeredBy is what a neighbor wrote, or empty
// if we raise the alert ourselves. It is cut off before its first byte that no text
// should have. At most 8 such texts are kept apart per account and message; all others
// are counted together, in an alert with AlertOthers. Raise is cheap enough for the data
// path: an alert that counts up allocates nothing.
func (l *Alerts) Raise(now time.Time, accountID, triggeredBy, message string) {
	l.raise(now, Alert{AccountID: accountID, TriggeredBy: clipOrigin(triggeredBy), Message: clipText(message)})
}

// RaiseMoney adds an alert about money or counts one up. All calls with the same account
// and kind are one alert, with the message of the latest call. kind is a constant of ours:
// an account has few kinds, so the bound of 10,000 alerts is one of accounts. At that
// bound the alert goes that was quiet longest among those of the account with the most.
// Ordinary alerts never push out one about money.
func (l *Alerts) RaiseMoney(now time.Time, accountID, kind, message string) {
	l.raise(now, Alert{AccountID: accountID, Message: clipText(message), About: AboutMoney, Kind: clipText(kind)})
}

func (l *Alerts) raise(now time.Time, a Alert) {
	a.Count, a.CreatedAt = 1, now.UTC().Truncate(time.Millisecond)
	a.UpdatedAt = a.CreatedAt
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.putLocked(a) {
		l.wake()
	}
}

// putLocked adds a to the alert of its group, or as a new alert. It gives a new alert an
// id unless it has one. It reports whether more than a count has changed.
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

// All returns a copy of the alerts, oldest first.
func (l *Alerts) All() []Alert {
	l.mu.Lock()
	all := l.allLocked()
	l.mu.Unlock()
	sortByID(all)
	return all
}

func (l *Alerts) allLocked() []Alert {
	lists := []*alertList{&l.strangers, &l.own, &l.money}
	n := 0
	for _, list := range lists {
		n += len(list.alerts)
	}
	all := make([]Alert, 0, n)
	for _, list := range lists {
		for _, e := range list.alerts {
			all = append(all, e.Alert)
		}
	}
	return all
}

func (l *Alerts) emptyLocked() {
	l.strangers, l.own, l.money = newAlertList(alertsMax), newAlertList(alertsMax), newAlertList(alertsMoneyMax)
}

func sortByID(alerts []Alert) {
	slices.SortFunc(alerts, func(a, b Alert) int { return cmp.Compare(a.ID, b.ID) })
}

// Dismiss forgets an alert. It does nothing if the alert is not there.
func (l *Alerts) Dismiss(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range []*alertList{&l.strangers, &l.own, &l.money} {
		for _, e := range list.alerts {
			if e.ID == id {
				list.remove(e)
				l.wake()
				return
			}
		}
	}
}

// Changed returns a channel that gets a word after an alert came, went or got another
// message, or one word for several such changes. It gets none for one that counts up.
func (l *Alerts) Changed() <-chan struct{} { return l.changed }

func (l *Alerts) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}
