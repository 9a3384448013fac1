package combined

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/rate"
)

// source is a Source, and what it has said. All but its state belongs to the goroutine that calls
// Rates.
type source struct {
	Source
	state   atomic.Pointer[rate.SourceState]
	backoff *clock.Backoff
	changed atomic.Bool // its prices were set, so next does not count
	next    time.Time   // it is not asked before
	waiting chan answer // of the attempt under way, nil if there is none
	last    *rate.Table // its latest table, nil before the first
	err     error       // of its latest attempt, nil if that went well
}

type answer struct {
	table *rate.Table
	err   error
}

// Why a source has failed, besides what it says itself.
var (
	errSlow      = rate.WithOutcome(errors.New("no answer in time"), rate.TimedOut)
	errBusy      = rate.WithOutcome(errors.New("no answer yet to an earlier question"), rate.TimedOut)
	errNoTable   = errors.New("it returned no table")
	errNoPrices  = errors.New("it has no prices of single currencies, and cannot be combined with others")
	errNotTurned = errors.New("it was not asked yet")
)

func newState(s Source) *source {
	if s.Timeout == 0 {
		s.Timeout = Timeout
	}
	made := &source{Source: s, backoff: clock.NewBackoff(clock.Doubling(time.Second, 5*time.Minute)...), err: errNotTurned}
	made.state.Store(&rate.SourceState{Name: s.Name})
	return made
}

// lists reports whether the source may have a price of a currency.
func (s *source) lists(currency string) bool {
	lister, is := s.Backend.(rate.Lister)
	return !is || lister.Lists(currency)
}

// ask asks the sources whose turn it is, in parallel, and waits for each as long as it may take.
func (b *Backend) ask(ctx context.Context) {
	type question struct {
		*source
		ctx context.Context
	}
	var questions []question
	now := time.Now()
	for _, s := range b.sources {
		if s.drain(); !s.changed.Swap(false) && now.Before(s.next) {
			continue
		}
		if s.waiting != nil {
			b.fail(s, errBusy)
			continue
		}
		questions = append(questions, question{s, s.begin(ctx)})
	}
	for _, q := range questions {
		<-q.ctx.Done() // since it has answered, or is too slow
		select {
		case a := <-q.waiting:
			q.waiting = nil
			if a.err == nil {
				b.accept(q.source, a.table)
				continue
			}
			b.fail(q.source, a.err)
		default:
			b.fail(q.source, errSlow)
		}
	}
}

// drain forgets the answer of an attempt that was given up, if it has come.
func (s *source) drain() {
	select {
	case <-s.waiting:
		s.waiting = nil
	default: // also if waiting is nil
	}
}

// begin asks the source on a goroutine of its own. The context that it returns is done as soon as
// there is an answer, or the time is up. A backend that hangs keeps its goroutine.
func (s *source) begin(ctx context.Context) context.Context {
	timeout := s.Timeout
	if deadline, is := ctx.Deadline(); is {
		timeout = min(timeout, time.Until(deadline)*9/10) // there must be time left to combine
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	waiting := make(chan answer, 1)
	s.waiting = waiting
	go func() {
		defer cancel()
		table, err := s.attempt(ctx)
		waiting <- answer{table, err}
	}()
	return ctx
}

// attempt asks the backend. A panic is an error like any other.
func (s *source) attempt(ctx context.Context) (table *rate.Table, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			table, err = nil, fmt.Errorf("it panicked: %v", cause)
		}
	}()
	table, err = s.Backend.Rates(ctx)
	switch {
	case err != nil:
		return nil, err
	case table == nil:
		return nil, errNoTable
	case table.Prices() == nil:
		return nil, errNoPrices
	}
	return table, nil
}

// accept takes an answer.
func (b *Backend) accept(s *source, table *rate.Table) {
	if s.err != nil && !errors.Is(s.err, errNotTurned) {
		b.o.Logger().Info("a source of exchange rates answers again", "source", s.Name)
	}
	s.backoff.Reset()
	now := time.Now()
	missing := s.missing(table, b.inUse())
	s.last, s.err, s.next = table, nil, now.Add(s.Interval)
	s.note(table, nil, now, missing)
}

// missing returns the currencies in use that a source should have a price of, and has none in a table,
// and why. Those that it once had a price of are among them.
func (s *source) missing(table *rate.Table, inUse []string) map[string]string {
	missing := map[string]string{}
	before := s.state.Load().Missing
	for _, currency := range inUse {
		if _, priced := table.Prices()[currency]; priced {
			continue
		}
		why := table.Missing()[currency]
		_, had := before[currency]
		if !had && s.last != nil {
			_, had = s.last.Prices()[currency]
		}
		if why == "" && had {
			why = "the source has no price of it any more"
		}
		if why != "" {
			missing[currency] = why
		}
	}
	return missing
}

// fail records that an attempt has failed.
func (b *Backend) fail(s *source, err error) {
	delay := s.backoff.Next()
	var wants interface{ RetryAfter() time.Duration }
	if errors.As(err, &wants) {
		delay = max(delay, wants.RetryAfter())
	}
	if s.err == nil || errors.Is(s.err, errNotTurned) {
		b.o.Logger().Warn("a source of exchange rates fails; the others go on", "source", s.Name, "error", err, "retryIn", delay)
	}
	now := time.Now()
	s.err, s.next = err, now.Add(delay)
	s.note(nil, err, now, s.state.Load().Missing)
}

// note makes the outcome of an attempt seen.
func (s *source) note(table *rate.Table, err error, now time.Time, missing map[string]string) {
	s.state.Store(&rate.SourceState{Name: s.Name, State: s.state.Load().After(table, err, now, s.next), Missing: missing})
}

// Sources returns the states of the sources, each with those of its own sources behind it. Their
// names begin with its name and a slash.
func (b *Backend) Sources() (all []rate.SourceState) {
	for _, s := range b.sources {
		all = append(all, *s.state.Load())
		if inner, is := s.Backend.(rate.Reporter); is {
			for _, state := range inner.Sources() {
				state.Name = s.Name + "/" + state.Name
				all = append(all, state)
			}
		}
	}
	return all
}
