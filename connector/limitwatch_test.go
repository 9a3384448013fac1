package connector

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// TestAccountThatStaysAtALimitIsAlerted lets alice reach her maximum, and us our minimum with
// bob: an alert each after 20 seconds, not sooner, which resolves when there is room again.
func TestAccountThatStaysAtALimitIsAlerted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(10))
		bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Minimum(-8))
		n.Add(t, "carol", ilptest.NewLink())
		w := newLimitWatch(n.Alerts)
		alerts := func() (texts []string) {
			w.look(time.Now(), n.Registry.All())
			for _, a := range n.Alerts.All() {
				texts = append(texts, a.AccountID+" "+a.Message)
			}
			return texts
		}
		n.Send("alice", ilptest.Prepare("test.us.bob", 8))
		refuse := func() {
			n.Send("alice", ilptest.Prepare("test.us.bob", 5))                                     // the maximum
			n.Send("carol", ilptest.Prepare("test.us.bob", 1, ilptest.Data([]byte("of another")))) // the minimum
		}
		for range 2 {
			refuse()
			if got := alerts(); got != nil {
				t.Fatalf("raised before 20 seconds have passed: %q", got)
			}
			time.Sleep(10 * time.Second)
		}
		refuse()
		for range 3 { // and it stays, although nobody sends any more
			got := alerts()
			if len(got) != 2 || !strings.Contains(got[0], "alice packets from the account pass its maximum balance") ||
				!strings.Contains(got[0], "the last had the amount 5; balance 8, maximum 10, room 2; it must settle") ||
				!strings.Contains(got[1], "bob packets to the account pass its minimum balance") ||
				!strings.Contains(got[1], "amount 1; balance -8, minimum -8, room 0; settle") {
				t.Fatalf("raised are %q", got)
			}
			time.Sleep(10 * time.Second)
		}
		for _, a := range n.Alerts.All() {
			if a.Count != 1 {
				t.Errorf("%s counts %d although nothing is new", a.AccountID, a.Count)
			}
		}
		alice.Balance.SetLimits(balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Finite(balance.FromInt64(13))})
		bob.Balance.SetLimits(balance.Limits{Minimum: balance.Finite(balance.FromInt64(-9)), Maximum: balance.Infinity()})
		if got := alerts(); got != nil {
			t.Errorf("with room for them there are %q", got)
		}
		if history := n.Alerts.History(); len(history) != 2 || history[0].State != account.AlertResolved {
			t.Errorf("the history is %+v", history)
		}
		if len(w.stuck) != 0 {
			t.Errorf("%d accounts are remembered", len(w.stuck))
		}
	})
}

// A stranger can be any number of clients. Their alerts push out none of our own.
func TestClientThatStaysAtALimitIsAnAlertOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "mini.eve", ilptest.NewLink(), enginetest.Maximum(10), func(s *account.Settings) { s.Host = "mini" })
		n.Add(t, "bob", ilptest.Fulfilling())
		w := newLimitWatch(n.Alerts)
		for range 4 {
			n.Send("mini.eve", ilptest.Prepare("test.us.bob", 11))
			w.look(time.Now(), []*account.Account{n.Registry.Find("mini.eve")})
			time.Sleep(10 * time.Second)
		}
		if all := n.Alerts.All(); len(all) != 1 || all[0].TriggeredBy != account.AlertStrangers {
			t.Fatalf("raised are %+v", all)
		}
		n.Send("mini.eve", ilptest.Prepare("test.us.bob", 10))
		w.look(time.Now(), nil)
		if all := n.Alerts.All(); len(all) != 0 {
			t.Errorf("raised are still %+v", all)
		}
	})
}

// TestRefusedProbeIsNoAlert has alice find out how much passes, as STREAM senders do, between
// payments that pass.
func TestRefusedProbeIsNoAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(1_000_000))
		n.Add(t, "bob", ilptest.Fulfilling())
		w := newLimitWatch(n.Alerts)
		for i := range 24 * 360 { // a day
			if i%100 == 0 { // the small one passes, and its receiver rejects it
				n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Reject(ilp.F99, "a probe") }
				n.Send("alice", ilptest.Prepare("test.us.bob", 1, ilptest.Data([]byte{byte(i / 100), 0})))
				n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
				n.Send("alice", ilptest.Prepare("test.us.bob", 1_000_000_000_000, ilptest.Data([]byte{byte(i / 100), 1})))
			}
			if i%360 == 5 {
				enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 10, ilptest.Data([]byte{byte(i / 360)}))))
			}
			time.Sleep(10 * time.Second)
			w.look(time.Now(), n.Registry.All())
		}
		for _, a := range n.Alerts.History() {
			t.Errorf("raised: count %d, %s", a.Count, a.Message)
		}
	})
}

