package settle

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/ilp-go/connector/account/balance"
)

// behavior is what a bank does in one call.
type behavior uint8

const (
	honest      behavior = iota // pays, and says so
	refuses                     // pays nothing, and says so
	losesUnpaid                 // pays nothing, and says nothing of use
	losesPaid                   // pays, and says nothing of use, such as a 500
	hangsUnpaid                 // pays nothing until the call ends
	hangsPaid                   // pays, and does not answer
	panicsPaid                  // pays, and panics
	voids                       // never pays this id, and says so
	diesUnpaid                  // the process dies during the call, nothing paid
	diesPaid                    // the process dies during the call, after paying
	behaviors                   // how many there are
)

var errBank = errors.New("the bank says nothing of use")

// bank is a Settler that pays an id once, however badly it answers. It knows what was really
// paid.
type bank struct {
	mu     sync.Mutex
	script []behavior // of the next calls; honest after those
	paid   map[string]balance.Amount
	void   map[string]bool
	calls  []Payment
	saw    func(p Payment) // called first
	die    func()
	pause  chan struct{} // not nil: a call waits for it, whatever its context
}

func newBank(script ...behavior) *bank {
	return &bank{script: script, paid: make(map[string]balance.Amount), void: make(map[string]bool)}
}

func (b *bank) Pay(ctx context.Context, p Payment) error {
	if b.saw != nil {
		b.saw(p)
	}
	if b.pause != nil {
		<-b.pause
	}
	b.mu.Lock()
	b.calls = append(b.calls, p)
	what := honest
	if len(b.script) > 0 {
		what, b.script = b.script[0], b.script[1:]
	}
	err := b.doLocked(what, p)
	b.mu.Unlock()
	switch what {
	case hangsUnpaid, hangsPaid:
		<-ctx.Done()
		return ctx.Err()
	case diesUnpaid, diesPaid:
		b.die()
		<-ctx.Done()
		return ctx.Err()
	case panicsPaid:
		panic("the bank is on fire")
	}
	return err
}

func (b *bank) doLocked(what behavior, p Payment) error {
	_, paid := b.paid[p.ID]
	switch what {
	case refuses:
		return ErrNotSent
	case losesUnpaid, hangsUnpaid, diesUnpaid:
		return errBank
	case voids:
		if !paid {
			b.void[p.ID] = true
		}
	}
	if b.void[p.ID] {
		return ErrVoid
	}
	b.paid[p.ID] = p.Amount
	if what == honest || what == voids {
		return nil
	}
	return errBank
}

// total returns what was really paid in all.
func (b *bank) total() (sum balance.Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, amount := range b.paid {
		sum, _ = sum.Add(amount)
	}
	return sum
}

// hasPaid reports whether an id was really paid.
func (b *bank) hasPaid(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, paid := b.paid[id]
	return paid
}

// asked returns the ids of the calls, in order.
func (b *bank) asked() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.calls {
		ids = append(ids, p.ID)
	}
	return ids
}

// distinct returns how many ids it was asked to pay.
func (b *bank) distinct() int {
	ids := b.asked()
	slices.Sort(ids)
	return len(slices.Compact(ids))
}

func (b *bank) then(script ...behavior) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script = script
}

var _ Settler = (*bank)(nil)
