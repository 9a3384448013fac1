package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/uuid"
)

// Receive credits money that the plugin has received, in units of the account, under an id. It
// blocks until the credit is durable. Its error is what the plugin's money handler rejects with.
// ctx ends when the link does: then Receive credits what it can credit at once.
type Receive func(ctx context.Context, id string, amount balance.Amount) error

// received is the money that the plugin has received and that is not credited yet. It is
// credited in the order in which the plugin has told of it.
type received struct {
	account string
	log     *slog.Logger
	receive Receive     // nil if nothing can be credited
	admit   func() bool // nil if nothing is refused
	woken   chan struct{}
	refused clock.Limiter // of lines in the log

	mu      sync.Mutex
	waiting []receipt
	gone    bool // the account has ended
}

type receipt struct {
	amount balance.Amount
	answer func(result any, err error)
}

// receiptsMax is how many amounts of one plugin may wait to be credited. It is above the default of
// rateLimit, so that a burst which that lets pass is not refused here.
const receiptsMax = 1 << 14

// errThrottled is what the money handler rejects with if the plugin calls it too often, as in the
// reference. errGone is what it rejects with once the account has ended.
var errThrottled = &nodehost.Error{Name: "RateLimitedError", Code: "T05", Message: "too many requests, throttling."}

func (r *received) errGone() error {
	return &nodehost.Error{Name: "Error", Message: "the account is gone. account=" + r.account}
}

func (r *received) init(account string, log *slog.Logger) {
	r.account, r.log, r.woken = account, log, make(chan struct{}, 1)
}

// SetReceive says where money goes that the plugin has received. admit is asked before each
// amount, and reports whether the account may tell of another one; it must not block, and nil refuses
// none. SetReceive is called before Run.
func (l *Link) SetReceive(admit func() bool, r Receive) {
	l.received.admit, l.received.receive = admit, r
}

// take takes a call of the money handler. It does not block. A plugin gives a payment no id, so
// each call is another payment.
func (r *received) take(args []json.RawMessage, answer func(result any, err error)) {
	var text string
	if len(args) > 0 {
		_ = json.Unmarshal(args[0], &text)
	}
	amount, err := parseAmount(text)
	switch {
	case r.receive == nil:
		err = &nodehost.Error{Name: "Error", Message: "the account takes no money"}
	case r.admit != nil && !r.admit():
		err = errThrottled
	case err != nil:
		err = &nodehost.Error{Name: "Error", Message: err.Error()}
	case amount.Sign() == 0:
		answer(nil, nil) // there is nothing to book
		return
	default:
		err = r.put(receipt{amount, answer})
	}
	if err == nil {
		return
	}
	if pass, held := r.refused.Pass(1); pass {
		r.log.Warn("money that the plugin tells of is refused", "amount", clip.UTF8(text, 60), "error", err, "notLogged", held)
	}
	answer(nil, err)
}

// put has a receipt wait. The error says why it cannot.
func (r *received) put(one receipt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.gone:
		return r.errGone()
	case len(r.waiting) >= receiptsMax:
		return errThrottled
	}
	r.waiting = append(r.waiting, one)
	select {
	case r.woken <- struct{}{}:
	default:
	}
	return nil
}

// run credits what waits until work ends, and then what still waits: it was received. ctx is that of
// the link.
func (r *received) run(ctx, work context.Context) {
	for {
		for _, one := range r.next(work) {
			err := r.receive(ctx, uuid.New().String(), one.amount)
			if err != nil && !isThrown(err) {
				err = &nodehost.Error{Name: "Error", Message: err.Error()}
			}
			one.answer(nil, err)
		}
		r.mu.Lock()
		gone := r.gone
		r.mu.Unlock()
		if gone {
			return
		}
		select {
		case <-r.woken:
		case <-work.Done():
		}
	}
}

// next returns what waits. Once work has ended, nothing waits any more.
func (r *received) next(work context.Context) (all []receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = work.Err() != nil
	all, r.waiting = r.waiting, nil
	return all
}

func isThrown(err error) bool {
	_, is := errors.AsType[*nodehost.Error](err)
	return is
}
