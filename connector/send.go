package connector

import (
	"context"

	"github.com/ilp-go/connector/ilp"
)

// Send sends a packet of the program's own and waits for the answer, which the
// caller may keep. The amount is in units of the account the packet leaves by; no
// account is charged for it but that one. If ctx ends first, Send returns its
// error, and the packet's fate is not known: it may still be fulfilled until it
// expires.
func (c *Connector) Send(ctx context.Context, d ilp.Draft) (ilp.Reply, error) {
	return ilp.Call(ctx, ilp.HandlerFunc(c.engine.Originate), d)
}
