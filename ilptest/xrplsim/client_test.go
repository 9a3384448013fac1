package xrplsim_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// client runs our client against a ledger, and returns its events.
func client(t *testing.T, l *xrplsim.Ledger) (*xrpl.Client, <-chan xrpl.Event) {
	t.Helper()
	events := make(chan xrpl.Event, 100)
	c, err := xrpl.NewClient(xrpl.Options{Servers: []string{l.URL()}, Events: func(e xrpl.Event) { events <- e }, Silence: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return c, events
}

// outcome awaits the outcome of a transaction.
func outcome(t *testing.T, events <-chan xrpl.Event, id xrpl.Hash) *xrpl.Outcome {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case e := <-events:
			if o, ok := e.(*xrpl.Outcome); ok && o.ID == id {
				return o
			}
		case <-limit:
			t.Fatal("no outcome is told")
		}
	}
}

// Our client takes a channel through its life, also over a restart of the server.
func TestOurClientUsesAChannel(t *testing.T) {
	l := start(t, xrplsim.Options{First: 7, Clio: true})
	owner, to := newParty(t, l, "owner", 100*xrp), newParty(t, l, "destination", 100*xrp)
	c, events := client(t, l)
	ctx := t.Context()
	if err := c.Subscribe(ctx, owner.id); err != nil {
		t.Fatal(err)
	}
	channel := xrpl.ChannelID(owner.id, to.id, owner.next)
	blob, id := owner.sign(owner.create(to, xrp, 3600))
	if s, err := c.Submit(ctx, blob, xrpl.SubmitOptions{}); err != nil || s.Result != xrpl.Success || !s.Applied {
		t.Fatalf("submitted: %+v, %v", s, err)
	}
	l.CloseLedger()
	o := outcome(t, events, id)
	if !o.Validated || o.Result != xrpl.Success || len(o.Channels) != 1 || !o.Channels[0].Created || o.Channels[0].Channel.ID != channel {
		t.Errorf("the outcome is %+v", o)
	}
	if found, err := c.Channel(ctx, channel); err != nil || found.Amount != xrp {
		t.Errorf("the channel is %+v, %v", found, err)
	}
	l.Restart()
	for {
		if _, ok := (<-events).(xrpl.Reconnected); ok { // the first one came before the outcome

			break
		}
	}
	if all, err := c.AccountChannels(ctx, owner.id, &to.id); err != nil || len(all) != 1 {
		t.Errorf("the channels are %+v, %v", all, err)
	}
	if info, err := c.AccountInfo(ctx, owner.id, xrpl.Validated); err != nil || info.OwnerCount != 1 || info.Balance != 99*xrp-10 {
		t.Errorf("the owner is %+v, %v", info, err)
	}
	if info, err := c.ServerInfo(ctx); err != nil || info.Validated.ReserveIncrement != xrp/5 || info.Validated.Index != 8 {
		t.Errorf("the server is %+v, %v", info, err)
	}
	if found, err := c.Tx(ctx, id, 7, 8); err != nil || !found.Validated || found.Ledger != 8 {
		t.Errorf("the transaction is %+v, %v", found, err)
	}
	if _, err := c.Tx(ctx, xrpl.Hash{1}, 7, 8); !errors.Is(err, xrpl.ErrAbsent) {
		t.Errorf("no transaction: %v", err)
	}
	// The subscription is renewed.
	blob, id = owner.sign(flag(channel, xrpl.FlagClose))
	if _, err := c.Submit(ctx, blob, xrpl.SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	l.CloseLedger()
	if o := outcome(t, events, id); len(o.Channels) != 1 || o.Channels[0].Channel.Expiration == nil {
		t.Errorf("the close is %+v", o)
	}
}
