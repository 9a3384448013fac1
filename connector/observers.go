package connector

import (
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/rate"
)

// observerPatience is how long a stop waits for observers, and for how long a call of one may be
// under way before that is an alert.
const observerPatience = 5 * time.Second

// observers are those of the backend, of the backends that it combines, and of the options. Each has
// a feed of its own, so that none waits for another.
type observers struct {
	feeds []*rate.Feed

	mu   sync.Mutex // guards said
	said []said     // of each feed
}

// said is what operators were told of an observer.
type said struct {
	dropped uint64
	behind  bool
}

// observe makes the feeds of all observers.
func (c *Connector) observe(backend rate.Backend) {
	for _, o := range append(rate.ObserversOf(backend), c.parts.observers...) {
		c.observers.feeds = append(c.observers.feeds, rate.NewFeed(o, c.log))
	}
	c.observers.said = make([]said, len(c.observers.feeds))
}

// runObservers tells the observers, until end is called. end waits until they were told of everything,
// but not longer than observers may hang.
func (c *Connector) runObservers() (end func()) {
	for _, feed := range c.observers.feeds {
		go feed.Run()
	}
	return func() {
		var all sync.WaitGroup
		for _, feed := range c.observers.feeds {
			all.Go(func() { feed.Close(observerPatience) })
		}
		all.Wait()
		c.checkObservers(time.Now())
	}
}

// kindObserver begins the kind of the alert about an observer. Its number follows.
const kindObserver = "observer"

// What the alert says.
const (
	alertObserverHangs  = "the observer %.100s of forwarded amounts has not returned since %s: packets wait for it, and are dropped if there are too many"
	alertObserverMissed = "the observer %.100s of forwarded amounts was not told of %d packets since the start: it panics, hangs or is too slow"
)

// checkObservers reports observers that were not told of packets since the last check, or that do
// not return. It is called every alertsTick.
func (c *Connector) checkObservers(now time.Time) {
	o := &c.observers
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, feed := range o.feeds {
		s, before := feed.State(), o.said[i]
		hangs := !s.Since.IsZero() && now.Sub(s.Since) > observerPatience
		missed := s.Dropped - before.dropped
		o.said[i] = said{s.Dropped, hangs || missed > 0}
		kind := fmt.Sprintf("%s %d", kindObserver, i+1)
		switch {
		case !o.said[i].behind:
			c.alerts.Resolve(now, "", kind)
		case missed > 0 || !before.behind:
			c.log.Warn("an observer of forwarded amounts falls behind", "observer", s.Observer, "dropped", missed,
				"sinceStart", s.Dropped, "waiting", s.Waiting, "hangs", hangs)
			text := fmt.Sprintf(alertObserverMissed, s.Observer, s.Dropped)
			if missed == 0 {
				text = fmt.Sprintf(alertObserverHangs, s.Observer, s.Since.UTC().Format(time.RFC3339))
			}
			c.alerts.RaiseKind(now, "", kind, text)
		}
	}
}

// Observed returns how much observers were told, and whether there is any.
func (n node) Observed() (o metrics.Observed, are bool) {
	for _, feed := range n.observers.feeds {
		s := feed.State()
		o.Told += s.Told
		o.Dropped += s.Dropped
		o.Waiting += s.Waiting
	}
	return o, len(n.observers.feeds) > 0
}
