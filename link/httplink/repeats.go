package httplink

import (
	"fmt"
	"strconv"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// answeredPrefix begins the keys of requests whose Fulfills are delivered, or taken back, while their
// packets live. The id of the account and the Request-Id follow. A value is the expiry in Unix
// milliseconds. A proxy may repeat such a request after a restart, and then it must not be paid again:
//
//	answered/alice/0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0  ->  1796000000000
const answeredPrefix = "answered/"

// request is a request that came, remembered so that none is forwarded twice.
type request struct {
	until  int64 // steady time
	marked bool  // the store knows that it is answered
}

// remembered returns until when a request is remembered whose packet expires at a steady time.
func remembered(end, now int64) int64 {
	return min(max(end, now), now+int64(expiryMax)) + int64(requestTime)
}

// doneLocked returns the changes that end the delivery of a Fulfill: its record goes, and while its
// packet lives, a mark of the request takes its place.
func (o *outbox) doneLocked(a *answering) store.Batch {
	changes := store.Batch{{Key: a.key()}}
	if now := clock.Now(); now.Millis() <= a.expiry {
		o.seen[a.id] = request{remembered(now.Deadline(a.expiry), now.Steady), true}
		changes = append(changes, store.Change{Key: answeredKey(a.account, a.id), Value: strconv.AppendInt(nil, a.expiry, 10)})
	}
	return changes
}

// done returns the same, and takes the lock.
func (o *outbox) done(a *answering) store.Batch {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.doneLocked(a)
}

func answeredKey(account string, id uuid.UUID) string {
	return answeredPrefix + account + "/" + id.String()
}

// loadAnswered reads which requests were answered.
func (o *outbox) loadAnswered(a *Async) error {
	now := clock.Now()
	return a.Books.Load(answeredPrefix+a.AccountID+"/", func(key string, value []byte) error {
		id, expiry, err := parseAnswered(key, value)
		if err == nil {
			o.mu.Lock()
			o.seen[id] = request{remembered(now.Deadline(expiry), now.Steady), true}
			o.mu.Unlock()
		}
		return err
	})
}

// parseAnswered reads what doneLocked writes.
func parseAnswered(key string, value []byte) (id uuid.UUID, expiry int64, err error) {
	_, text, _ := cutLast(key)
	id, ok := uuid.Parse(text)
	expiry, err = strconv.ParseInt(string(value), 10, 64)
	if !ok || err != nil {
		return id, 0, fmt.Errorf("%.200q: %.100q is no expiry of a request: restore the store from a backup", key, value)
	}
	return id, expiry, nil
}

// forget forgets requests that no honest peer repeats any more, at a steady time. It returns the marks
// to remove.
func (o *outbox) forget(a *Async, now int64) (changes store.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, r := range o.seen {
		if now <= r.until {
			continue
		}
		delete(o.seen, id)
		if r.marked {
			changes = append(changes, store.Change{Key: answeredKey(a.AccountID, id)})
		}
	}
	return changes
}
