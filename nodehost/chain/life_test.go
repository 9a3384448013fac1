package chain_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/nodehost/chain"
)

func TestPrepareThatIsNotReturnedIsRefusedWhenItExpires(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		x.run(t)
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(5*time.Second)))
		a := x.take(t)
		time.Sleep(4*time.Second - time.Millisecond)
		if answer.Calls() != 0 {
			t.Fatal("it was answered early")
		}
		time.Sleep(time.Second + 20*time.Millisecond)
		enginetest.WantRefused(t, answer.Reply(), ilp.R00, "packet expired.")
		synctest.Wait()
		if !slices.Equal(x.over, []uint32{a.id}) {
			t.Errorf("over: %v", x.over)
		}
		x.Next(a.id, nil, nil)
		x.Answer(a.id, fulfillOf(ilptest.Preimage), nil)
		x.Fail(a.id, ilp.Failure{}, nil)
		if x.Ignored() != 3 || h.Link("bob").Kept() != 0 {
			t.Errorf("%d calls were ignored, bob has %d packets", x.Ignored(), h.Link("bob").Kept())
		}
		h.wantBooks(t, "0", "0")
	})
}

func TestAnswerThatIsNotReturnedGoesOnWhenThePacketExpires(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		x.run(t)
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(5*time.Second)))
		x.Next(x.take(t).id, nil, nil)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		time.Sleep(4*time.Second - 10*time.Millisecond)
		if answer.Calls() != 0 {
			t.Fatal("it was answered early")
		}
		time.Sleep(20 * time.Millisecond)
		enginetest.WantFulfilled(t, answer.Reply())
		h.wantBooks(t, "7", "-7")
		if got := h.Watched.Heard(); len(got) != 0 {
			t.Errorf("heard %q", got)
		}
	})
}

// An answer that comes at the last moment still gets 200 ms at the stage.
func TestLateAnswerGetsItsTimeAtTheStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, x := with(t, "bob", chain.OutgoingData, "stats")
		x.run(t)
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(5*time.Second)))
		x.Next(x.take(t).id, nil, nil)
		time.Sleep(4*time.Second - time.Millisecond)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		time.Sleep(199 * time.Millisecond)
		if answer.Calls() != 0 {
			t.Fatal("it was not given its time")
		}
		time.Sleep(20 * time.Millisecond)
		enginetest.WantFulfilled(t, answer.Reply())
	})
}

func TestLostProcessCostsNoFulfill(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		var answers []*ilptest.Recorder
		for i := range 3 {
			answers = append(answers, h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.Data([]byte{byte(i)}))))
		}
		x.Next(x.take(t).id, nil, nil)
		running := x.take(t).id
		x.Next(running, nil, nil)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill(1))
		x.outcome(t)
		x.Lost()
		reply := answers[0].Reply()
		enginetest.WantFulfilled(t, reply)
		if answers[1].Calls() != 0 {
			t.Error("a packet that was sent has an answer")
		}
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill(2))
		enginetest.WantFulfilled(t, answers[1].Reply())
		enginetest.WantRefused(t, answers[2].Reply(), ilp.T01, "middleware is not available.")
		x.Answer(running, nil, nil)
		enginetest.WantRefused(t, h.Send("alice", ilptest.Prepare("test.us.bob", 7)), ilp.T01, "middleware is not available.")
		h.wantBooks(t, "14", "-14")
		if got := h.Watched.Refusals(); !bytes.Contains([]byte(got[0]), []byte("middleware audit is not there")) {
			t.Errorf("refusals are %q", got)
		}
	})
}

// While a module has not said where its methods stand, none of its account's packets pass.
func TestAccountOfAnAbsentModuleTakesNoPackets(t *testing.T) {
	h, x := with(t, "bob", chain.OutgoingData, "alert")
	h.accounts.Of("alice").Absent("kyc")
	enginetest.WantRefused(t, h.Send("alice", ilptest.Prepare("test.us.bob", 7)), ilp.T01, "middleware is not available.")
	h.arrange(t, "alice", nil)
	h.accounts.Of("bob").Absent("audit")
	enginetest.WantRefused(t, h.Send("alice", ilptest.Prepare("test.us.bob", 7)), ilp.T01, "middleware is not available.")
	if got, want := h.Watched.Refusals(), []string{"alice - T01 middleware kyc is not there 7 0", "alice bob T01 middleware audit is not there 7 7"}; !slices.Equal(got, want) {
		t.Errorf("refusals are %q", got)
	}
	if _, ok := h.accounts.Of("bob").Stages(chain.OutgoingData); ok {
		t.Error("bob's stages are known")
	}
	x.idle(t)
}

