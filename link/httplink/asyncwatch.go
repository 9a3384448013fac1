package httplink

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ilp-go/connector/link"
)

// Kinds of alerts about asynchronous answers.
const (
	kindUndelivered = "fulfills not delivered"
	kindUnreadable  = "records of answers"
)

// What they say.
const (
	alertUndelivered = "a Fulfill of %d (Request-Id %s) is booked, and could not be delivered for %v: %v; " +
		"until the peer takes it, it does not know that it owes us that"
	alertUnreadable = "the account takes no packets, because its records of answers cannot be read: %v"
)

// undeliveredTime is how long a Fulfill may be undelivered before that is an alert.
const undeliveredTime = 30 * time.Second

// reportUndelivered reports a Fulfill that could not be delivered for a while.
func (l *Link) reportUndelivered(a *answering, err error) {
	if a.since.IsZero() {
		a.since = time.Now()
	}
	if waited := time.Since(a.since).Round(time.Second); waited >= undeliveredTime && !a.reported {
		a.reported = true
		l.alerts.Raise(kindUndelivered, fmt.Sprintf(alertUndelivered, a.amount, a.id, waited, err))
	}
}

// reportUnconfirmed reports a Fulfill that is booked here, and perhaps not at the peer.
func (l *Link) reportUnconfirmed(a *answering, why string) {
	l.log.Error("fulfill is booked and not confirmed", "peer", a.url.Host, "requestId", a.id.String(), "amount", a.amount, "reason", why)
	if tell := l.opts.Async.Unconfirmed; tell != nil {
		tell(a.amount, a.id.String(), why)
	}
}

// reportUnreadable reports that the link cannot run.
func (l *Link) reportUnreadable(err error) {
	l.log.Error("cannot read records of answers", "error", err)
	l.status.Enter(link.Disabled, "")
	l.status.Fail(err, time.Time{})
	l.alerts.Raise(kindUnreadable, fmt.Sprintf(alertUnreadable, err))
}

// statusError returns an error for a response.
func statusError(status int) error {
	return fmt.Errorf("status %d %s", status, http.StatusText(status))
}
