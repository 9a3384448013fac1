package middleware_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// Operators hear which limit has refused a packet, how high it is, and what is left of it.
func TestOperatorsHearWhichLimitRefusedAPacket(t *testing.T) {
	for _, c := range []struct {
		name       string
		alice, bob func(*account.Settings)
		amount     uint64
		passed     int // packets of 3 that pass before
		want       string
	}{
		{
			name: "the rate limit", amount: 5, passed: 2,
			alice: func(s *account.Settings) {
				s.RateLimit = account.RateLimit{Period: time.Minute, Count: 4, Capacity: 2}
			},
			want: "alice - T05 rate_limit 5 0 4 in 1m0s, 2 at once 0",
		}, {
			name: "the largest packet", amount: 5,
			alice: func(s *account.Settings) { s.PacketAmountMax = 4 },
			want:  "alice - F08 max_packet_amount 5 0 4 4",
		}, {
			name: "the incoming throughput", amount: 5, passed: 2,
			alice: func(s *account.Settings) {
				s.Throughput = account.Throughput{Period: time.Minute, Incoming: 10}
			},
			want: "alice - T04 throughput 5 0 10 in 1m0s 4",
		}, {
			name: "the outgoing throughput", amount: 5, passed: 1,
			bob:  func(s *account.Settings) { s.Throughput = account.Throughput{Period: time.Minute, Outgoing: 7} },
			want: "alice bob T04 throughput 5 5 7 in 1m0s 4",
		}, {
			name: "the maximum balance", amount: 5, passed: 1, alice: enginetest.Maximum(7),
			want: "alice - T04 maximum_balance 5 0 7 4",
		}, {
			name: "the minimum balance", amount: 5, passed: 1, bob: enginetest.Minimum(-7),
			want: "alice bob T04 minimum_balance 5 5 -7 4",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := enginetest.New()
				edits := func(edit func(*account.Settings)) []func(*account.Settings) {
					if edit == nil {
						return nil
					}
					return []func(*account.Settings){edit}
				}
				n.Add(t, "alice", ilptest.NewLink(), edits(c.alice)...)
				n.Add(t, "bob", ilptest.Fulfilling(), edits(c.bob)...)
				for range c.passed {
					enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 3)))
				}
				n.Send("alice", ilptest.Prepare("test.us.bob", c.amount))
				if got := n.Watched.Refusals(); !slices.Equal(got, []string{c.want}) {
					t.Errorf("operators heard of %q, want %q", got, c.want)
				}
			})
		})
	}
}

// The rooms of a balance are what Hold and Reserve still take.
func TestRoomOfABalanceIsWhatItStillTakes(t *testing.T) {
	n := enginetest.New()
	a := n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(100), enginetest.Minimum(-50))
	if !a.Balance.Hold(30) || !a.Balance.Reserve(20) {
		t.Fatal("the balance takes nothing")
	}
	state := a.Balance.Snapshot()
	in, out := state.RoomIn(), state.RoomOut()
	if in.String() != "70" || out.String() != "30" {
		t.Errorf("there is room for %s and %s", in, out)
	}
	if a.Balance.Hold(71) || a.Balance.Reserve(31) || !a.Balance.Hold(70) || !a.Balance.Reserve(30) {
		t.Error("that is not what the balance takes")
	}
	free := n.Add(t, "bob", ilptest.NewLink()).Balance.Snapshot()
	in, out = free.RoomIn(), free.RoomOut()
	if in.String() != "Infinity" || out.String() != "Infinity" {
		t.Errorf("without limits there is room for %s and %s", in, out)
	}
}