// A new account is one whose module has not spoken yet.
func TestNewAccountWaitsForItsModule(t *testing.T) {
	h := newHosted(t)
	h.Add(t, "carol", ilptest.Fulfilling())
	enginetest.WantRefused(t, h.Send("alice", ilptest.Prepare("test.us.carol", 7)), ilp.T01, "middleware is not available.")
	h.arrange(t, "carol", nil)
	enginetest.WantFulfilled(t, h.Send("alice", ilptest.Prepare("test.us.carol", 7)))
	if got, want := h.accounts.All(), []string{"alice", "bob", "carol"}; !slices.Equal(got, want) {
		t.Errorf("accounts are %q", got)
	}
	h.accounts.Remove("carol")
	if got := h.accounts.All(); len(got) != 2 {
		t.Errorf("accounts are %q", got)
	}
}

func TestProcessThatTakesNoMoreCallsCostsNoFulfill(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		x.fill(true)
		enginetest.WantRefused(t, h.Send("alice", ilptest.Prepare("test.us.bob", 7)), ilp.T03, "connector is busy.")
		x.fill(false)
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		x.Next(x.take(t).id, nil, nil)
		x.fill(true)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, answer.Reply())
		h.wantBooks(t, "7", "-7")
	})
}

func TestCallsOfAProcessAreBounded(t *testing.T) {
	h, x := with(t, "alice", chain.IncomingData, "")
	prepare := ilptest.Prepare("test.us.bob", 7)
	for range 1 << 16 {
		h.Start("alice", prepare)
	}
	enginetest.WantRefused(t, h.Send("alice", prepare), ilp.T03, "connector is busy.")
	x.Fail(x.take(t).id, ilp.Failure{}, nil)
	h.Start("alice", prepare)
	if x.Calls() != 1<<16 {
		t.Errorf("%d calls", x.Calls())
	}
	x.Lost()
	x.idle(t)
}

// The carrier still reads the packet while it is given the call. So nothing but the external side, which
// has it then, goes on with the packet meanwhile.
func TestCallEndsOnlyWhenTheCarrierHasIt(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		x.run(t)
		var answer *ilptest.Recorder
		wait := func() {
			time.Sleep(31 * time.Second)
			if answer.Calls() != 0 {
				t.Error("it was answered while the carrier was given it")
			}
		}
		answer = ilptest.NewRecorder()
		x.during = wait
		h.Ports["alice"].HandlePrepare(answer, ilptest.Prepare("test.us.bob", 7))
		time.Sleep(time.Second)
		enginetest.WantRefused(t, answer.Reply(), ilp.R00, "packet expired.")
		x.take(t)

		answer = ilptest.NewRecorder()
		h.Ports["alice"].HandlePrepare(answer, ilptest.Prepare("test.us.bob", 7, ilptest.Data([]byte("again"))))
		x.Next(x.take(t).id, nil, nil)
		x.during = func() {
			x.Lost()
			wait()
		}
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, answer.Reply())

		h.wantBooks(t, "7", "-7")
	})
}

func TestProcessLostInTheMiddleOfACall(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		x.during = func() { x.Lost() }
		enginetest.WantRefused(t, h.Send("alice", ilptest.Prepare("test.us.bob", 7)), ilp.T01, "middleware is not available.")
	})
}

// The external side may use its bytes again.
func TestAnswerIsBorrowed(t *testing.T) {
	h, x, y := newHosted(t), newProcess(), newProcess()
	h.arrange(t, "alice", map[at][]*chain.Stage{{"alice", chain.IncomingData, "stats"}: {x.Chain.Stage(1, "x"), y.Chain.Stage(2, "y")}})
	answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
	a := x.take(t)
	b := edit(a.prepare, amount(6))
	x.Next(a.id, b, nil)
	clear(b)
	b = fulfillOf(ilptest.Preimage)
	x.Answer(a.id, b, nil) // before next returns
	clear(b)
	inner := y.take(t)
	if inner.prepare.Amount() != 6 {
		t.Errorf("the inner one has %d", inner.prepare.Amount())
	}
	reject := ilptest.Reject(ilp.F99, "no")
	b = slices.Clone(reject.Bytes())
	y.Answer(inner.id, b, nil)
	clear(b)
	enginetest.WantFulfilled(t, answer.Reply())
}

func TestSecondNextIsIgnored(t *testing.T) {
	h, x := with(t, "alice", chain.IncomingData, "stats")
	answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
	a := x.take(t)
	x.Next(a.id, nil, nil)
	x.Next(a.id, nil, nil)
	sent := h.Link("bob").Take()
	x.Next(a.id, edit(a.prepare, amount(9)), nil)
	sent.Up.WriteReply(ilptest.Fulfill())
	x.Next(a.id, nil, nil)
	x.Answer(a.id, fulfillOf(ilptest.Preimage), nil)
	x.Answer(a.id, fulfillOf(ilptest.Preimage), nil)
	enginetest.WantFulfilled(t, answer.Reply())
	if x.Ignored() != 4 || h.Link("bob").Kept() != 0 {
		t.Errorf("%d calls were ignored, bob has %d packets", x.Ignored(), h.Link("bob").Kept())
	}
}

