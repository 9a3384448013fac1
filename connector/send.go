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
	prepare, err := ilp.ParsePrepare(d.Append(nil))
	if err != nil {
		return ilp.Reply{}, err
	}
	got := make(chan ilp.Reply, 1)
	c.engine.Originate(ilp.ReplyFunc(func(reply ilp.Reply) {
		kept, _ := reply.Clone(nil)
		got <- kept
	}), prepare)
	select {
	case reply := <-got:
		return reply, nil
	case <-ctx.Done():
		return ilp.Reply{}, ctx.Err()
	}
}
