package middleware_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

const overMaximum, underMinimum = "exceeded maximum balance.", "exceeded minimum balance."

func TestIncomingAmountIsHeldThenPostedOrVoided(t *testing.T) {
	for _, c := range enginetest.Outcomes {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		if s := alice.Balance.Snapshot(); s.PendingIn != balance.FromUint64(7) || s.Posted.Sign() != 0 {
			t.Errorf("alice has %+v", s)
		}
		if s := bob.Balance.Snapshot(); s.PendingOut != balance.FromUint64(7) || s.Posted.Sign() != 0 {
			t.Errorf("bob has %+v", s)
		}
		n.Link("bob").Take().Up.WriteReply(c.Answer)
		r.Reply()
		in, out := "7", "-7"
		if c.Code != 0 {
			in, out = "0", "0"
		}
		enginetest.WantPosted(t, alice, in)
		enginetest.WantPosted(t, bob, out)
	}
}

func TestMaximumCountsWhatIsPending(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(10))
	n.Add(t, "bob", ilptest.NewLink())
	first := n.Start("alice", numbered("test.us.bob", 6, 1))
	enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 5, 2)), ilp.T04, overMaximum)
	second := n.Start("alice", numbered("test.us.bob", 4, 3))
	n.Link("bob").Take().Up.WriteReply(ilptest.Reject(ilp.F99, "no"))
	first.Reply()
	third := n.Start("alice", numbered("test.us.bob", 6, 4))
	for range 2 {
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	}
	enginetest.WantFulfilled(t, second.Reply())
	enginetest.WantFulfilled(t, third.Reply())
	enginetest.WantPosted(t, alice, "10")
	enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 1, 5)), ilp.T04, overMaximum)
	enginetest.WantFulfilled(t, settled(n, t, numbered("test.us.bob", 0, 6)))
}

// settled sends a packet whose link keeps it, and fulfills it.
func settled(n *enginetest.Node, t *testing.T, prepare ilp.Prepare) ilp.Reply {
	t.Helper()
	r := n.Start("alice", prepare)
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	return r.Reply()
}

// With the minimum reserved before the packet is sent, whatever the peer then
// fulfills we can owe: however many packets are in flight.
func TestPacketThatCouldPassTheMinimumIsNotSent(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink(), enginetest.Minimum(-10))
	for i := range byte(4) {
		r := n.Start("alice", numbered("test.us.bob", 3, i))
		if i == 3 {
			enginetest.WantRefused(t, r.Reply(), ilp.T04, underMinimum)
		}
	}
	if got := n.Link("bob").Kept(); got != 3 {
		t.Errorf("%d packets were sent", got)
	}
	for range 3 {
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	}
	enginetest.WantPosted(t, bob, "-9")
	enginetest.WantPosted(t, alice, "9")
	enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 2, 9)), ilp.T04, underMinimum)
}

func TestZeroAmountPassesAnyBalance(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(-5))
	bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Minimum(5))
	enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 0)))
	enginetest.WantPosted(t, alice, "0")
	enginetest.WantPosted(t, bob, "0")
	for _, a := range []*account.Account{alice, bob} {
		if in, out := a.Counters.IncomingValue[account.Fulfilled].Float(), a.Counters.OutgoingValue[account.Fulfilled].Float(); in+out != 0 {
			t.Errorf("values of %s: %v in, %v out", a.ID, in, out)
		}
	}
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T04, overMaximum)
}

func TestAccountWithoutABalanceIsUnlimitedAndUncounted(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.NoBalance)
	bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.NoBalance)
	for i := range byte(3) {
		enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.bob", 1<<63, i)))
	}
	if alice.Counters.IncomingValue[account.Fulfilled].Float()+bob.Counters.OutgoingValue[account.Fulfilled].Float() != 0 {
		t.Error("values were counted")
	}
	if alice.Counters.Incoming.Of(account.Fulfilled) != 3 {
		t.Error("packets were not counted")
	}
}

func TestValuesAreCountedByResult(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(6))
	bob := n.Add(t, "bob", ilptest.NewLink(), enginetest.Scale(9))
	for i, c := range []struct {
		amount uint64
		answer ilp.Reply
	}{
		{1, ilptest.Fulfill()}, {2, ilptest.Fulfill()}, {10, ilptest.Reject(ilp.F99, "")},
		{100, ilp.Fail(ilp.F02, "")}, {200, ilptest.WrongFulfill()},
	} {
		r := n.Start("alice", numbered("test.us.bob", c.amount, byte(i)))
		n.Link("bob").Take().Up.WriteReply(c.answer)
		r.Reply()
	}
	for result, amount := range map[account.Result]float64{account.Fulfilled: 3, account.Rejected: 10, account.Failed: 300} {
		in, out := alice.Counters.IncomingValue[result].Float(), bob.Counters.OutgoingValue[result].Float()
		if in != amount || out != 1000*amount {
			t.Errorf("%s: %v in, %v out", result, in, out)
		}
	}
}

// considering notes which accounts it is asked to consider, and at what balance.
type considering []string

func (c *considering) Urge(a *account.Account) { *c = append(*c, "urged by "+a.ID) }

func (c *considering) Consider(a *account.Account) {
	*c = append(*c, fmt.Sprint(a.ID, " at ", a.Balance.Snapshot().Balance()))
}

func TestSettlementIsConsideredWhereABalanceHasFallen(t *testing.T) {
	asked := new(considering)
	settles := func(s *account.Settings) { s.Settle = &account.Settle{} }
	n := enginetest.New(func(c *enginetest.Config) { c.Payer = asked })
	n.Add(t, "alice", ilptest.NewLink(), settles)
	n.Add(t, "bob", ilptest.NewLink(), settles)
	n.Add(t, "carol", ilptest.Fulfilling())
	settled(n, t, numbered("test.us.bob", 5, 1))
	r := n.Start("alice", numbered("test.us.bob", 3, 2))
	n.Link("bob").Take().Up.WriteReply(ilptest.Reject(ilp.F99, "no"))
	r.Reply()
	enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.carol", 3, 3)))          // carol is never settled
	for i, answer := range []ilp.Reply{ilptest.Fulfill(), ilptest.Reject(ilp.F99, "no")} { // nothing moves
		r := n.Start("alice", numbered("test.us.bob", 0, byte(4+i)))
		n.Link("bob").Take().Up.WriteReply(answer)
		r.Reply()
	}
	if got, want := fmt.Sprint(*asked), "[bob at -5 alice at 5]"; got != want {
		t.Errorf("considered %s, want %s", got, want)
	}
}

func TestTimeoutGivesBothLegsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(10))
		bob := n.Add(t, "bob", ilptest.NewLink(), enginetest.Minimum(-10))
		for range 3 {
			r := n.Start("alice", ilptest.Prepare("test.us.bob", 10, ilptest.ExpiresIn(5*time.Second)))
			enginetest.WantRefused(t, r.Reply(), ilp.R00, "packet expired.")
			enginetest.WantPosted(t, alice, "0")
			enginetest.WantPosted(t, bob, "0")
		}
	})
}
