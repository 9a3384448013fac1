package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// What is written down of a payment.
const (
	paymentAsked = "asked" // the plugin was asked for it, and its answer is not known
	paymentMade  = "made"  // the plugin has said that it was made
)

// errAsked says that the outcome of a payment stays unknown.
var errAsked = errors.New("the plugin was asked for it and has not answered, and cannot be asked twice: " +
	"look at its ledger, and say how the payment ended with 'ilp-connector settlements resolve'")

// Pay sends money by sendMoney of the plugin. What that resolves is paid. What it rejects
// is unknown, unless its error has notSent set to true: most plugins reject for many reasons.
func (l *Link) Pay(ctx context.Context, p settle.Payment) error {
	if l.kept.store == nil {
		return fmt.Errorf("%w: %w", settle.ErrNotSent, errNoStore)
	}
	key := paymentPrefix + p.ID
	was, err := l.kept.load(key)
	switch {
	case err != nil:
		return err
	case string(was) == paymentMade:
		return nil
	case was != nil:
		return errAsked
	}
	o := l.object.Load()
	if o == nil || o.Down() {
		return fmt.Errorf("%w: %w", settle.ErrNotSent, nodehost.ErrDown)
	}
	if err := l.kept.store.Apply(store.Batch{{Key: key, Value: []byte(paymentAsked)}}); err != nil {
		return fmt.Errorf("%w: %w", settle.ErrNotSent, err) // the plugin was not asked
	}
	asked, amount := false, p.Amount.String()
	err = l.outgoing(ctx, amount, func() error {
		asked = true
		_, err := o.Call(ctx, "sendMoney", amount)
		return err
	})
	thrown, _ := errors.AsType[*nodehost.Error](err)
	switch {
	case err == nil:
		return l.kept.store.Apply(store.Batch{{Key: key, Value: []byte(paymentMade)}})
	case !asked, errors.Is(err, nodehost.ErrDown), errors.Is(err, nodehost.ErrBusy), thrown != nil && thrown.NotSent:
		if undone := l.kept.store.Apply(store.Batch{{Key: key}}); undone != nil {
			return errors.Join(err, undone)
		}
		return fmt.Errorf("%w: %w", settle.ErrNotSent, err)
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

// RemembersForever says that a payment is known for ever: it is written down before it is made.
func (l *Link) RemembersForever() bool { return true }

var (
	_ settle.Settler    = (*Link)(nil)
	_ settle.Rememberer = (*Link)(nil)
)
