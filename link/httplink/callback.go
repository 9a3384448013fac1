package httplink

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// countedPrefix begins the keys of Fulfills of peers that were booked. The id of the account and
// the Request-Id follow. A value is until when the record is kept, in Unix milliseconds:
//
//	counted/bob/0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0  ->  1796000000000
const countedPrefix = "counted/"

// countedTime is how long we remember that a Fulfill was booked, from its packet's expiry on. A
// peer that is one of ours asks for deliverTime at most.
const countedTime = 2 * deliverTime

// callbacksMax bounds the packets under way, and those that we remember.
const callbacksMax = 1 << 20

// callbacks are the answers that we wait for, and those that were booked. A link that takes the place
// of another one has the same.
type callbacks struct {
	mu   sync.Mutex
	byID map[uuid.UUID]*callback
}

// callback is one answer. Its outcome is 0 until there is one.
type callback struct {
	link    *Link
	id      uuid.UUID
	call    *call // nil once the answer is there
	taken   bool  // an answer has come
	written bool  // there is a record of it
	outcome ilp.Outcome
	expiry  int64         // of the packet, in Unix milliseconds
	late    int64         // the same in steady time
	until   int64         // steady time from which on nobody asks
	ended   chan struct{} // closed when there is an outcome
}

// load reads which Fulfills were booked. The peer may have waited for us, so we
// remember them for the whole time again.
func (s *callbacks) load(a *Async) error {
	until := clock.Now().Steady + int64(countedTime)
	ended := make(chan struct{})
	close(ended)
	prefix := countedPrefix + a.AccountID + "/"
	return a.Books.Load(prefix, func(key string, value []byte) error {
		id, err := parseCounted(key, value)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.byID[id] = &callback{id: id, taken: true, written: true, outcome: ilp.Counted, until: until, ended: ended}
		return nil
	})
}

// parseCounted reads what Changes writes.
func parseCounted(key string, value []byte) (id uuid.UUID, err error) {
	_, text, _ := cutLast(strings.TrimPrefix(key, countedPrefix))
	id, ok := uuid.Parse(text)
	if _, err := strconv.ParseInt(string(value), 10, 64); err != nil || !ok {
		return id, fmt.Errorf("%.200q: %.100q is no record of a Fulfill: restore the store from a backup", key, value)
	}
	return id, nil
}

// cutLast cuts a key before its last segment.
func cutLast(key string) (before, last string, ok bool) {
	at := strings.LastIndexByte(key, '/')
	if at < 0 {
		return "", key, false
	}
	return key[:at], key[at+1:], true
}

// expect enters a packet that goes to the peer. It returns false if too many are remembered.
func (s *callbacks) expect(l *Link, c *call) bool {
	b := &callback{link: l, id: c.id, call: c, expiry: c.expiry, late: c.deadline, ended: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= callbacksMax {
		return false
	}
	s.byID[c.id] = b
	return true
}

// take gives the packet of an answer to the caller, who must answer it. It returns no packet if
// there is none, or if somebody has taken it.
func (s *callbacks) take(id uuid.UUID) (b *callback, c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b = s.byID[id]
	if b == nil || b.taken || !b.call.take() {
		return b, nil
	}
	b.taken = true
	return b, b.call
}

// drop forgets a packet that was answered otherwise.
func (s *callbacks) drop(id uuid.UUID) {
	s.mu.Lock()
	b := s.byID[id]
	untaken := b != nil && !b.taken && b.outcome == 0
	if untaken {
		b.call = nil
		b.outcome = ilp.Void
		delete(s.byID, id)
	}
	s.mu.Unlock()
	if untaken {
		close(b.ended)
	}
}

// claim returns what is told the outcome of a Fulfill that has come as a response. The caller has taken
// its packet. A peer that sends it as a request too is then told the same.
func (s *callbacks) claim(id uuid.UUID) *callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.byID[id]
	b.taken = true
	return b
}

