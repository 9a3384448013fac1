//go:build !race

// The race detector allocates by itself and has the pool forget, so this test is not
// for it.

package middleware_test

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/rate"
)

// sure is a ledger that has written everything at once.
type sure struct{ entered int }

func (l *sure) Enter(_ ledger.Transfer, w ledger.Waiter, _ *ilp.ReadBatch) {
	l.entered++
	w.Written(nil, nil)
}

func (*sure) State(int64) ledger.State { return ledger.Ready }

// prompt is a link that answers before it returns.
type prompt struct {
	*ilptest.Link
	reply ilp.Reply
}

func (p prompt) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) { up.WriteReply(p.reply) }

// fulfills is a ReplyWriter that keeps nothing but how many Fulfills there were.
type fulfills int

func (c *fulfills) WriteReply(reply ilp.Reply) {
	if reply.Fulfilled() {
		*c++
	}
}

// The reply of a packet that waits for its entry is copied, into a buffer that comes
// back.
func TestHoldingAFulfillAllocatesNothing(t *testing.T) {
	l := new(sure)
	n := enginetest.New(func(c *enginetest.Config) { c.Ledger = l }, enginetest.Without(middleware.Deduplicate))
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", prompt{ilptest.NewLink(), ilptest.Fulfill(make([]byte, 100)...)})
	spread, err := rate.NewSpread(big.NewRat(1, 500))
	if err != nil {
		t.Fatal(err)
	}
	n.SetRates(rate.NewTable(time.Time{}, rate.Par, spread))
	prepare, up := ilptest.Prepare("test.us.bob", 1), new(fulfills)
	expiry := time.Now().Add(30 * time.Second).UnixMilli()
	send := func() {
		prepare.SetAmount(1_000_000)
		prepare.SetExpiry(expiry)
		n.Ports["alice"].HandlePrepare(up, prepare)
	}
	for range 1000 {
		send()
	}
	if allocs := testing.AllocsPerRun(20_000, send); allocs != 0 {
		t.Errorf("%v allocations for a packet", allocs)
	}
	if int(*up) != l.entered || l.entered < 21_000 {
		t.Errorf("%d fulfills, %d entries", *up, l.entered)
	}
}

// counting is an observer that counts what it is told.
type counting struct{ told int }

func (c *counting) Observe(_ context.Context, batch []rate.Forwarded) { c.told += len(batch) }

func TestTellingAnObserverAllocatesNothing(t *testing.T) {
	observer := new(counting)
	feed := rate.NewFeed(observer, nil)
	ended := make(chan struct{})
	go func() { defer close(ended); feed.Run() }()
	n := enginetest.New(func(c *enginetest.Config) { c.Feeds = []*rate.Feed{feed} }, enginetest.Without(middleware.Deduplicate))
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", prompt{ilptest.NewLink(), ilptest.Fulfill(make([]byte, 100)...)})
	prepare, up := ilptest.Prepare("test.us.bob", 1), new(fulfills)
	expiry := time.Now().Add(30 * time.Second).UnixMilli()
	send := func() {
		prepare.SetAmount(1_000_000)
		prepare.SetExpiry(expiry)
		n.Ports["alice"].HandlePrepare(up, prepare)
	}
	for range 1000 {
		send()
	}
	if allocs := testing.AllocsPerRun(20_000, send); allocs != 0 {
		t.Errorf("%v allocations for a packet", allocs)
	}
	feed.Close(time.Minute)
	<-ended
	if observer.told != int(*up) || observer.told < 21_000 {
		t.Errorf("%d fulfills, and the observer was told of %d", *up, observer.told)
	}
}
