package middleware_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// TestAlertIsRaisedForThePeersMaximumAlone holds also that nobody but the peer itself makes
// us settle.
func TestAlertIsRaisedForThePeersMaximumAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer ilp.Reply
		raised bool
	}{
		{"the peer's maximum", ilptest.Reject(ilp.T04, "exceeded maximum balance."), true},
		{"another message", ilptest.Reject(ilp.T04, "exceeded maximum balance"), false},
		{"another code", ilptest.Reject(ilp.T05, "exceeded maximum balance."), false},
		{"a failure of our own", ilp.Fail(ilp.T04, "exceeded maximum balance."), false},
		{"a fulfill", ilptest.Fulfill(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := new(considering)
			n := enginetest.New(func(c *enginetest.Config) { c.Payer = asked })
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Answering(c.answer)).SetAddress("test.peer")
			n.Send("alice", ilptest.Prepare("test.us.bob", 5))
			if raised := len(n.Alerts.All()) == 1; raised != c.raised {
				t.Errorf("alerts are %+v", n.Alerts.All())
			}
			if urged := slices.Contains(*asked, "urged by bob"); urged != c.raised {
				t.Errorf("the settler was told %q", *asked)
			}
		})
	}
	for address, urged := range map[string]bool{"test.peer": true, "test": false, "test.peer.x": false, "": false} {
		t.Run("said by test.peer, the account is "+address, func(t *testing.T) {
			asked := new(considering)
			n := enginetest.New(func(c *enginetest.Config) { c.Payer = asked })
			n.Add(t, "alice", ilptest.NewLink())
			bob := n.Add(t, "bob", ilptest.Answering(ilptest.Reject(ilp.T04, "exceeded maximum balance.")))
			if address != "" {
				bob.SetAddress(address)
			}
			n.Send("alice", ilptest.Prepare("test.us.bob", 5))
			if len(n.Alerts.All()) != 1 {
				t.Error("no alert")
			}
			if got := slices.Contains(*asked, "urged by bob"); got != urged {
				t.Errorf("the settler was told %q", *asked)
			}
		})
	}
	t.Run("our own maximum", func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(1))
		enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.alice", 5)), ilp.T04, overMaximum)
		if got := n.Alerts.All(); len(got) != 0 {
			t.Errorf("alerts are %+v", got)
		}
	})
}

func TestAlertSaysWhoAndWhenAndHowOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.Answering(ilptest.Reject(ilp.T04, "exceeded maximum balance.")))
		first := time.Now().UTC()
		for i := range byte(3) {
			n.Send("alice", numbered("test.us.bob", 5, i))
			time.Sleep(time.Second)
		}
		alert := account.Alert{
			ID: first.UnixMilli(), AccountID: "bob", TriggeredBy: "test.peer", Message: "exceeded maximum balance.",
			Count: 3, CreatedAt: first, UpdatedAt: first.Add(2 * time.Second),
		}
		if got := n.Alerts.All(); len(got) != 1 || got[0] != alert {
			t.Errorf("alerts are\n%+v, want\n%+v", got, alert)
		}
	})
}

// By the time the peer says so the packet may have expired: its debt is no less.
func TestLateAnswerRaisesAnAlertToo(t *testing.T) {
	for _, disabled := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			n := enginetest.New()
			if disabled {
				n = enginetest.New(enginetest.Without("alert"))
			}
			n.Run(t)
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.NewLink())
			for i, answer := range []ilp.Reply{
				ilptest.Reject(ilp.T04, "exceeded maximum balance."), ilptest.Fulfill(), ilptest.Reject(ilp.F99, "no"),
				ilp.Fail(ilp.T04, "exceeded maximum balance."),
			} {
				enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 5, byte(i))), ilp.R00, "packet expired.")
				n.Link("bob").Take().Up.WriteReply(answer)
			}
			all := n.Alerts.All()
			if disabled {
				if len(all) != 0 {
					t.Errorf("alerts are %+v", all)
				}
			} else if len(all) != 1 || all[0].AccountID != "bob" || all[0].TriggeredBy != "test.peer" || all[0].Count != 1 {
				t.Errorf("alerts are %+v", all)
			}
		})
	}
}

func TestAlertEndsOnceThePeerFulfillsAgain(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	peer := ilptest.NewLink()
	peer.Answer = func(p ilp.Prepare) ilp.Reply {
		switch p.Amount() {
		case 5:
			return ilptest.Reject(ilp.T04, "exceeded maximum balance.")
		case 3:
			return ilptest.Reject(ilp.F99, "no")
		}
		return ilptest.Fulfill()
	}
	bob := n.Add(t, "bob", peer)
	packets := byte(0)
	after := func(want int, amounts ...uint64) {
		t.Helper()
		for _, amount := range amounts {
			packets++
			n.Send("alice", numbered("test.us.bob", amount, packets))
		}
		n.Set.EndDebt(time.Now(), bob)
		if got := len(n.Alerts.All()); got != want {
			t.Errorf("after %v there are %d alerts", amounts, got)
		}
	}
	after(1, 5)
	after(1, 3, 0)
	after(1)
	after(1, 4, 5)
	after(1, 4)
	after(0, 4)
	if history := n.Alerts.History(); len(history) != 1 || history[0].State != account.AlertResolved || history[0].Count != 2 {
		t.Errorf("history is %+v", history)
	}
	after(1, 5)
}

func TestNoAlertIsRaisedWhenDisabled(t *testing.T) {
	n := enginetest.New(enginetest.Without("alert"))
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Answering(ilptest.Reject(ilp.T04, "exceeded maximum balance.")))
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5)), ilp.T04, "exceeded maximum balance.")
	if got := n.Alerts.All(); len(got) != 0 {
		t.Errorf("alerts are %+v", got)
	}
}
