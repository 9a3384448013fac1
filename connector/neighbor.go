package connector

import (
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
)

// neighbor is the link of an account for messages of our own, which pass no chains: those
// about routes and addresses, and of settlement engines. If the link panics its account is
// taken down, and the message is answered by a failure.
type neighbor struct {
	connector *Connector
	member    *member
}

// HandlePrepare hands a message to the link.
func (n neighbor) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	o := &once{up: up}
	if !n.connector.guard(n.member, func() { n.member.link.HandlePrepare(o, prepare) }) {
		o.WriteReply(ilp.Fail(ilp.T01, "no connection to account."))
	}
}

// once passes one answer on.
type once struct {
	up       ilp.ReplyWriter
	answered atomic.Bool
}

// WriteReply passes the first answer on.
func (o *once) WriteReply(reply ilp.Reply) {
	if o.answered.CompareAndSwap(false, true) {
		o.up.WriteReply(reply)
	}
}

var (
	_ ilp.Handler     = neighbor{}
	_ ilp.ReplyWriter = (*once)(nil)
)
