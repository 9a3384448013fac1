package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// errAsked says that the outcome of a payment stays unknown, although the plugin was asked, and the
// error that it has answered with, if it has.
func errAsked(message string) error {
	answer := "has not answered"
	if message != "" {
		answer = "answered: " + message
	}
	return fmt.Errorf("the plugin was asked for it and %s; it cannot be asked twice: "+
		"look at its ledger, and say how the payment ended with 'ilp-connector settlements resolve'", answer)
}

// hopeless adds to an error of errAsked that asking again is of no use.
type hopeless struct{ error }

// Is says that only an operator can tell.
func (hopeless) Is(target error) bool { return target == settle.ErrAskOperator }

// underWay reports whether a call of sendMoney is under way, whose answer the next call of Pay may know.
func (p *payments) underWay() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.under > 0
}

// payments counts the calls of sendMoney that are under way.
type payments struct {
	mu    sync.Mutex
	under int
	none  chan struct{} // closed when there is none any more; nil while nobody waits
	over  bool          // the account has ended
}

// begin notes that a payment begins. It returns false if none may any more.
func (p *payments) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return false
	}
	p.under++
	return true
}

func (p *payments) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under--; p.under == 0 && p.none != nil {
		close(p.none)
	}
}

// stop lets no payment begin any more, and waits for those under way, at most for a time: whether
// one was made that is cut off, nobody would know.
func (p *payments) stop(most time.Duration) {
	p.mu.Lock()
	p.over = true
	var none chan struct{}
	if p.under > 0 {
		none = make(chan struct{})
		p.none = none
	}
	p.mu.Unlock()
	if none == nil {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-none:
	case <-timer.C:
	}
}

// Pay sends money by sendMoney of the plugin. What that resolves is paid. What it rejects
// is unknown, unless its error has notSent set to true: most plugins reject for many reasons. If the
// plugin answers after ctx has ended, the next call of Pay knows the answer. Until then no other payment is
// sent.
func (l *Link) Pay(ctx context.Context, p settle.Payment) error {
	if l.kept.store == nil {
		return fmt.Errorf("%w: %w", settle.ErrNotSent, errNoStore)
	}
	key := paymentPrefix + p.ID
	was, err := l.kept.load(key)
	if err != nil {
		return err
	}
	if was != nil {
		state, _, message := readPayment(string(was))
		switch {
		case state == paymentMade:
			return nil
		case message == "" && l.payments.underWay():
			return errAsked(message)
		}
		return hopeless{errAsked(message)}
	}
	o := l.object.Load()
	if o == nil || o.Down() || !l.payments.begin() {
		return fmt.Errorf("%w: %w", settle.ErrNotSent, nodehost.ErrDown)
	}
	number, err := l.ask(key, p.ID)
	if err != nil { // the plugin was not asked
		l.payments.end()
		return fmt.Errorf("%w: %w", settle.ErrNotSent, err)
	}
	amount, outcome := p.Amount.String(), make(chan error, 1)
	go func() { // ends with the process at the latest
		defer l.payments.end()
		asked := false
		err := l.outgoing(ctx, amount, func() error {
			asked = true
			answer := make(chan error, 1)
			o.Begin(func(_ json.RawMessage, err error) { answer <- err }, "sendMoney", amount)
			return <-answer
		})
		err = l.sent(key, number, asked, err)
		l.opts.Asked.end(l.opts.Module.Account)
		switch {
		case ctx.Err() == nil || nodehost.IsDown(err):
		case err == nil: // an operator may have said that it did not
			l.log.Warn("the plugin has paid late", "settlement", p.ID, "amount", amount)
		default:
			l.log.Warn("the plugin has failed late to pay", "settlement", p.ID, "amount", amount, "error", err)
		}
		outcome <- err
	}()
	select {
	case err := <-outcome:
		return err
	case <-ctx.Done():
		return fmt.Errorf("sendMoney: %w", ctx.Err())
	}
}

// ask writes down that the plugin is about to be asked for a payment, unless it has not answered for another
// one. It returns the number of the payment.
func (l *Link) ask(key, id string) (number uint64, err error) {
	account := l.opts.Module.Account
	if err := l.opts.Asked.begin(account, id); err != nil {
		return 0, err
	}
	changes, number, undo, err := l.written.begin(l.kept.store, key)
	if err == nil {
		if err = l.kept.store.Apply(changes); err != nil {
			undo()
		}
	}
	if err != nil {
		l.opts.Asked.end(account)
	}
	return number, err
}

// sent writes down how the call of sendMoney for a payment has ended, as far as that is known, and
// returns the error of Pay. asked says that the plugin was called at all.
func (l *Link) sent(key string, number uint64, asked bool, err error) error {
	thrown, _ := errors.AsType[*nodehost.Error](err)
	switch {
	case err == nil:
		return l.kept.store.Apply(store.Batch{{Key: key, Value: paymentText(paymentMade, number, "")}})
	case asked && errors.Is(err, nodehost.ErrLost):
	case !asked, errors.Is(err, nodehost.ErrDown), errors.Is(err, nodehost.ErrBusy), thrown != nil && thrown.NotSent:
		if undone := l.kept.store.Apply(store.Batch{{Key: key}}); undone != nil {
			return errors.Join(err, undone)
		}
		l.written.forget(key)
		return fmt.Errorf("%w: %w", settle.ErrNotSent, err)
	}
	if thrown != nil { // if this fails, operators have the log
		_ = l.kept.store.Apply(store.Batch{{Key: key, Value: paymentText(paymentAsked, number, err.Error())}})
	}
	return fmt.Errorf("sendMoney: %w", err)
}

// SetOutgoing sets what stands before sendMoney: it calls send once, or returns why the money must not
// be sent. It returns the error of send if it has called it. It is called before Run.
func (l *Link) SetOutgoing(before func(ctx context.Context, amount string, send func() error) error) {
	l.outgoing = before
}

// sendAtOnce is what stands before sendMoney if nothing else does.
func sendAtOnce(_ context.Context, _ string, send func() error) error { return send() }

// RemembersForever says that a payment is known as long as the Payer may ask about it: it is written down
// before it is made, and deleted when many later ones were begun.
func (l *Link) RemembersForever() bool { return true }

var (
	_ settle.Settler    = (*Link)(nil)
	_ settle.Rememberer = (*Link)(nil)
)
