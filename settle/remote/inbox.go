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

// underWayMax bounds the messages of one account that wait for its engine. More are refused
// with T03.
const underWayMax = 16

// Inbox passes messages of the peers' engines to ours: it answers packets to Destination
// (RFC 38, "Exchanging messages").
type Inbox struct {
	engines *Engines
	log     *slog.Logger
	ctx     context.Context
	stop    context.CancelFunc

	mu      sync.Mutex
	closed  bool
	working sync.WaitGroup
}

// NewInbox returns an Inbox, which the caller must close.
func NewInbox(engines *Engines, log *slog.Logger) *Inbox {
	ctx, stop := context.WithCancel(context.Background())
	return &Inbox{engines: engines, log: log, ctx: ctx, stop: stop}
}

// For returns the handler of the account's messages, nil if the account has no engine now.
func (b *Inbox) For(a *account.Account) ilp.Handler {
	engine := b.engines.Find(a.ID)
	if engine == nil {
		return nil
	}
	return &accountInbox{inbox: b, engine: engine, free: make(chan struct{}, underWayMax)}
}

// Close rejects the messages that are under way or come later, and waits until all are
// answered.
func (b *Inbox) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.stop()
	b.working.Wait()
}

// accountInbox answers the messages of one account.
type accountInbox struct {
	inbox  *Inbox
	engine *Engine
	free   chan struct{}
}

// HandlePrepare starts a goroutine that asks the engine.
func (s *accountInbox) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	message, expiry := bytes.Clone(prepare.Data()), prepare.ExpiresAt()
	if s.inbox.begin(s, func() { s.answer(up, message, expiry) }) {
		return
	}
	up.WriteReply(prepare.Reply(refusal(ilp.T03, "no more settlement messages are taken for now.", nil)))
}

// begin starts a goroutine if there is room for it.
func (b *Inbox) begin(s *accountInbox, do func()) bool {
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

// answer asks the engine and replies to the peer.
func (s *accountInbox) answer(up ilp.ReplyWriter, message []byte, expiry time.Time) {
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

// rejection returns the reply for an error of Message. Its code says whether the peer should
// try again, and its data is what the engine said.
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

// refusal returns a Reject that is triggered by Destination, as the RFC demands.
func refusal(code ilp.Code, message string, data []byte) ilp.Reply {
	r := ilp.Reject{Code: code, TriggeredBy: Destination, Message: message, Data: data}
	return parsed(r.Append(nil))
}

func parsed(b []byte) ilp.Reply {
	reply, err := ilp.ParseReply(b)
	if err != nil {
		panic("remote: our own reply is malformed: " + err.Error())
	}
	return reply
}

var _ ilp.Handler = (*accountInbox)(nil)
