package account

import (
	"slices"
	"sync"
	"time"
)

// alertsMax bounds the alerts that are kept. triggeredBy is what a remote party
// wrote, so it must not be able to fill our memory.
const alertsMax = 1000

// alertTextMax bounds the remote texts of one alert.
const alertTextMax = 1023

// Alert is something an operator should look at.
type Alert struct {
	ID          int64     `json:"id"`
	AccountID   string    `json:"accountId"`
	TriggeredBy string    `json:"triggeredBy"`
	Message     string    `json:"message"`
	Count       int       `json:"count"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Alerts are the alerts nobody has dismissed. The same trouble raised again
// counts up. At its bound the account with the most of them loses the one that was
// quiet longest.
type Alerts struct {
	mu     sync.Mutex
	next   int64
	alerts []Alert // in the order of their ids
	// changed holds a word if something has changed since it was last taken.
	changed chan struct{}
}

// NewAlerts is an empty list whose ids begin at the time given, as those of
// the reference do, so that ids of another run do not come again.
func NewAlerts(now time.Time) *Alerts {
	return &Alerts{next: now.UnixMilli(), changed: make(chan struct{}, 1)}
}

// Raise adds an alert or counts one up.
func (l *Alerts) Raise(now time.Time, accountID, triggeredBy, message string) {
	now = now.UTC().Truncate(time.Millisecond)
	triggeredBy, message = clip(triggeredBy), clip(message)
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	for i := range l.alerts {
		a := &l.alerts[i]
		if a.AccountID == accountID && a.TriggeredBy == triggeredBy && a.Message == message {
			a.Count++
			a.UpdatedAt = now
			return
		}
	}
	if len(l.alerts) >= alertsMax {
		l.dropLocked()
	}
	l.alerts = append(l.alerts, Alert{l.next, accountID, triggeredBy, message, 1, now, now})
	l.next++
}

// dropLocked forgets one alert: of the account that has the most, so that one bad
// peer does not push out what others have to say, the one that was quiet longest.
func (l *Alerts) dropLocked() {
	counts := make(map[string]int)
	most := 0
	for i := range l.alerts {
		id := l.alerts[i].AccountID
		counts[id]++
		most = max(most, counts[id])
	}
	quiet := -1
	for i := range l.alerts {
		a := &l.alerts[i]
		if counts[a.AccountID] == most && (quiet < 0 || a.UpdatedAt.Before(l.alerts[quiet].UpdatedAt)) {
			quiet = i
		}
	}
	l.alerts = slices.Delete(l.alerts, quiet, quiet+1)
}

// All is a copy of the alerts, oldest first.
func (l *Alerts) All() []Alert {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Alert{}, l.alerts...)
}

// Dismiss forgets an alert. One that is not there is no error.
func (l *Alerts) Dismiss(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.wake()
	l.alerts = slices.DeleteFunc(l.alerts, func(a Alert) bool { return a.ID == id })
}

// Changed gets a word after each change, or one for several.
func (l *Alerts) Changed() <-chan struct{} { return l.changed }

func (l *Alerts) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// Restore brings back what another run had, in the order of ids, before what there is.
func (l *Alerts) Restore(former []Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if former = former[max(0, len(former)+len(l.alerts)-alertsMax):]; len(former) == 0 {
		return
	}
	if last := former[len(former)-1].ID; l.next <= last+int64(len(l.alerts)) { // the clock was put back
		l.next = last + 1
		for i := range l.alerts {
			l.alerts[i].ID = l.next
			l.next++
		}
	}
	l.alerts = append(slices.Clone(former), l.alerts...)
}

func clip(s string) string { return s[:min(len(s), alertTextMax)] }
