// Package looplink provides a link without a peer: it answers all packets itself. It is
// for tests, for pings, and for measuring the cost of a connector without a network.
//
// The link answers an echo request as a connector does: it sends the same amount back
// to the source of the request. It fulfills any other packet if it knows the preimage of
// the condition, and rejects it if not. To a request for routes it answers that it exchanges
// none.
package looplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/link"
)

// Link answers all packets itself. It is always connected. Its methods are safe for
// concurrent use.
type Link struct {
	condition [ilp.ConditionBytes]byte
	fulfill   ilp.Reply // no reply if there is no preimage
	handler   atomic.Pointer[ilp.Handler]
	status    link.Reporter
	ready     chan struct{}
}

// New returns a link that knows one preimage, or none if preimage is nil.
func New(preimage *[ilp.ConditionBytes]byte) *Link {
	l := &Link{ready: make(chan struct{})}
	if preimage != nil {
		l.condition = sha256.Sum256(preimage[:])
		f := ilp.Fulfill{Fulfillment: *preimage}
		l.fulfill, _ = ilp.ParseReply(f.Append(nil)) // what was just made is well formed
	}
	return l
}

// Run sends echoes to handler until ctx ends. It calls changed, unless that is nil, when
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

// HandlePrepare answers before it returns. The answer to an echo request is the answer to
// the packet that goes back. HandlePrepare does not block.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	if m, err := echo.Parse(prepare.Data()); err == nil && !m.Response {
		l.echo(up, &prepare, string(m.Source))
		return
	}
	reply := ilp.Fail(ilp.F06, "unexpected payment: the condition is not known here.")
	if string(prepare.Destination()) == ccp.ControlDestination {
		reply = ilp.Failure{Code: ilp.F00, Declined: true, Message: ccp.ControlFromNonPeer}.Reply()
	} else if !l.fulfill.None() && bytes.Equal(prepare.Condition(), l.condition[:]) {
		reply = l.fulfill
	}
	up.WriteReply(prepare.Reply(reply))
}

// echo sends the amount back under the same condition and with the same expiry. The
// answer to that packet is the answer to the request.
func (l *Link) echo(up ilp.ReplyWriter, prepare *ilp.Prepare, source string) {
	d := ilp.Draft{
		Amount: prepare.Amount(), Expiry: prepare.Expiry(),
		Condition:   [ilp.ConditionBytes]byte(prepare.Condition()),
		Destination: source, Data: echo.AppendResponse(nil),
	}
	back, err := ilp.ParsePrepare(d.Append(nil))
	handler := l.handler.Load()
	if err != nil || handler == nil {
		ilp.Refuse(up, prepare, ilp.T01, "no connection to account.")
		return
	}
	back.Batch = prepare.Batch
	(*handler).HandlePrepare(up, back)
}

// Connected returns true.
func (l *Link) Connected() bool { return true }

// Ready returns a channel that is closed when the link runs.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Status returns the state of the link: established while it runs.
func (l *Link) Status() link.Status { return l.status.Status() }

var _ ilp.Handler = (*Link)(nil)