// Resolve notes what has become of the Fulfill.
func (b *callback) Resolve(outcome ilp.Outcome) {
	s := b.link.callbacks
	s.mu.Lock()
	b.outcome = outcome
	b.call = nil
	b.until = max(clock.Now().Steady, b.late) + int64(countedTime)
	if outcome == ilp.Void {
		delete(s.byID, b.id)
	}
	s.mu.Unlock()
	close(b.ended)
}

// Changes returns the record that the Fulfill is booked, as a ledger.Recorder does.
func (b *callback) Changes(*ilp.Reply) store.Batch {
	b.written = true
	until := max(clock.Now().Millis(), b.expiry) + countedTime.Milliseconds()
	return store.Batch{{Key: countedKey(b.link.opts.Async, b.id), Value: strconv.AppendInt(nil, until, 10)}}
}

func countedKey(a *Async, id uuid.UUID) string {
	return countedPrefix + a.AccountID + "/" + id.String()
}

// forget forgets answers that nobody asks for any more, at a steady time: a step of the wall clock must
// not make us deny what we have booked. It returns the records to remove.
func (s *callbacks) forget(a *Async, now int64) (changes store.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, b := range s.byID {
		if b.outcome == ilp.Counted && now > b.until {
			delete(s.byID, id)
			if b.written {
				changes = append(changes, store.Change{Key: countedKey(a, id)})
			}
		}
	}
	return changes
}

// serveReply takes an answer of the peer. Its response says whether it counts: 200 if it does, 400
// if it does not, and 503 if the peer is to ask again.
func (l *Link) serveReply(w http.ResponseWriter, r *http.Request, x *exchange, id uuid.UUID) error {
	reply, err := ilp.ParseReply(x.in)
	if err != nil {
		return fmt.Errorf("%w: %w", errReply, err)
	}
	b, c := l.callbacks.take(id)
	switch {
	case b == nil:
		return l.notWaited(w, id)
	case c != nil:
		l.answerCall(b, c, x, reply)
		if !reply.Fulfilled() {
			w.WriteHeader(http.StatusOK)
			return nil
		}
	}
	select {
	case <-b.ended:
	case <-r.Context().Done():
		return errDoubtful
	case <-l.stopped.Done():
		return errDoubtful
	}
	switch b.outcome {
	case ilp.Counted:
		w.WriteHeader(http.StatusOK)
		return nil
	case ilp.Void:
		return l.notWaited(w, id)
	}
	return errDoubtful
}

// notWaited refuses an answer that moves no money here.
func (l *Link) notWaited(w http.ResponseWriter, id uuid.UUID) error {
	w.Header().Set(headerOutcome, outcomeVoid)
	return fmt.Errorf("%w: Request-Id %s", errNotWaited, id)
}

// answerCall answers a packet with what the peer has sent.
func (l *Link) answerCall(b *callback, c *call, x *exchange, reply ilp.Reply) {
	l.succeeded()
	l.answerWith(b, c, &x.batch, reply)
}

// answerWith answers a packet, and notes what becomes of that.
func (l *Link) answerWith(b *callback, c *call, batch *ilp.ReadBatch, reply ilp.Reply) {
	l.finish(c, batch, func() {
		reply.Batch = batch
		up, tells := c.up.(ilp.ReceiptWriter)
		switch {
		case !reply.Fulfilled():
			c.up.WriteReply(reply)
			b.Resolve(ilp.Void) // it moves no money, so nothing need be remembered
		case tells:
			up.WriteFulfill(reply, b)
		default:
			c.up.WriteReply(reply)
			b.Resolve(ilp.Counted)
		}
	})
}

// finish ends a call and writes its answer.
func (l *Link) finish(c *call, batch *ilp.ReadBatch, write func()) {
	defer l.running.Done() // not sooner: a link that follows must find the outcome
	if left := l.calls.end(c); left == 0 {
		l.replaceConnection()
	}
	batch.Begin(clock.Now())
	write()
	batch.EndGuarded(l.panicked)
}

var _ ilp.Receipt = (*callback)(nil)