// TestClientThatGivesUpIsAlerted lets a STREAM client try as it does when nothing passes: after
// pauses that grow by half, for 58 seconds.
func TestClientThatGivesUpIsAlerted(t *testing.T) {
	for phase := time.Duration(0); phase < alertsTick; phase += time.Second {
		synctest.Test(t, func(t *testing.T) {
			n := enginetest.New()
			n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(10))
			n.Add(t, "bob", ilptest.Fulfilling())
			n.Send("alice", ilptest.Prepare("test.us.bob", 10))
			w := newLimitWatch(n.Alerts)
			done := make(chan struct{})
			go func() {
				defer close(done)
				time.Sleep(phase)
				for range 7 {
					w.look(time.Now(), n.Registry.All())
					time.Sleep(alertsTick)
				}
			}()
			pause, began := 100*time.Millisecond, time.Now()
			for i := byte(0); time.Since(began) < 58*time.Second; i++ {
				n.Send("alice", ilptest.Prepare("test.us.bob", 1000, ilptest.Data([]byte{i})))
				time.Sleep(pause)
				pause += pause / 2
			}
			<-done
			if got := n.Alerts.All(); len(got) != 1 || got[0].Kind != atMaximum {
				t.Errorf("with looks %v after the first packet, raised are %+v", phase, got)
			}
		})
	}
}

// TestProbeUnderWayIsNoAlert has alice probe twice while the receiver takes half a minute to
// answer the small packets, which pass.
func TestProbeUnderWayIsNoAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(1_000_000))
		n.Add(t, "bob", ilptest.NewLink()) // it does not answer
		w := newLimitWatch(n.Alerts)
		for i := range byte(2) {
			n.Send("alice", ilptest.Prepare("test.us.bob", 1_000_000_000_000, ilptest.Data([]byte{i, 1})))
			w.look(time.Now(), n.Registry.All()) // between the two packets of a probe
			n.Start("alice", ilptest.Prepare("test.us.bob", 1, ilptest.Data([]byte{i, 0})))
			for range 2 {
				time.Sleep(alertsTick)
				w.look(time.Now(), n.Registry.All())
			}
			time.Sleep(5 * time.Second)
		}
		for _, a := range n.Alerts.History() {
			t.Errorf("raised: count %d, %s", a.Count, a.Message)
		}
	})
}

// TestRefusalIsLogged holds that operators read which limit has refused a packet.
func TestRefusalIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := &watch{Connector: &Connector{log: slog.New(slog.NewTextHandler(&out, nil))}}
		alice, bob := account.New("alice", account.Settings{}), account.New("bob", account.Settings{})
		w.Refused(engine.Refusal{
			From: alice, To: bob, Incoming: 7, Outgoing: 9, Count: 3, Cause: roomy{},
			Failure: ilp.Failure{Code: ilp.T04, Message: "exceeded minimum balance."},
		})
		w.Refused(engine.Refusal{From: alice, Incoming: 7, Count: 1, Cause: engine.CauseMalformed, Failure: ilp.Failure{Code: ilp.F00}})
		for _, want := range []string{
			`level=WARN msg="refused a packet" account=alice to=bob code=T04 cause=minimum_balance amount=7 outgoing=9 limit=-10 headroom=2 message="exceeded minimum balance." sinceStart=3`,
			`level=INFO msg="refused a packet" account=alice to=- code=F00 cause=malformed amount=7 message="" sinceStart=1`,
		} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the log is\n%s\nwithout\n%s", out.String(), want)
			}
		}
		out.Reset()
		for range 100 {
			w.Refused(engine.Refusal{From: alice, Cause: engine.CauseMalformed})
		}
		if lines := strings.Count(out.String(), "\n"); lines != refusedMax-2 {
			t.Errorf("%d lines in a second, want %d", lines, refusedMax-2)
		}
		time.Sleep(time.Second)
		out.Reset()
		w.Refused(engine.Refusal{From: alice, Cause: engine.CauseMalformed})
		if !strings.Contains(out.String(), "notLogged=92") {
			t.Errorf("in the next second the log is %q", out.String())
		}
	})
}

// roomy is a limit.
type roomy struct{}

func (roomy) Name() string                   { return "minimum_balance" }
func (roomy) Room() (limit, headroom string) { return "-10", "2" }
