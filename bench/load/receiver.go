//go:build linux

package load

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

// receiver checks the packets that arrive and answers them.
type receiver struct {
	*client
	load   *Load
	expect arrival

	isHTTP          bool
	fulfill, reject *answerTemplate // the latter is the answer when packets are to be refused
}

var errAnswer = errors.New("a receiver got an answer, and had sent nothing")

// receive handles a packet.
func (r *receiver) receive(message []byte, _ int64) error {
	p, err := btp.Parse(message)
	if err != nil {
		return err
	}
	if p.Type != btp.TypeMessage {
		return errAnswer
	}
	entry, _ := p.Last(btp.ILP)
	prepare, err := ilp.ParsePrepare(entry.Data)
	if err != nil {
		return err
	}
	return r.answer(r.client, p.RequestID, &prepare)
}

// answer checks a packet and answers it over the connection that brought it.
func (r *receiver) answer(c *client, id uint32, prepare *ilp.Prepare) error {
	l, err := r.expect.check(prepare, r.load.wall())
	if err != nil {
		return fmt.Errorf("packet %d of sender %d: %w", l.seq, l.sender, err)
	}
	template := r.fulfill
	if r.load.want == Refused {
		template = r.reject
	}
	c.out = template.append(c.out, id, l)
	r.load.arrived++
	return nil
}

var _ actor = (*receiver)(nil)
