package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/rate"
)

// listener is an observer that notes what it is told.
type listener struct {
	feed *rate.Feed
	told []rate.Forwarded
}

func (l *listener) Observe(_ context.Context, batch []rate.Forwarded) {
	l.told = append(l.told, batch...)
}

// observed returns an edit that gives a node an observer, which it fills in.
func observed(l *listener) func(*enginetest.Config) {
	l.feed = rate.NewFeed(l, nil)
	return func(c *enginetest.Config) { c.Feeds = append(c.Feeds, l.feed) }
}

// heard returns what the observer was told, as "alice 5 bob 500".
func (l *listener) heard() (all []string) {
	ended := make(chan struct{})
	go func() { defer close(ended); l.feed.Run() }()
	l.feed.Close(time.Minute)
	<-ended
	for _, p := range l.told {
		all = append(all, fmt.Sprintf("%s %d %s %d", p.From, p.Incoming, p.To, p.Outgoing))
	}
	return all
}

func wantHeard(t *testing.T, l *listener, want ...string) {
	t.Helper()
	if got := l.heard(); !slices.Equal(got, want) {
		t.Errorf("the observer heard %q, want %q", got, want)
	}
}

func TestObserverHearsOfAForwardedAmount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, second := new(listener), new(listener)
		n := enginetest.New(observed(l), observed(second))
		n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(2))
		n.Add(t, "bob", ilptest.NewLink(), enginetest.Scale(4), enginetest.Asset("EUR"))
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 5))
		sent := n.Link("bob").Take()
		time.Sleep(time.Second)
		sent.Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, r.Reply())
		wantHeard(t, l, "alice 5 bob 500")
		wantHeard(t, second, "alice 5 bob 500")
		want := rate.Forwarded{
			From: "alice", FromAsset: rate.Asset{Code: "USD", Scale: 2}, Incoming: 5,
			To: "bob", ToAsset: rate.Asset{Code: "EUR", Scale: 4}, Outgoing: 500, At: time.Now(),
		}
		got := l.told[0]
		if !got.At.Equal(want.At) {
			t.Errorf("at %s, want %s", got.At, want.At)
		}
		if got.At = want.At; got != want {
			t.Errorf("it heard %+v, want %+v", got, want)
		}
	})
}

// The reference tells its backend of a fulfilled packet alone. Here it must have moved an amount
// from one account to another.
func TestObserverHearsOfNothingElse(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  ilp.Reply
		prepare ilp.Prepare
		edits   []func(*enginetest.Config)
		code    ilp.Code // 0 of a Fulfill
	}{
		{"a reject", ilptest.Reject(ilp.F99, "no"), ilptest.Prepare("test.us.bob", 5), nil, ilp.F99},
		{"a failure", ilp.Fail(ilp.T00, "no"), ilptest.Prepare("test.us.bob", 5), nil, ilp.T00},
		{"a wrong fulfillment", ilptest.WrongFulfill(), ilptest.Prepare("test.us.bob", 5), nil, ilp.F05},
		{"a refusal of a middleware", ilptest.Fulfill(), ilptest.Prepare("test.us.bob", 5), []func(*enginetest.Config){
			enginetest.Outgoing("bob", engine.ReplyFunc(func(p *engine.Packet) engine.Verdict { return p.Refuse(ilp.F99, "no") })),
		}, ilp.F99},
		{"a fulfill of a middleware", ilptest.Reject(ilp.F99, "no"), ilptest.Prepare("test.us.bob", 5), []func(*enginetest.Config){
			enginetest.Outgoing("bob", engine.PrepareFunc(func(p *engine.Packet) engine.Verdict { return p.Fulfill(ilptest.Preimage) })),
		}, 0},
		{"no amount", ilptest.Fulfill(), ilptest.Prepare("test.us.bob", 0), nil, 0},
		{"no route", ilptest.Fulfill(), ilptest.Prepare("test.them", 5), nil, ilp.F02},
		{"a protocol between neighbors", ilptest.Fulfill(), ilptest.Prepare("peer.local", 5, ilptest.WithCondition(ilp.PeerCondition)), []func(*enginetest.Config){
			enginetest.WithLocal("peer.local", fulfillingLocal{}),
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := new(listener)
			n := enginetest.New(append(c.edits, observed(l))...)
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Answering(c.answer))
			if reply := n.Send("alice", c.prepare); reply.Code() != c.code {
				t.Errorf("got %s", enginetest.Describe(reply))
			}
			wantHeard(t, l)
		})
	}
}

// fulfillingLocal is a protocol between neighbors that fulfills.
type fulfillingLocal struct{}

func (fulfillingLocal) For(*account.Account) ilp.Handler { return ilptest.Fulfilling() }

// A packet of our own is not converted, and comes from no account.
func TestObserverDoesNotHearOfOurOwnPackets(t *testing.T) {
	l := new(listener)
	n := enginetest.New(observed(l))
	n.Add(t, "bob", ilptest.Fulfilling())
	enginetest.WantFulfilled(t, n.Originate(ilptest.Prepare("test.us.bob", 5)))
	wantHeard(t, l)
}

// What is rounded down to nothing has moved a balance all the same. A ping that goes back is a
// packet like any other.
func TestObserverHearsOfRoundedAmountsAndPings(t *testing.T) {
	l := new(listener)
	n := enginetest.New(observed(l))
	n.Add(t, "alice", ilptest.Fulfilling(), enginetest.Scale(4))
	n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(2))
	enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5)))
	enginetest.WantFulfilled(t, n.Send("bob", ilptest.Prepare("test.us", 6, ping("test.us.alice"))))
	wantHeard(t, l, "alice 5 bob 0", "bob 6 alice 600")
}

func TestObserverHearsOfAPacketOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // packets of one millisecond
		l := new(listener)
		n := enginetest.New(observed(l))
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "carol", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		first, parked := n.Start("alice", same(10)), n.Start("carol", same(9))
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, first.Reply())
		enginetest.WantFulfilled(t, parked.Reply())
		enginetest.WantFulfilled(t, n.Send("carol", same(8))) // of a packet that was answered
		wantHeard(t, l, "alice 10 bob 10")
	})
}

func TestObserverDoesNotHearOfALateFulfill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(listener)
		n := enginetest.New(observed(l))
		stop := n.Run(t)
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 5))
		sent := n.Link("bob").Take()
		time.Sleep(time.Minute)
		sent.Up.WriteReply(ilptest.Fulfill())
		enginetest.WantRefused(t, r.Reply(), ilp.R00, "packet expired.")
		wantHeard(t, l)
		stop()
	})
}

// With a durable ledger an observer hears of a packet when its money is written down, and not if
// that fails.
func TestObserverHearsOfWhatIsWritten(t *testing.T) {
	for _, c := range []struct {
		err  error
		want []string
	}{{nil, []string{"alice 10 bob 10"}}, {errors.New("the disk is full"), nil}} {
		l, book := new(listener), new(paper)
		n := enginetest.New(observed(l), func(c *enginetest.Config) { c.Ledger = book })
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.Fulfilling())
		r := n.Start("alice", same(10))
		if s := l.feed.State(); s.Waiting != 0 {
			t.Errorf("it hears of %d packets before they are written", s.Waiting)
		}
		book.write(c.err)
		r.Reply()
		wantHeard(t, l, c.want...)
	}
}
