package httplink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/link"
)

// health is whether the peer is there, as far as we know.
//
//	                          failuresMax requests
//	          an answer       in a row have failed
//	away ───────────────> up ─────────────────────> in doubt ───┐
//	 ^ ^                  │ ^                          │        │
//	 │ └──────────────────┘ └────── an answer ─────────┘        │ no answer
//	 │     no connection                                        │
//	 └──────────────────────────────────────────────────────────┘
//
// A peer that is in doubt is asked and takes packets meanwhile: its packets may have failed because
// of a receiver behind it. A peer that is away is asked again and again.
type health struct {
	up       atomic.Bool
	failures atomic.Int32 // requests in a row that have failed
	until    atomic.Int64 // steady time until which the peer wants to be left alone
	requests atomic.Int64 // since the last connection was replaced
	untaken  atomic.Int32 // packets in a row that the peer has not taken, although it has answered
	wake     chan struct{}
	heard    chan struct{} // the peer has sent something while it counted as away

	telling sync.Mutex // guards told, and what operators are told with it
	told    bool       // operators know that the peer takes none of our packets

	mu        sync.Mutex // guards what follows
	reason    error      // why the peer is not there
	changed   func(connected bool)
	notified  bool
	notifying bool
}

// failuresMax is how many requests in a row may fail before we ask the peer whether it is there.
const failuresMax = 5

// Times of the questions whether the peer is there.
const (
	askTime            = 10 * time.Second
	askFirst, askLater = time.Second, time.Minute
	doubtTime          = 5 * time.Second        // from one doubt to the next, at least
	heardTime          = 200 * time.Millisecond // from one question to the next, if the peer is heard of
)

// resting reports whether the peer wants to be left alone.
func (h *health) resting(now int64) bool { return now < h.until.Load() }

// rest leaves the peer alone for a time.
func (h *health) rest(d time.Duration) { h.until.Store(clock.Now().Steady + int64(d)) }

// answered notes that the peer has answered, whatever it has said.
func (h *health) answered(status int) {
	h.requests.Add(1)
	if !away(status) {
		h.failures.Store(0)
	}
}

// carried reports whether the connections have carried so many requests, once for each time.
func (h *health) carried(most int) bool {
	n := h.requests.Load()
	return n >= int64(most) && h.requests.CompareAndSwap(n, 0)
}

// failed notes that a request had no answer. unreached says that there was no connection for it.
func (l *Link) failed(err error, unreached bool) {
	l.reportFailure("packet not answered", err)
	n := l.health.failures.Add(1)
	switch {
	case l.opts.Multi != nil:
		return // it may be another peer each time
	case unreached:
		l.setUp(false, err)
	case n < failuresMax:
		return
	}
	select {
	case l.health.wake <- struct{}{}:
	default:
	}
}

// setUp notes whether the peer is there, and tells the account of it. Calls of changed follow one
// another, and the last one is right.
func (l *Link) setUp(up bool, reason error) {
	h := &l.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if was := h.up.Swap(up); was != up {
		l.entered(up, reason)
	}
	h.reason = reason
	for now := h.up.Load(); now != h.notified && !h.notifying; now = h.up.Load() {
		h.notified = now
		if h.changed == nil {
			continue
		}
		h.notifying = true
		h.mu.Unlock()
		h.changed(now)
		h.mu.Lock()
		h.notifying = false
	}
}

// entered records and logs a change.
func (l *Link) entered(up bool, reason error) {
	switch {
	case up:
		l.health.failures.Store(0)
		l.status.Enter(link.Established, l.remote())
		l.log.Info("connected", "peer", l.remote())
		l.readied.Do(func() { close(l.ready) })
	case reason != nil:
		l.status.Enter(link.Connecting, "")
		l.status.Fail(reason, time.Time{})
		l.log.Info("disconnected", "peer", l.remote(), "reason", reason)
	}
}

// remote returns the host that we send to, empty if there is none.
func (l *Link) remote() string {
	if l.opts.Outgoing == nil {
		return ""
	}
	return l.opts.Outgoing.URL.Host
}

// watch asks whether the peer is there, at the start and whenever it counts as away, until ctx
// ends.
func (l *Link) watch(ctx context.Context) {
	l.status.Enter(link.Connecting, "")
	backoff := clock.NewBackoff(clock.Doubling(askFirst, askLater)...)
	for ctx.Err() == nil {
		err := l.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			l.status.Failures.Add(1)
			l.setUp(false, err)
			wait := backoff.Next()
			l.reportAway(err, wait)
			l.pause(ctx, wait, err)
			continue
		}
		backoff.Reset()
		l.setUp(true, nil)
		l.health.failures.Store(0)
		if l.sleep(ctx, doubtTime); ctx.Err() == nil {
			l.awaitTrouble(ctx, backoff)
		}
	}
}

// awaitTrouble waits until the peer is in doubt, or away. If it is away it waits until it is time
// to ask again.
func (l *Link) awaitTrouble(ctx context.Context, backoff *clock.Backoff) {
	if l.Connected() && l.health.failures.Load() < failuresMax {
		select {
		case <-ctx.Done():
		case <-l.health.wake:
		}
	}
	if !l.Connected() {
		l.pause(ctx, backoff.Next(), l.why())
	}
}

// why returns why the peer counts as away.
func (l *Link) why() error {
	l.health.mu.Lock()
	defer l.health.mu.Unlock()
	if l.health.reason == nil {
		return errors.New("peer does not answer")
	}
	return l.health.reason
}

// hear notes that the peer has sent a request. If it counts as away, it is asked again soon.
func (l *Link) hear() {
	if l.health.up.Load() {
		return
	}
	select {
	case l.health.heard <- struct{}{}:
	default:
	}
}

// pause waits before the next question.
func (l *Link) pause(ctx context.Context, wait time.Duration, err error) {
	l.status.Fail(err, time.Now().Add(wait))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	l.sleep(ctx, min(wait, heardTime))
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-l.health.heard:
	}
	select {
	case <-l.health.wake: // it was about the time before
	default:
	}
}

// sleep waits for a time, or until ctx ends.
func (l *Link) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// ask returns nil if the peer answers a GET. Whatever it says moves no money. ilp-plugin-http says
// OK, and others refuse it: all of them are there.
func (l *Link) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.opts.Outgoing.URL.String(), nil)
	if err != nil {
		return reasonOf(err)
	}
	if authorization, err := l.opts.Outgoing.Authorization(time.Now()); err == nil && authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	request.Header["User-Agent"] = userAgent
	answer, err := l.roundTrip(request)
	if err != nil {
		return reasonOf(err)
	}
	_, _ = io.CopyN(io.Discard, answer.Body, BodyMax)
	_ = answer.Body.Close()
	if away(answer.StatusCode) {
		return fmt.Errorf("peer answered with status %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return nil
}
