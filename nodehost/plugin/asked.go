package plugin

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/store"
)

// Asked holds, by account, the payment that a plugin was asked for and has not answered for. Links that
// follow each other on an account share it, since the plugin of the first one may still be at work. It ends
// with the process. The zero value is ready, and safe for concurrent use.
type Asked struct {
	mu sync.Mutex
	of map[string]string
}

// begin notes that the plugin of an account is asked for a payment. It returns an error if there is one
// already: an operator may have said of it that it was not paid, and then the same debt would be paid twice.
func (a *Asked) begin(account, id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if other, is := a.of[account]; is {
		return fmt.Errorf("the plugin has not answered yet whether it has paid settlement %s, and may still do so: "+
			"it is asked for no other before it answers; if it never will, restart the connector", other)
	}
	if a.of == nil {
		a.of = make(map[string]string)
	}
	a.of[account] = id
	return nil
}

// end notes that it has answered, or that its process has ended.
func (a *Asked) end(account string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.of, account)
}

// Bounds of what is written down of payments. The Payer pays an account one settlement after the other, and
// asks about none of them again once it has begun the next. So the oldest can be deleted long before
// paymentsMax others were begun. A batch deletes prunedMax at most.
const (
	paymentsMax = 1000
	prunedMax   = 100
)

// paymentLog is what is written down of the payments of one link: where each is, in order. A value is
//
//	asked#17           the plugin was asked
//	asked#17 MESSAGE   and has answered with an error
//	made#17            and has said that it has paid
//
// where 17 counts the payments of the account. A value of an earlier version has no number, and counts as
// older than all that have one.
type paymentLog struct {
	mu   sync.Mutex
	read bool
	all  []writtenPayment // oldest first
}

type writtenPayment struct {
	key    string
	number uint64
}

// The states of a payment, as they are written down.
const (
	paymentAsked = "asked"
	paymentMade  = "made"
)

// begin returns the changes that write down that a payment begins: its own, and those that delete the oldest.
// undo takes it back if they could not be written.
func (p *paymentLog) begin(from store.Store, key string) (changes store.Batch, number uint64, undo func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.readLocked(from); err != nil {
		return nil, 0, nil, err
	}
	before := p.all
	number = 1
	if n := len(before); n > 0 {
		number = before[n-1].number + 1
	}
	all := append(slices.Clone(before), writtenPayment{key, number})
	for ; len(all) > paymentsMax && len(changes) < prunedMax; all = all[1:] {
		changes = append(changes, store.Change{Key: all[0].key})
	}
	p.all = all
	return append(changes, store.Change{Key: key, Value: paymentText(paymentAsked, number, "")}), number, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all = before
	}, nil
}

// forget forgets a payment whose key is deleted.
func (p *paymentLog) forget(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = slices.DeleteFunc(slices.Clone(p.all), func(w writtenPayment) bool { return w.key == key })
}

// readLocked reads what is in the store, once.
func (p *paymentLog) readLocked(from store.Store) error {
	if p.read {
		return nil
	}
	p.all = nil
	err := from.Load(paymentPrefix, func(key string, value []byte) error {
		_, number, _ := readPayment(string(value))
		p.all = append(p.all, writtenPayment{strings.Clone(key), number})
		return nil
	})
	slices.SortFunc(p.all, func(a, b writtenPayment) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.key, b.key))
	})
	p.read = err == nil
	return err
}

// errorBytesMax bounds what is written down of the error of a payment.
const errorBytesMax = 300

// paymentText returns the value for a payment.
func paymentText(state string, number uint64, message string) []byte {
	text := state + "#" + strconv.FormatUint(number, 10)
	if message != "" {
		text += " " + clip.UTF8(message, errorBytesMax)
	}
	return []byte(text)
}

// readPayment reads what paymentText or an earlier version has written.
func readPayment(text string) (state string, number uint64, message string) {
	text, message, _ = strings.Cut(text, " ")
	state, count, _ := strings.Cut(text, "#")
	number, _ = strconv.ParseUint(count, 10, 64)
	return state, number, message
}
