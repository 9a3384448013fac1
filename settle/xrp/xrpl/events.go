package xrpl

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// Event is what a Client tells: Reconnected, Ledger or *Outcome.
type Event interface{ event() }

// Reconnected says that a connection is ready, the first one too. All subscriptions are made,
// so each event from now on is told. What happened before may have been missed: read the
// state again.
type Reconnected struct {
	Server    string
	NetworkID uint32
	Ledger    Ledger // the newest one
}

// Ledger describes a validated ledger.
type Ledger struct {
	Index            uint32
	Hash             Hash
	CloseTime        time.Time // rounded by the ledger, and not by our clock
	BaseFee          Drops
	ReserveBase      Drops
	ReserveIncrement Drops // for each entry that an account owns, such as a channel
}

func (Reconnected) event() {}
func (Ledger) event()      {}
func (*Outcome) event()    {}

// eventsMax bounds the events that wait for Options.Events.
const eventsMax = 1000

// queue holds the events that wait.
type queue struct {
	mu     sync.Mutex
	events []Event
	wake   chan struct{} // has room for one
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// restart replaces all that waits: after e, everything must be read anew anyway. So the queue
// is bounded, whatever happens to connections while a caller is busy.
func (q *queue) restart(e Event) {
	q.mu.Lock()
	q.events = []Event{e}
	q.mu.Unlock()
	q.signal()
}

// push adds an event. It returns false, and adds nothing, if too many wait.
func (q *queue) push(e Event) bool {
	q.mu.Lock()
	full := len(q.events) >= eventsMax
	if !full {
		q.events = append(q.events, e)
	}
	q.mu.Unlock()
	q.signal()
	return !full
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// next waits for an event until ctx ends. After that it returns none.
func (q *queue) next(ctx context.Context) (Event, bool) {
	for ctx.Err() == nil {
		q.mu.Lock()
		if len(q.events) > 0 {
			e := q.events[0]
			q.events = q.events[1:]
			q.mu.Unlock()
			return e, true
		}
		q.mu.Unlock()
		select {
		case <-q.wake:
		case <-ctx.Done():
		}
	}
	return nil, false
}

// goLive tells that the session begins, and from now on its events.
func (s *session) goLive(e Reconnected) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = true
	if e.Ledger.Index > s.ledger.Index {
		s.ledger = e.Ledger
	}
	if s.client.options.Events != nil {
		s.client.queue.restart(e)
	}
}

// hear takes a message that answers nothing. An error ends the session.
func (s *session) hear(kind string, text []byte) error {
	switch kind {
	case "ledgerClosed":
		var l ledgerMessage
		if err := json.Unmarshal(text, &l); err != nil {
			return leaving(ReasonGarbage, "a ledgerClosed makes no sense: %v", err)
		}
		ledger, err := l.ledger()
		if err != nil {
			return leaving(ReasonGarbage, "a ledgerClosed makes no sense: %v", err)
		}
		return s.hearLedger(ledger)
	case "transaction":
		o, err := readOutcome(text)
		if err != nil {
			return leaving(ReasonGarbage, "a transaction makes no sense: %v", err)
		}
		if !o.Validated {
			return nil // of a stream that we have not asked for
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.tellLocked(o)
	default:
		return nil // servers may add kinds
	}
}

func (s *session) hearLedger(l Ledger) error {
	c := s.client
	c.mu.Lock()
	c.newest = max(c.newest, l.Index)
	c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.Index <= s.ledger.Index {
		return nil // no news
	}
	if age := -time.Until(l.CloseTime) + s.ahead; s.live && age > c.options.Lag {
		return leaving(ReasonLags, "it tells ledger %d, which is %v old", l.Index, age.Round(time.Second))
	}
	s.ledger = l
	select {
	case s.beat <- struct{}{}:
	default:
	}
	return s.tellLocked(l)
}

// tellLocked queues an event of a session that is live. Before that, a Reconnected is still
// to come. The caller holds the lock, so that events keep their order.
func (s *session) tellLocked(e Event) error {
	if !s.live || s.client.options.Events == nil || s.client.queue.push(e) {
		return nil
	}
	return leaving(ReasonOverflow, "%d events wait to be handled", eventsMax)
}

// newest returns the newest ledger that the session has told.
func (s *session) newest() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger
}

// ledgerMessage is a ledger as the stream tells it, and as subscribe answers.
type ledgerMessage struct {
	Index            uint32 `json:"ledger_index"`
	Hash             Hash   `json:"ledger_hash"`
	Time             uint32 `json:"ledger_time"`
	BaseFee          uint64 `json:"fee_base"`
	ReserveBase      uint64 `json:"reserve_base"`
	ReserveIncrement uint64 `json:"reserve_inc"`
}

func (m ledgerMessage) ledger() (Ledger, error) {
	if m.Index == 0 {
		return Ledger{}, errors.New("no ledger_index")
	}
	for _, drops := range []uint64{m.BaseFee, m.ReserveBase, m.ReserveIncrement} {
		if Drops(drops) > MaxDrops {
			return Ledger{}, errTooMuch
		}
	}
	return Ledger{m.Index, m.Hash, Time(m.Time), Drops(m.BaseFee), Drops(m.ReserveBase), Drops(m.ReserveIncrement)}, nil
}
