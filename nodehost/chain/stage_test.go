package chain_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/nodehost/chain"
)

// atEveryPlace runs a test in a bubble for a stage at each place.
func atEveryPlace(t *testing.T, test func(t *testing.T, h *hosted, x *process, moved bool)) {
	for _, place := range everywhere {
		t.Run(fmt.Sprintf("%s after %q", place.pipeline, place.after), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, x := with(t, place.account, place.pipeline, place.after)
				test(t, h, x, place.moved)
				if !t.Failed() {
					x.idle(t)
				}
			})
		})
	}
}

func TestMethodSeesThePacketAndItsAnswer(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob.x", 7, ilptest.Data([]byte("question"))))
		a := x.take(t)
		if a.stage != 1 || a.prepare.Amount() != 7 || string(a.prepare.Data()) != "question" || h.Link("bob").Kept() != 0 {
			t.Fatalf("stage %d was called with %d, %q; bob has %d packets", a.stage, a.prepare.Amount(), a.prepare.Data(), h.Link("bob").Kept())
		}
		x.Next(a.id, nil, nil)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill(1, 2))
		o := x.outcome(t)
		if o.stage != 1 || o.id != a.id || !o.reply.Fulfilled() || answer.Calls() != 0 {
			t.Fatalf("next returned %s to stage %d, %d answers", enginetest.Describe(o.reply), o.stage, answer.Calls())
		}
		x.Answer(o.id, o.reply.Bytes(), nil)
		if reply := answer.Reply(); !reply.Fulfilled() || !bytes.Equal(reply.Data(), []byte{1, 2}) {
			t.Errorf("alice got %s", enginetest.Describe(reply))
		}
		h.wantBooks(t, "7", "-7")
	})
}

// A failure of ours is thrown by next. The method lets it through, so its cause stays.
func TestFailureThatTheMethodLetsThroughKeepsItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, x := with(t, "alice", chain.IncomingData, "stats")
		answer := h.Start("alice", ilptest.Prepare("test.us.nobody", 7))
		x.Next(x.take(t).id, nil, nil)
		o := x.outcome(t)
		if !o.reply.Failed() || o.reply.Code() != ilp.F02 {
			t.Fatalf("next threw %s", enginetest.Describe(o.reply))
		}
		x.Fail(o.id, ilp.Failure{Code: ilp.F02, Message: string(o.reply.Message())}, nil)
		enginetest.WantRefused(t, answer.Reply(), ilp.F02, "no route found. source=alice destination=test.us.nobody")
		if got, want := h.Watched.Refusals(), []string{"alice - F02 no_route 7 0"}; !slices.Equal(got, want) {
			t.Errorf("refusals are %q", got)
		}
	})
}

func TestMethodRefusesThePacket(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		x.Fail(x.take(t).id, ilp.Failure{Message: "no", Data: []byte("why")}, nil)
		reply := answer.Reply()
		enginetest.WantRefused(t, reply, ilp.F00, "no")
		if string(reply.Data()) != "why" || h.Link("bob").Kept() != 0 {
			t.Errorf("data %q, bob has %d packets", reply.Data(), h.Link("bob").Kept())
		}
		if got := h.Watched.Refusals(); len(got) != 1 || !bytes.Contains([]byte(got[0]), []byte("middleware audit")) {
			t.Errorf("refusals are %q", got)
		}
		h.wantBooks(t, "0", "0")
	})
}

// What stands behind the stage has not seen the packet. What stands before it accounts for the Fulfill.
func TestFulfillWithoutNextMovesTheBalancesBeforeIt(t *testing.T) {
	for _, place := range everywhere {
		t.Run(fmt.Sprintf("%s after %q", place.pipeline, place.after), func(t *testing.T) {
			h, x := with(t, place.account, place.pipeline, place.after)
			answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
			fulfill := ilptest.Fulfill()
			x.Answer(x.take(t).id, fulfill.Bytes(), nil)
			enginetest.WantFulfilled(t, answer.Reply())
			switch {
			case place.account == "bob" && !place.moved: // behind bob's balance
				h.wantBooks(t, "7", "-7")
			case place.account == "bob" || slices.Contains([]string{"balance", "echo", "stats"}, string(place.after)):
				h.wantBooks(t, "7", "0")
			default:
				h.wantBooks(t, "0", "0")
			}
		})
	}
}

func TestFulfillInsideOfValidateFulfillmentIsChecked(t *testing.T) {
	for _, place := range everywhere {
		h, x := with(t, place.account, place.pipeline, place.after)
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		wrong := ilptest.WrongFulfill()
		x.Answer(x.take(t).id, wrong.Bytes(), nil)
		inside := slices.Contains([]string{"validateFulfillment", "stats", "alert"}, string(place.after)) && place.account == "bob"
		if reply := answer.Reply(); reply.Fulfilled() == inside {
			t.Errorf("%s after %q: alice got %s", place.pipeline, place.after, enginetest.Describe(reply))
		}
	}
}

