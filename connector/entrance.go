package connector

import (
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// entrance takes what a link brings to the present port of its account. The port may change
// while the link stays.
type entrance struct{ member *member }

// HandlePrepare hands a packet to the port.
func (e *entrance) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	e.member.now().port.HandlePrepare(up, prepare)
}

// HandleUnmatched hands an answer to the port that no request of the link waits for.
func (e *entrance) HandleUnmatched(reply ilp.Reply) { e.member.now().port.HandleUnmatched(reply) }

// HandlePanic hands a panic to the port that the output of another link has caused.
func (e *entrance) HandlePanic(cause any) { e.member.now().port.HandlePanic(cause) }

var (
	_ ilp.Handler       = (*entrance)(nil)
	_ link.Unmatched    = (*entrance)(nil)
	_ link.PanicHandler = (*entrance)(nil)
)
