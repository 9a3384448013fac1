package middleware_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func inFlight(limits account.InFlight) func(*account.Settings) {
	return func(s *account.Settings) { s.InFlight = limits }
}

// Each limit refuses the packet that would pass it, with its own code, while others are under
// way, and takes it again when one of them has ended in any way.
func TestPacketsAndMoneyInFlightAreLimited(t *testing.T) {
	for _, c := range []struct {
		name       string
		alice, bob account.InFlight
		code       ilp.Code
		message    string
		refusal    string
	}{
		{
			"packets from an account", account.InFlight{IncomingPackets: 2}, account.InFlight{}, ilp.T05,
			"too many packets in flight, throttling.", "alice - T05 packets_in_flight 3 0 2 packets 0",
		}, {
			"packets to an account", account.InFlight{}, account.InFlight{OutgoingPackets: 2}, ilp.T02,
			"too many packets in flight to account, throttling.", "alice bob T02 packets_in_flight 3 30 2 packets 0",
		}, {
			"money from an account", account.InFlight{IncomingAmount: 8}, account.InFlight{}, ilp.T04,
			"exceeded money in flight, throttling.", "alice - T04 value_in_flight 3 0 8 2",
		}, {
			"money to an account", account.InFlight{}, account.InFlight{OutgoingAmount: 89}, ilp.T04,
			"exceeded money in flight to account, throttling.", "alice bob T04 value_in_flight 3 30 89 29",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, outcome := range enginetest.Outcomes {
				n := enginetest.New()
				alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(8), inFlight(c.alice))
				bob := n.Add(t, "bob", ilptest.NewLink(), inFlight(c.bob))
				first, second := n.Start("alice", numbered("test.us.bob", 3, 1)), n.Start("alice", numbered("test.us.bob", 3, 2))
				enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 3, 3)), c.code, c.message)
				if got := n.Watched.Refusals(); !slices.Equal(got, []string{c.refusal}) {
					t.Errorf("operators heard of %q, want %q", got, c.refusal)
				}

				n.Link("bob").Take().Up.WriteReply(outcome.Answer)
				first.Reply()
				third := n.Start("alice", numbered("test.us.bob", 3, 4))
				for range 2 {
					n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
				}
				enginetest.WantFulfilled(t, second.Reply())
				enginetest.WantFulfilled(t, third.Reply())
				wantNothingInFlight(t, alice, bob)
			}
		})
	}
}

func wantNothingInFlight(t testing.TB, accounts ...*account.Account) {
	t.Helper()
	for _, a := range accounts {
		c := &a.Counters
		if c.InFlight.Load() != 0 || c.Outstanding.Load() != 0 || c.IncomingInFlight.Load() != 0 || c.OutgoingInFlight.Load() != 0 {
			t.Errorf("%s has %d and %d packets, %d and %d of money in flight", a.ID,
				c.InFlight.Load(), c.Outstanding.Load(), c.IncomingInFlight.Load(), c.OutgoingInFlight.Load())
		}
	}
}

// A packet that nobody answers is in flight until it expires.
func TestExpiredPacketIsNotInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		stop := n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink(), inFlight(account.InFlight{IncomingAmount: 5}))
		bob := n.Add(t, "bob", ilptest.NewLink(), inFlight(account.InFlight{OutgoingAmount: 5}))
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 5, 1)), ilp.R00, "packet expired.")
		wantNothingInFlight(t, alice, bob)
		second := n.Start("alice", numbered("test.us.bob", 5, 2))
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill()) // late
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, second.Reply())
		wantNothingInFlight(t, alice, bob)
		stop()
	})
}

// What a limit behind refuses is not in flight, and messages between neighbors always pass.
func TestRefusedPacketsAndMessagesOfNeighborsAreFree(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink(), inFlight(account.InFlight{IncomingPackets: 1, IncomingAmount: 5}))
	bob := n.Add(t, "bob", ilptest.NewLink(), enginetest.Minimum(-4), inFlight(account.InFlight{OutgoingAmount: 5}))
	for i := range byte(3) {
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 5, i)), ilp.T04, "exceeded minimum balance.")
		enginetest.WantRefused(t, n.Send("alice", numbered("g.nowhere", 5, i)), ilp.F02,
			"no route found. source=alice destination=g.nowhere")
	}
	wantNothingInFlight(t, alice, bob)

	n.Start("alice", numbered("test.us.bob", 1, 9))
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.bob", 0)), ilp.T05, "too many packets in flight, throttling.")
	if got := n.Send("alice", ilptest.Prepare("peer.config", 0)); got.Code() == ilp.T05 {
		t.Error("a message between neighbors is refused because of packets in flight")
	}
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
}

// The money in flight of any mix of packets is what a list of them says, and never more than the
// limit, also where the limit is changed meanwhile. It never passes 64 bits.
func TestMoneyInFlightIsTheSumOfWhatWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.OneOf(rapid.Uint64Range(0, 20), rapid.Uint64Range(math.MaxUint64-20, math.MaxUint64), rapid.Uint64())
		var flying account.Flying
		var waiting []uint64
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			most := amounts.Draw(t, "most")
			if len(waiting) > 0 && rapid.Bool().Draw(t, "give") {
				i := rapid.IntRange(0, len(waiting)-1).Draw(t, "which")
				flying.Give(waiting[i])
				waiting = slices.Delete(waiting, i, i+1)
			}
			sum := uint64(0)
			for _, amount := range waiting {
				sum += amount // it does not overflow, as each was taken
			}
			amount := amounts.Draw(t, "amount")
			limit := most
			if limit == 0 {
				limit = math.MaxUint64
			}
			room := limit - min(sum, limit)
			if got := flying.Room(most); got != room {
				t.Fatalf("room is %d, want %d", got, room)
			}
			took := flying.Take(amount, most)
			if want := amount <= room; took != want && amount != 0 || amount == 0 && !took {
				t.Fatalf("took %d of %d with %d under way: %t", amount, most, sum, took)
			}
			if took {
				waiting, sum = append(waiting, amount), sum+amount
			}
			if flying.Load() != sum {
				t.Fatalf("in flight are %d, want %d", flying.Load(), sum)
			}
		}
	})
}

// Packets that come at once never have more money in flight than the limit.
func TestMoneyInFlightIsLimitedForPacketsAtOnce(t *testing.T) {
	var flying account.Flying
	const most, each, senders = 100, 7, 8
	done := make(chan bool)
	for range senders {
		go func() {
			ok := true
			for range 10_000 {
				if flying.Take(each, most) {
					ok = ok && flying.Load() <= most
					flying.Give(each)
				}
			}
			done <- ok
		}()
	}
	for range senders {
		if !<-done {
			t.Error("more is in flight than the limit")
		}
	}
	if flying.Load() != 0 {
		t.Errorf("%d are in flight after all", flying.Load())
	}
}
