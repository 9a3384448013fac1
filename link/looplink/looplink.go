// Package looplink is a link without a counterparty: it answers what it is sent by
// itself. It is for tests, for pings and for measuring what a connector costs
// without a network.
//
// An echo request is answered as the connector it asks for would: the same amount
// goes back to whoever asks. Everything else is fulfilled if the link knows the
// preimage of its condition, and rejected if not.
package looplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/link"
)

// Link answers by itself. It is always connected. Its methods are safe for
// concurrent use.
type Link struct {
	condition [ilp.ConditionBytes]byte
	fulfill   ilp.Reply // none if there is no preimage
	handler   atomic.Pointer[ilp.Handler]
	status    link.Reporter
	ready     chan struct{}
}

// New makes a link that knows one preimage, or none if it is nil.
func New(preimage *[ilp.ConditionBytes]byte) *Link {
	l := &Link{ready: make(chan struct{})}
	if preimage != nil {
		l.condition = sha256.Sum256(preimage[:])
		f := ilp.Fulfill{Fulfillment: *preimage}
		l.fulfill, _ = ilp.ParseReply(f.Append(nil)) // what was just made is well formed
	}
	return l
}

// Run has echoes go to handler until ctx ends. changed, if not nil, is told that
// the link is connected. Run blocks, and is called once.
func (l *Link) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	l.handler.Store(&handler)
	l.status.Enter(link.Established, "")
	close(l.ready)
	if changed != nil {
		changed(true)
	}
	<-ctx.Done()
	l.handler.Store(nil)
	l.status.Enter(link.Disabled, "")
}

// HandlePrepare answers before it returns, or has an echo answered by whoever it
// goes back to. It does not block.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	if m, err := echo.Parse(prepare.Data()); err == nil && !m.Response {
		l.echo(up, &prepare, string(m.Source))
		return
	}
	reply := ilp.Fail(ilp.F06, "unexpected payment: the condition is not known here.")
	if !l.fulfill.None() && bytes.Equal(prepare.Condition(), l.condition[:]) {
		reply = l.fulfill
	}
	reply.Batch = prepare.Batch
	up.WriteReply(reply)
}

// echo sends the amount back under the same condition, until the same time. What
// comes of that is the answer.
func (l *Link) echo(up ilp.ReplyWriter, prepare *ilp.Prepare, source string) {
	d := ilp.Draft{
		Amount: prepare.Amount(), Expiry: prepare.Expiry(),
		Condition:   [ilp.ConditionBytes]byte(prepare.Condition()),
		Destination: source, Data: echo.AppendResponse(nil),
	}
	back, err := ilp.ParsePrepare(d.Append(nil))
	handler := l.handler.Load()
	if err != nil || handler == nil {
		reply := ilp.Fail(ilp.T01, "no connection to account.")
		reply.Batch = prepare.Batch
		up.WriteReply(reply)
		return
	}
	back.Batch = prepare.Batch
	(*handler).HandlePrepare(up, back)
}

// Connected is true.
func (l *Link) Connected() bool { return true }

// Ready is closed when the link runs.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Status is established while the link runs.
func (l *Link) Status() link.Status { return l.status.Status() }

var _ ilp.Handler = (*Link)(nil)
