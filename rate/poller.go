package rate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
)

const (
	// AttemptTimeout bounds an attempt unless SetTimeout says otherwise.
	AttemptTimeout = 10 * time.Second

	retryDelayMin = time.Second
	retryDelayMax = 5 * time.Minute
	// retryAfterMax bounds how long a source may ask to be left alone.
	retryAfterMax = 24 * time.Hour
)

// Poller keeps the table of a backend fresh. It repeats a failed attempt with growing
// delays, while the last good table stays in use. An error with a method RetryAfter says how
// long the source wants to be left alone.
type Poller struct {
	backend  Backend
	interval time.Duration
	timeout  time.Duration
	asked    chan struct{} // by Refresh
	publish  func(*Table)
	log      *slog.Logger
	backoff  *clock.Backoff
	state    atomic.Pointer[State]
}

// NewPoller returns a poller that asks backend at once and then at every interval, or up to a
// tenth sooner, and hands each table to publish. An interval of zero asks until the first success
// only. A nil log discards.
func NewPoller(backend Backend, interval time.Duration, publish func(*Table), log *slog.Logger) *Poller {
	p := &Poller{
		backend: backend, interval: max(interval, 0), timeout: AttemptTimeout,
		asked: make(chan struct{}, 1), publish: publish, log: orDiscard(log),
	}
	retryMost := retryDelayMax
	if interval > 0 {
		retryMost = min(retryMost, interval)
	}
	p.backoff = clock.NewBackoff(clock.Doubling(retryDelayMin, retryMost)...)
	p.state.Store(&State{})
	return p
}

// SetTimeout bounds each attempt. It is called before Run.
func (p *Poller) SetTimeout(most time.Duration) { p.timeout = most }

// Refresh makes Run ask the backend now, whatever it waits for. It does not wait.
func (p *Poller) Refresh() {
	select {
	case p.asked <- struct{}{}:
	default:
	}
}

// Run polls until ctx is done. It is called once, and calls publish on its own goroutine.
func (p *Poller) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-p.asked:
		}
		table, err := p.attempt(ctx)
		if ctx.Err() != nil {
			return
		}
		timer.Stop()
		if delay, again := p.record(table, err); again {
			timer.Reset(delay)
		}
	}
}

// State returns the state of the attempts. It is safe for concurrent use and never waits.
func (p *Poller) State() State {
	return *p.state.Load()
}

// attempt asks the backend once. A panic of the backend is an error like any other.
func (p *Poller) attempt(ctx context.Context) (table *Table, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			table, err = nil, fmt.Errorf("the rate backend panicked: %v", cause)
		}
	}()
	table, err = p.backend.Rates(ctx)
	if table == nil && err == nil {
		return nil, errors.New("the rate backend returned no table")
	}
	return table, err
}

// record records the outcome of an attempt. It returns when to try again, if at all.
func (p *Poller) record(table *Table, err error) (delay time.Duration, again bool) {
	now, before := time.Now(), p.State()
	if err != nil {
		delay = max(p.backoff.Next(), retryAfter(err))
		state := before.After(nil, err, now, now.Add(delay))
		p.state.Store(&state)
		p.log.Warn("no new exchange rates", "error", err, "failures", state.Failures, "retryIn", delay)
		return delay, true
	}
	if before.Err != nil || before.Table == nil {
		p.log.Info("exchange rates loaded", "failures", before.Failures)
	}
	p.backoff.Reset()
	var next time.Time
	if p.interval > 0 {
		// Pollers that began together must not ask in step.
		delay = p.interval - rand.N(p.interval/10+1)
		next = now.Add(delay)
	}
	state := before.After(table, nil, now, next)
	p.state.Store(&state)
	p.publish(table)
	return delay, p.interval > 0
}

// retryAfter returns how long the source of an error wants to be left alone, 0 if it does not
// say.
func retryAfter(err error) time.Duration {
	var wants interface{ RetryAfter() time.Duration }
	if !errors.As(err, &wants) {
		return 0
	}
	return min(max(wants.RetryAfter(), 0), retryAfterMax)
}