// In the outgoing chain, behind the balance, a method may take a Fulfill back. Elsewhere money has moved.
func TestFulfillThatHasMovedMoneyStands(t *testing.T) {
	for name, end := range map[string]func(x *process, id uint32){
		"reject":  func(x *process, id uint32) { r := ilptest.Reject(ilp.F99, "no"); x.Answer(id, r.Bytes(), nil) },
		"throw":   func(x *process, id uint32) { x.Fail(id, ilp.Failure{Message: "no"}, nil) },
		"garbage": func(x *process, id uint32) { x.Answer(id, []byte("{}"), nil) },
		"wrong":   func(x *process, id uint32) { r := ilptest.WrongFulfill(); x.Answer(id, r.Bytes(), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			atEveryPlace(t, func(t *testing.T, h *hosted, x *process, moved bool) {
				answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
				x.Next(x.take(t).id, nil, nil)
				h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
				end(x, x.outcome(t).id)
				reply := answer.Reply()
				if kept := h.Registry.Find("alice").Counters.KeptFulfills.Load(); (kept == 7 || kept == 1) != (moved || name == "garbage") {
					t.Errorf("kept: %d", kept)
				}
				switch {
				case moved || name == "garbage":
					if !reply.Fulfilled() || [32]byte(reply.Fulfillment()) != ilptest.Preimage {
						t.Errorf("alice got %s", enginetest.Describe(reply))
					}
					h.wantBooks(t, "7", "-7")
				case reply.Fulfilled(): // a wrong one, outside of validateFulfillment
					h.wantBooks(t, "7", "-7")
				default:
					h.wantBooks(t, "0", "0")
				}
			})
		})
	}
}

// A Reject that becomes a Fulfill moves the balances that stand before the stage, in memory and in the
// ledger alike.
func TestRejectThatBecomesAFulfillIsAccountedFor(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, moved bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		x.Next(x.take(t).id, nil, nil)
		h.Link("bob").Take().Up.WriteReply(ilptest.Reject(ilp.F99, "no"))
		fulfill := ilptest.Fulfill()
		x.Answer(x.outcome(t).id, fulfill.Bytes(), nil)
		enginetest.WantFulfilled(t, answer.Reply())
		for _, id := range []string{"alice", "bob"} {
			enginetest.WantPosted(t, h.Registry.Find(id), h.books.of(id))
		}
	})
}

// The ledger could not write the Fulfill, and a method fulfills the packet after all: then that is written.
func TestFulfillAfterAFailedWriteIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, x := with(t, "alice", chain.IncomingData, "balance")
		h.books.fail = errors.New("disk is full")
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		x.Next(x.take(t).id, nil, nil)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		o := x.outcome(t)
		if o.reply.Code() != ilp.T00 {
			t.Fatalf("next threw %s", enginetest.Describe(o.reply))
		}
		fulfill := ilptest.Fulfill()
		x.Answer(o.id, fulfill.Bytes(), nil)
		enginetest.WantFulfilled(t, answer.Reply())
		enginetest.WantPosted(t, h.Registry.Find("alice"), "7")
		if got := h.books.of("alice"); got != "7" {
			t.Errorf("the ledger has %s for alice", got)
		}
	})
}

func amount(v uint64) func(*ilp.Draft) { return func(d *ilp.Draft) { d.Amount = v } }

// Each balance accounts for the amount that it has seen.
func TestChangedAmountIsAccountedForAsSeen(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, moved bool) {
		for i, outcome := range []ilp.Reply{ilptest.Reject(ilp.F99, "no"), ilptest.Fulfill()} {
			answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.Data([]byte{byte(i)})))
			a := x.take(t)
			x.Next(a.id, edit(a.prepare, amount(5)), nil)
			if !moved {
				o := x.outcome(t)
				enginetest.WantRefused(t, o.reply, ilp.F00, "amount was changed after it was reserved.")
				x.Fail(o.id, o.reply.Failure(), nil)
				enginetest.WantRefused(t, answer.Reply(), ilp.F00, "amount was changed after it was reserved.")
				continue
			}
			sent := h.Link("bob").Take()
			if sent.Prepare.Amount() != 5 {
				t.Errorf("sent %d", sent.Prepare.Amount())
			}
			sent.Up.WriteReply(outcome)
			x.Answer(x.outcome(t).id, outcome.Bytes(), nil)
			answer.Reply()
		}
		charged := map[bool]string{false: "0", true: "5"}[moved]
		if p := everywhereNow(t); p.account == "bob" && moved || slices.Contains([]string{"balance", "echo", "stats"}, string(p.after)) && moved {
			charged = "7" // alice was charged before the change
		}
		h.wantBooks(t, charged, map[bool]string{false: "0", true: "-5"}[moved])
	})
}

// everywhereNow returns the place of the running subtest of atEveryPlace.
func everywhereNow(t *testing.T) at {
	for _, place := range everywhere {
		if name := fmt.Sprintf("%s_after_%q", place.pipeline, place.after); len(t.Name()) > len(name) && t.Name()[len(t.Name())-len(name):] == name {
			return place.at
		}
	}
	t.Fatal("no such place: " + t.Name())
	return at{}
}

