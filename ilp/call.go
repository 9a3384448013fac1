package ilp

import "context"

// Reply returns reply as the answer to p: it is flushed with the read that brought p.
func (p *Prepare) Reply(reply Reply) Reply {
	reply.Batch = p.Batch
	return reply
}

// Refuse answers prepare with a failure.
func Refuse(up ReplyWriter, prepare *Prepare, code Code, message string) {
	up.WriteReply(prepare.Reply(Fail(code, message)))
}

// Call sends a packet to h and waits for the answer, which the caller then owns. If ctx
// ends first, Call returns its error; the packet may still be fulfilled until it expires.
func Call(ctx context.Context, h Handler, d Draft) (Reply, error) {
	prepare, err := ParsePrepare(d.Append(nil))
	if err != nil {
		return Reply{}, err
	}
	got := make(chan Reply, 1)
	h.HandlePrepare(ReplyFunc(func(reply Reply) {
		kept, _ := reply.Clone(nil)
		got <- kept
	}), prepare)
	select {
	case reply := <-got:
		return reply, nil
	case <-ctx.Done():
		return Reply{}, ctx.Err()
	}
}
