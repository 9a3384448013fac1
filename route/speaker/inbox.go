package speaker

import (
	"errors"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// queuedMax bounds the waiting requests of one neighbor. Each is 32 KiB at most, and the
// next one is refused, so no neighbor can make the others wait for long.
const queuedMax = 8

// refusal is an error for a neighbor, in the words of the reference.
type refusal string

// Error returns the text that the neighbor gets.
func (r refusal) Error() string { return string(r) }

const (
	controlFromNonPeer refusal = ccp.ControlFromNonPeer
	updateFromNonPeer  refusal = "cannot process route update messages from non-peers."
	notSending         refusal = "rejecting route control message, we are configured not to send routes to you."
	notReceiving       refusal = "rejecting route update, we are configured not to receive routes from you."
)

// errClosed says that Run has ended, so requests are not handled any more.
var errClosed = errors.New("shutting down")

// event is a request of a neighbor, or its answer to one of ours.
type event struct {
	neighbor *neighbor
	control  *ccp.RouteControl
	update   *ccp.RouteUpdate
	up       ilp.ReplyWriter // takes our answer to a request, nil for an answer
	answer   answer
}

// handle handles the event of a current neighbor. An error is for the neighbor.
func (e *event) handle(s *Speaker, now time.Time) error {
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
		s.resolveQuota(n)
		n.logState(now)
	}
	return nil
}

// reply answers the request of a neighbor.
func (e *event) reply(err error) {
	e.neighbor.queued.Add(-1)
	reply(e.up, nil, err)
}

// reply accepts a request if err is nil, and else refuses it.
func reply(up ilp.ReplyWriter, batch *ilp.ReadBatch, err error) {
	var r ilp.Reply
	if err == nil {
		r, err = ilp.ParseReply(ccp.AppendResponse(nil))
	}
	switch {
	case errors.Is(err, errClosed):
		r = ilp.Fail(ilp.T00, err.Error())
	case err != nil:
		_, declined := errors.AsType[refusal](err)
		r = ilp.Failure{Code: ilp.F00, Declined: declined, Message: err.Error()}.Reply()
	}
	r.Batch = batch
	up.WriteReply(r)
}

// answer receives the answer to a request of ours, and carries it to Run.
type answer struct {
	speaker  *Speaker
	neighbor *neighbor
	id       uint32
	ofUpdate bool // else of a control
	err      error
}

// WriteReply passes the answer to Run.
func (a answer) WriteReply(r ilp.Reply) { a.done(ccp.CheckResponse(r)) }

func (a answer) done(err error) {
	a.err = err
	a.speaker.inbox.put(event{neighbor: a.neighbor, answer: a})
}

// inbox holds events for Run. It is bounded: by queuedMax, and by our two open requests to
// each neighbor.
type inbox struct {
	ready chan struct{} // holds a value when Run has something to do

	mu     sync.Mutex
	events []event
	closed bool
}

func (in *inbox) init() { in.ready = make(chan struct{}, 1) }

// put adds an event. Once the inbox is closed, put refuses requests itself.
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

// wake makes Run check for work.
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

// close refuses all requests in the inbox, and all later ones.
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