// A method that returns before next has returned is heard when that has: a Fulfill counts all the same.
func TestAnswerBeforeNextReturnsWaits(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, moved bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		a := x.take(t)
		x.Next(a.id, nil, nil)
		x.Fail(a.id, ilp.Failure{Code: ilp.T99, Message: "took too long", Data: []byte("data")}, nil)
		x.Fail(a.id, ilp.Failure{Code: ilp.F99}, nil)
		if answer.Calls() != 0 || x.Ignored() != 1 {
			t.Fatalf("%d answers, %d ignored", answer.Calls(), x.Ignored())
		}
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		reply := answer.Reply()
		if moved {
			enginetest.WantFulfilled(t, reply)
			h.wantBooks(t, "7", "-7")
		} else {
			enginetest.WantRefused(t, reply, ilp.T99, "took too long")
			h.wantBooks(t, "0", "0")
		}
		if len(x.outcomes) != 0 {
			t.Error("next returned to a method that had returned")
		}
	})
}

// Two methods at one place, of two processes: the first one is outside.
func TestStagesOfOnePlaceAreNested(t *testing.T) {
	for _, place := range everywhere {
		h, x, y := newHosted(t), newProcess(), newProcess()
		h.arrange(t, place.account, map[at][]*chain.Stage{place.at: {x.Chain.Stage(1, "x"), y.Chain.Stage(2, "y"), x.Chain.Stage(3, "x")}})
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		outer := x.take(t)
		x.Next(outer.id, edit(outer.prepare, ilptest.Data([]byte("outer"))), nil)
		middle := y.take(t)
		if string(middle.prepare.Data()) != "outer" || middle.stage != 2 {
			t.Fatalf("stage %d sees %q", middle.stage, middle.prepare.Data())
		}
		y.Next(middle.id, edit(middle.prepare, ilptest.Data([]byte("middle"))), nil)
		inner := x.take(t)
		x.Next(inner.id, nil, nil)
		sent := h.Link("bob").Take()
		if string(sent.Prepare.Data()) != "middle" || inner.stage != 3 {
			t.Fatalf("bob sees %q", sent.Prepare.Data())
		}
		sent.Up.WriteReply(ilptest.Reject(ilp.F99, "no"))
		code := ilp.F99
		for _, step := range []struct {
			in   *process
			says ilp.Code
		}{{x, ilp.T03}, {y, ilp.T04}, {x, ilp.T05}} {
			o := step.in.outcome(t)
			if o.reply.Code() != code {
				t.Errorf("next of stage %d returned %s", o.stage, enginetest.Describe(o.reply))
			}
			code = step.says
			reply := ilptest.Reject(code, "changed")
			step.in.Answer(o.id, reply.Bytes(), nil)
		}
		if reply := answer.Reply(); reply.Code() != ilp.T05 {
			t.Errorf("alice got %s", enginetest.Describe(reply))
		}
		x.idle(t)
		y.idle(t)
	}
}

// The stages of a packet under way stay its own when the account is arranged anew.
func TestNewArrangementIsForNewPackets(t *testing.T) {
	h, x := with(t, "bob", chain.OutgoingData, "")
	answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
	a := x.take(t)
	x.Next(a.id, edit(a.prepare, amount(5)), nil)
	h.arrange(t, "bob", nil)
	enginetest.WantFulfilled(t, func() ilp.Reply {
		again := h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.Data([]byte("2"))))
		first := h.Link("bob").Take()
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		first.Up.WriteReply(ilptest.Fulfill())
		return again.Reply()
	}())
	x.Answer(x.outcome(t).id, fulfillOf(ilptest.Preimage), nil)
	enginetest.WantFulfilled(t, answer.Reply())
	h.wantBooks(t, "14", "-12")
}

// An account whose settings change gets new chains. The methods stand in them too.
func TestStagesStandInTheChainsOfAChangedAccount(t *testing.T) {
	h, x := with(t, "bob", chain.OutgoingData, "throughput")
	in, out := h.Set.Chains(h.Registry.Find("bob"))
	h.Engine.Change(h.Ports["bob"], h.Registry.Find("bob"), in, out)
	answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
	x.Fail(x.take(t).id, ilp.Failure{Message: "no"}, nil)
	enginetest.WantRefused(t, answer.Reply(), ilp.F00, "no")
}
