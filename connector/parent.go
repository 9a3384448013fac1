package connector

import (
	"context"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine"
)

// parentPoll is how often we look for a connection that replaced another one unnoticed.
const parentPoll = 30 * time.Second

// parentCheck asks the parent that gives us our address for it and for the asset of the
// account (RFC 31), once for each connection. As long as the parent says another asset than
// our account, the account is suspended: every amount would be mistaken. It is suspended
// as well from the end of a connection until the parent has answered over the next one.
// If the parent refuses to answer then, or is silent, its last answer counts, even if the
// account was removed and added again since.
type parentCheck struct {
	connector *Connector
	member    *member
	wake      chan struct{} // holds a value if the parent is to be asked

	mu        sync.Mutex // guards the fields below
	connected bool       // what the link has said last
	changes   uint64     // how often the link has said it
	due       bool       // the parent is to be asked
	asked     time.Time  // when the connection began that the last answer came over
	suspended bool       // the account takes no packets
	mismatch  string     // what an operator must mend, empty if nothing is known to be wrong
	since     time.Time  // when mismatch began
	logged    string     // what was last logged of a parent that does not answer
}

// newParentCheck returns the check of an account, or nil if it is not the parent that gives
// us our address. It comes before the link of the account is started.
func newParentCheck(c *Connector, m *member) *parentCheck {
	if !c.gives(m.now().account) {
		return nil
	}
	k := &parentCheck{connector: c, member: m, wake: make(chan struct{}, 1), due: true}
	if c.Address() != "" { // the account was removed and added again
		k.suspendLocked()
	}
	return k
}

// run asks the parent whenever it is due, until ctx ends. It panics if the link does.
func (k *parentCheck) run(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-k.member.link.Ready():
	}
	poll := time.NewTicker(parentPoll)
	defer poll.Stop()
	for {
		k.ask(ctx)
		woken := false
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
			woken = true
		case <-poll.C:
		}
		k.renew(k.member.link.Status().Since, woken)
	}
}

// ask asks the parent until there is nothing to ask for any more.
func (k *parentCheck) ask(ctx context.Context) {
	backoff := clock.NewBackoff()
	for {
		changes, due := k.isDue(k.member.link.Connected())
		if !due {
			return
		}
		began := k.member.link.Status().Since
		response, err := fetch(ctx, neighbor{k.connector, k.member})
		if ctx.Err() != nil {
			return
		}
		wait := backoff.Next()
		if !k.member.link.Status().Since.Equal(began) {
			continue // it may be another parent by now
		}
		switch k.answered(changes, began, &response, err, wait) {
		case answerAgrees:
			return
		case answerFormer:
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// isDue reports whether the parent is to be asked, and can be: a new connection wakes us. The
// answer is to be taken with changes.
func (k *parentCheck) isDue(connected bool) (changes uint64, due bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changes, k.due && (connected || k.connector.Address() == "")
}

// changed takes what the link says of its connection, and tells the speaker. It calls no
// method of the link, which may hold a lock.
func (k *parentCheck) changed(connected bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.connected = connected
	k.changes++
	if !connected && k.connector.Address() != "" {
		k.due = true
		k.suspendLocked()
	}
	k.tellLocked()
	if connected {
		select {
		case k.wake <- struct{}{}:
		default:
		}
	}
}

// renew makes the parent due to be asked if the link's state began at another time than the
// connection of the last answer. Of a link that does not tell that time, each connection that
// we are woken for is a new one.
func (k *parentCheck) renew(began time.Time, woken bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if began.Equal(k.asked) && !began.IsZero() || began.IsZero() && !woken {
		return
	}
	k.due = true
	if k.connector.Address() != "" {
		k.suspendLocked()
		k.tellLocked()
	}
}

func (k *parentCheck) suspendLocked() {
	k.suspended = true
	k.member.onPort((*engine.Port).Suspend)
}

func (k *parentCheck) resumeLocked() {
	if k.suspended {
		k.suspended = false
		k.member.onPort((*engine.Port).Resume)
		k.tellLocked()
	}
}

// tellLocked tells the speaker whether packets can go to the parent.
func (k *parentCheck) tellLocked() {
	k.connector.tellSpeaker(k.member, k.connected && !k.suspended)
}

// problem returns what an operator must mend, and since when, or an empty text. asking
// reports whether the account takes no packets because the parent has not answered yet. k may
// be nil.
func (k *parentCheck) problem() (text string, since time.Time, asking bool) {
	if k == nil {
		return "", time.Time{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.mismatch, k.since, k.suspended && k.mismatch == ""
}
