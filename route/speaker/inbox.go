package speaker

import (
	"errors"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// queuedMax is how many requests of one neighbor may wait. Each is of 32 KiB at most,
// and the next one is refused, so nobody can make the others wait for long.
const queuedMax = 8

// refusal is an error for a neighbor in the words of the reference.
type refusal string

// Error is sent to the neighbor.
func (r refusal) Error() string { return string(r) }

const (
	controlOfStranger refusal = "cannot process route control messages from non-peers."
	updateOfStranger  refusal = "cannot process route update messages from non-peers."
	notSending        refusal = "rejecting route control message, we are configured not to send routes to you."
	notReceiving      refusal = "rejecting route update, we are configured not to receive routes from you."
)

// errClosed says that nobody does what is in the inbox any more.
var errClosed = errors.New("shutting down")

// event is a request of a neighbor, or the answer to one of ours.
type event struct {
	neighbor *neighbor
	control  *ccp.RouteControl
	update   *ccp.RouteUpdate
	up       ilp.ReplyWriter // who waits for the answer, nil if it is one itself
	answer   answer
}

// happen does it. An error is for the neighbor.
func (e *event) happen(s *Speaker, now time.Time) error {
	n := e.neighbor
	switch {
	case e.control != nil:
		return s.control(n, e.control, now)
	case e.update != nil:
		return s.update(n, e.update, now)
	case e.answer.ofUpdate:
		n.sender.Answered(e.answer.id, e.answer.err, now)
	default:
		n.receiver.Answered(e.answer.id, e.answer.err, now)
		n.report(now)
	}
	return nil
}

// reply answers the neighbor.
func (e *event) reply(err error) {
	e.neighbor.queued.Add(-1)
	reply(e.up, nil, err)
}

// reply answers a request: with a yes if err is nil.
func reply(up ilp.ReplyWriter, batch *ilp.ReadBatch, err error) {
	var r ilp.Reply
	if err == nil {
		r, err = ilp.ParseReply(ccp.AppendResponse(nil))
	}
	switch {
	case errors.Is(err, errClosed):
		r = ilp.Fail(ilp.T00, err.Error())
	case err != nil:
		r = ilp.Fail(ilp.F00, err.Error())
	}
	r.Batch = batch
	up.WriteReply(r)
}

// answer waits for the answer to a request of ours, and is that answer in the end.
type answer struct {
	speaker  *Speaker
	neighbor *neighbor
	id       uint32
	ofUpdate bool // else of a control
	err      error
}

// WriteReply takes it to the goroutine in Run.
func (a answer) WriteReply(r ilp.Reply) { a.done(ccp.CheckResponse(r)) }

func (a answer) done(err error) {
	a.err = err
	a.speaker.inbox.put(event{neighbor: a.neighbor, answer: a})
}

// inbox holds events for the goroutine in Run. It is bounded by queuedMax, and by the
// two requests that we have under way with each neighbor.
type inbox struct {
	ready chan struct{} // has a word in it when there is something to do

	mu     sync.Mutex
	events []event
	closed bool
}

func (in *inbox) init() { in.ready = make(chan struct{}, 1) }

// put adds an event. Once the inbox is closed, it answers requests itself.
func (in *inbox) put(e event) {
	in.mu.Lock()
	closed := in.closed
	if !closed {
		in.events = append(in.events, e)
	}
	in.mu.Unlock()
	if !closed {
		in.wake()
	} else if e.up != nil {
		e.reply(errClosed)
	}
}

// wake has the goroutine in Run look what is due.
func (in *inbox) wake() {
	select {
	case in.ready <- struct{}{}:
	default:
	}
}

// take empties the inbox.
func (in *inbox) take() (events []event) {
	in.mu.Lock()
	defer in.mu.Unlock()
	events, in.events = in.events, nil
	return events
}

// close refuses what is in the inbox, and all that comes.
func (in *inbox) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	for _, e := range in.take() {
		if e.up != nil {
			e.reply(errClosed)
		}
	}
}

var _ ilp.ReplyWriter = answer{}
