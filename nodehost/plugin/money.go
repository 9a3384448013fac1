package plugin

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/uuid"
)

// Receive credits money that the plugin has received, in units of the account, under an id. It
// blocks until the credit is durable. Its error is what the plugin's money handler rejects with.
type Receive func(id string, amount balance.Amount) error

// received is the money that the plugin has received and that is not credited yet. It is
// credited in the order in which the plugin has told of it.
type received struct {
	receive Receive // nil if nothing can be credited
	waiting chan receipt
}

type receipt struct {
	amount balance.Amount
	answer func(result any, err error)
}

// receiptsMax is how many amounts of one plugin may wait to be credited.
const receiptsMax = 1024

func (r *received) init() { r.waiting = make(chan receipt, receiptsMax) }

// SetReceive says where money goes that the plugin has received. It is called before Run.
func (l *Link) SetReceive(r Receive) { l.received.receive = r }

// take takes a call of the money handler. It does not block. A plugin gives a payment no id, so
// each call is another payment.
func (r *received) take(args []json.RawMessage, answer func(result any, err error)) {
	var text string
	if len(args) > 0 {
		_ = json.Unmarshal(args[0], &text)
	}
	amount, err := balance.Parse(text)
	switch {
	case err != nil:
		err = fmt.Errorf("the amount %.40q is no integer", text)
	case amount.Sign() < 0:
		err = fmt.Errorf("the amount %s is negative", text)
	}
	if err != nil {
		answer(nil, &nodehost.Error{Name: "Error", Message: err.Error()})
		return
	}
	select {
	case r.waiting <- receipt{amount, answer}:
	default:
		answer(nil, &nodehost.Error{Name: "RateLimitedError", Code: "T05", Message: "too many requests, throttling."})
	}
}

// run credits what waits until ctx ends, and then what still waits: it was received.
func (r *received) run(ctx context.Context) {
	for {
		select {
		case one := <-r.waiting:
			r.credit(one)
		case <-ctx.Done():
			for {
				select {
				case one := <-r.waiting:
					r.credit(one)
				default:
					return
				}
			}
		}
	}
}

func (r *received) credit(one receipt) {
	if r.receive == nil {
		one.answer(nil, &nodehost.Error{Name: "Error", Message: "the account takes no money"})
		return
	}
	one.answer(nil, r.receive(uuid.New().String(), one.amount))
}