func TestChangedDestinationDataAndExpiryGoOn(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		a := x.take(t)
		x.Next(a.id, edit(a.prepare, func(d *ilp.Draft) {
			d.Destination, d.Data = "test.us.bob.other", []byte("other")
			d.Expiry -= 10_000
		}), nil)
		sent := h.Link("bob").Take()
		left := time.Until(sent.Prepare.ExpiresAt())
		if string(sent.Prepare.Destination()) != "test.us.bob.other" || string(sent.Prepare.Data()) != "other" || left > 20*time.Second || left < 18*time.Second {
			t.Errorf("sent %q to %s, which expires in %v", sent.Prepare.Data(), sent.Prepare.Destination(), left)
		}
		time.Sleep(left + time.Second/2)
		enginetest.WantRefused(t, x.outcome(t).reply, ilp.R00, "packet expired.")
		x.Fail(a.id, ilp.Failure{Code: ilp.R00, Message: "packet expired."}, nil)
		enginetest.WantRefused(t, answer.Reply(), ilp.R00, "packet expired.")
		sent.Up.WriteReply(ilptest.Fulfill()) // late
		if got, want := h.Watched.Heard(), []string{"late bob fulfilled 7"}; !slices.Equal(got, want) {
			t.Errorf("heard %q", got)
		}
		h.wantBooks(t, "0", "0")
	})
}

// A later expiry would have the Fulfill come when alice need not honour it any more.
func TestExpiryDoesNotBecomeLater(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(5*time.Second)))
		a := x.take(t)
		x.Next(a.id, edit(a.prepare, func(d *ilp.Draft) { d.Expiry += 20_000 }), nil)
		sent := h.Link("bob").Take()
		if left := time.Until(sent.Prepare.ExpiresAt()); left != 4*time.Second {
			t.Errorf("expires in %v", left)
		}
		sent.Up.WriteReply(ilptest.Fulfill())
		x.Answer(x.outcome(t).id, fulfillOf(ilptest.Preimage), nil)
		enginetest.WantFulfilled(t, answer.Reply())
	})
}

func fulfillOf(preimage [32]byte) []byte {
	f := ilp.Fulfill{Fulfillment: preimage}
	return f.Append(nil)
}

// A method with a condition of its own returns the preimage of the former one, which it must know.
func TestConditionOfAMethodsOwnIsTranslatedBack(t *testing.T) {
	own := [32]byte{'o', 'w', 'n'}
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
		a := x.take(t)
		x.Next(a.id, edit(a.prepare, ilptest.WithCondition(sha256.Sum256(own[:]))), nil)
		sent := h.Link("bob").Take()
		reply, _ := ilp.ParseReply(fulfillOf(own))
		sent.Up.WriteReply(reply)
		o := x.outcome(t)
		if !o.reply.Fulfilled() || [32]byte(o.reply.Fulfillment()) != own {
			t.Fatalf("next returned %s", enginetest.Describe(o.reply))
		}
		x.Answer(o.id, fulfillOf(ilptest.Preimage), nil)
		got := answer.Reply()
		if !got.Fulfilled() || [32]byte(got.Fulfillment()) != ilptest.Preimage {
			t.Errorf("alice got %s", enginetest.Describe(got))
		}
		h.wantBooks(t, "7", "-7")
	})
}

func TestNextWithGarbageThrows(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		for garbage, code := range map[string]ilp.Code{"\x0e\x00": ilp.F01, "\x0c\x05abc": ilp.F00} {
			answer := h.Start("alice", ilptest.Prepare("test.us.bob", 7))
			a := x.take(t)
			x.Next(a.id, []byte(garbage), nil)
			o := x.outcome(t)
			if o.reply.Code() != code {
				t.Errorf("next threw %s", enginetest.Describe(o.reply))
			}
			x.Fail(o.id, o.reply.Failure(), nil)
			if got := answer.Reply(); got.Code() != code {
				t.Errorf("alice got %s", enginetest.Describe(got))
			}
		}
		h.wantBooks(t, "0", "0")
	})
}

// Malformed packets have no bytes that a method could see.
func TestMalformedPacketsPassBy(t *testing.T) {
	h, _ := with(t, "alice", chain.IncomingData, "")
	if reply := h.Send("alice", ilp.Malformed(ilp.ErrShort, nil)); reply.Code() != ilp.F00 {
		t.Errorf("got %s", enginetest.Describe(reply))
	}
}

// Packets of our own pass the outgoing pipeline: pings, and what modules send.
func TestOwnPacketsPassTheOutgoingPipeline(t *testing.T) {
	h, x := with(t, "bob", chain.OutgoingData, "")
	own := ilptest.NewRecorder()
	h.Engine.Originate(own, ilptest.Prepare("test.us.bob", 0))
	x.Fail(x.take(t).id, ilp.Failure{Code: ilp.F99, Message: "no"}, nil)
	enginetest.WantRefused(t, own.Reply(), ilp.F99, "no")
}
