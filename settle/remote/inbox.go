package remote

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// underWayMax bounds the messages of one account that its engine is asked about. More
// are refused with T03.
const underWayMax = 16

// Inbox hands our engines what the engines of peers say: it answers packets to
// Destination (RFC 38, "Exchanging messages").
type Inbox struct {
	engines *Engines
	log     *slog.Logger
	ctx     context.Context
	stop    context.CancelFunc

	mu      sync.Mutex
	closed  bool
	working sync.WaitGroup
}

// NewInbox makes an Inbox. It must be closed.
func NewInbox(engines *Engines, log *slog.Logger) *Inbox {
	ctx, stop := context.WithCancel(context.Background())
	return &Inbox{engines: engines, log: log, ctx: ctx, stop: stop}
}

// For is who answers the account's messages, nil if the account has no engine now.
func (b *Inbox) For(a *account.Account) ilp.Handler {
	engine := b.engines.Find(a.ID)
	if engine == nil {
		return nil
	}
	return &slot{inbox: b, engine: engine, free: make(chan struct{}, underWayMax)}
}

// Close refuses what is under way and what comes, and waits until all is answered.
func (b *Inbox) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.stop()
	b.working.Wait()
}

// slot is the inbox of one account.
type slot struct {
	inbox  *Inbox
	engine *Engine
	free   chan struct{}
}

// HandlePrepare has the engine asked by a goroutine.
func (s *slot) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	message, expiry := bytes.Clone(prepare.Data()), prepare.ExpiresAt()
	if s.inbox.begin(s, func() { s.answer(up, message, expiry) }) {
		return
	}
	reply := refusal(ilp.T03, "no more settlement messages are taken for now.", nil)
	reply.Batch = prepare.Batch
	up.WriteReply(reply)
}

// begin starts a goroutine if there is room for it.
func (b *Inbox) begin(s *slot, do func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	select {
	case s.free <- struct{}{}:
	default:
		return false
	}
	b.working.Go(func() {
		defer func() { <-s.free }()
		do()
	})
	return true
}

// answer asks the engine.
func (s *slot) answer(up ilp.ReplyWriter, message []byte, expiry time.Time) {
	ctx, cancel := context.WithDeadline(s.inbox.ctx, expiry)
	defer cancel()
	response, err := s.engine.Message(ctx, message)
	if err != nil {
		s.inbox.log.Warn("settlement message of the peer was not answered", "account", s.engine.account, "error", err)
		up.WriteReply(rejection(err))
		return
	}
	f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment, Data: response}
	up.WriteReply(parsed(f.Append(nil)))
}

// rejection is what the peer is told of an engine that refused: whether it makes sense to
// ask again, and what the engine said.
func rejection(err error) ilp.Reply {
	refused, ok := errors.AsType[*StatusError](err)
	switch {
	case !ok:
		return refusal(ilp.T00, "the settlement engine does not answer.", nil)
	case refused.Status >= 400 && refused.Status < http.StatusInternalServerError:
		return refusal(ilp.F00, "the settlement engine refuses the message.", refused.Body)
	}
	return refusal(ilp.T00, "the settlement engine has failed.", refused.Body)
}

// refusal is a Reject in the name of Destination, as the RFC wants it.
func refusal(code ilp.Code, message string, data []byte) ilp.Reply {
	r := ilp.Reject{Code: code, TriggeredBy: Destination, Message: message, Data: data}
	return parsed(r.Append(nil))
}

func parsed(b []byte) ilp.Reply {
	reply, err := ilp.ParseReply(b)
	if err != nil {
		panic("remote: a reply of our own is none: " + err.Error())
	}
	return reply
}

var _ ilp.Handler = (*slot)(nil)
