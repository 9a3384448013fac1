package middleware_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// counts are an account's packets: fulfilled, rejected, failed.
type counts [3]uint64

func countsOf(r *account.Results) counts {
	return counts{r.Of(account.Fulfilled), r.Of(account.Rejected), r.Of(account.Failed)}
}

func TestPacketsAreCountedByResult(t *testing.T) {
	garbage := func() ilp.Prepare { return ilp.Malformed(ilp.ErrShort, nil) }
	wrongType := func() ilp.Prepare { return ilp.Malformed(ilp.TypeError(13), nil) }
	to := func(destination string, edits ...func(*ilp.Draft)) func() ilp.Prepare {
		return func() ilp.Prepare { return ilptest.Prepare(destination, 5, edits...) }
	}
	for _, c := range []struct {
		name    string
		prepare func() ilp.Prepare
		answer  ilp.Reply
		edit    func(*account.Settings) // of alice
		in, out counts
	}{
		{"fulfilled", to("test.us.bob"), ilptest.Fulfill(), nil, counts{1, 0, 0}, counts{1, 0, 0}},
		{"rejected", to("test.us.bob"), ilptest.Reject(ilp.F99, "no"), nil, counts{0, 1, 0}, counts{0, 1, 0}},
		{"link failed", to("test.us.bob"), ilp.Fail(ilp.F02, "gone"), nil, counts{0, 0, 1}, counts{0, 0, 1}},
		{"wrong fulfillment", to("test.us.bob"), ilptest.WrongFulfill(), nil, counts{0, 0, 1}, counts{1, 0, 0}},
		{"no route", to("g.x"), ilp.Reply{}, nil, counts{0, 0, 1}, counts{}},
		{"no peer protocol", to("peer.x"), ilp.Reply{}, nil, counts{0, 0, 1}, counts{}},
		{"wrong type", wrongType, ilp.Reply{}, nil, counts{0, 0, 1}, counts{}},

		// What a limit refuses is not counted, nor what echo refuses.
		{"garbage", garbage, ilp.Reply{}, nil, counts{}, counts{}},
		{"rate limit", to("test.us.bob"), ilp.Reply{}, rateLimited(0, 0), counts{}, counts{}},
		{"maximum amount", to("test.us.bob"), ilp.Reply{}, func(s *account.Settings) { s.PacketAmountMax = 4 }, counts{}, counts{}},
		{"throughput", to("test.us.bob"), ilp.Reply{}, throughput(4, 0), counts{}, counts{}},
		{"maximum balance", to("test.us.bob"), ilp.Reply{}, enginetest.Maximum(4), counts{}, counts{}},
		{"bad ping", to("test.us"), ilp.Reply{}, nil, counts{}, counts{}},
		{"ping with half a source", to("test.us", ilptest.Data([]byte(echo.Prefix+"\x00\x05test"))), ilp.Reply{}, nil, counts{}, counts{}},
		{"pong to no address", to("test.us", ping("test")), ilp.Reply{}, nil, counts{0, 0, 1}, counts{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New()
			if c.edit == nil {
				c.edit = func(*account.Settings) {}
			}
			alice := n.Add(t, "alice", ilptest.NewLink(), c.edit)
			bob := n.Add(t, "bob", ilptest.Answering(c.answer))
			n.Send("alice", c.prepare())
			if in, out := countsOf(&alice.Counters.Incoming), countsOf(&bob.Counters.Outgoing); in != c.in || out != c.out {
				t.Errorf("in %v, want %v; out %v, want %v", in, c.in, out, c.out)
			}
			if countsOf(&alice.Counters.Outgoing) != (counts{}) || countsOf(&bob.Counters.Incoming) != (counts{}) {
				t.Error("a packet was counted the wrong way round")
			}
		})
	}
}

func TestRefusalsOfTheOutgoingLimitsAreNotCountedOut(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling(), throughput(0, 10), enginetest.Minimum(-1))
	n.Send("alice", numbered("test.us.bob", 11, 1))
	n.Send("alice", numbered("test.us.bob", 2, 2))
	if in, out := countsOf(&alice.Counters.Incoming), countsOf(&bob.Counters.Outgoing); in != (counts{0, 0, 2}) || out != (counts{}) {
		t.Errorf("in %v, out %v", in, out)
	}
}

func TestRejectsAreCountedByCode(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	for i, code := range []ilp.Code{ilp.F99, ilp.T04, ilp.F99} {
		reply := ilptest.Reject(code, "no")
		n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return reply }
		n.Send("alice", numbered("test.us.bob", uint64(i+1), byte(i)))
	}
	n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilp.Fail(ilp.T00, "ours") }
	n.Send("alice", numbered("test.us.bob", 1, 9))
	got := bob.Counters.Rejects.Read()
	if len(got) != 2 || got[ilp.F99].Count != 2 || got[ilp.T04].Count != 1 {
		t.Errorf("counted %v", got)
	}
	if last := got[ilp.F99]; last.LastAmount != 3 || time.Since(last.LastAt).Abs() > time.Minute {
		t.Errorf("the last was %+v", last)
	}
}

func TestNothingIsCountedWithoutStats(t *testing.T) {
	n := enginetest.New(enginetest.Without("stats"))
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling())
	enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5)))
	if countsOf(&alice.Counters.Incoming) != (counts{}) || countsOf(&bob.Counters.Outgoing) != (counts{}) {
		t.Error("packets were counted")
	}
}

// With echo off, malformed packets get as far as the counters.
func TestGarbageIsCountedWithoutEcho(t *testing.T) {
	n := enginetest.New(enginetest.Without("echo"))
	alice := n.Add(t, "alice", ilptest.NewLink())
	enginetest.WantRefused(t, n.Send("alice", ilp.Malformed(errors.New("garbage"), nil)), ilp.F00, "garbage")
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us", 5, ilptest.Data(echo.AppendRequest(nil, "test.us.alice")))),
		ilp.F02, "no route found. source=alice destination=test.us")
	if got := countsOf(&alice.Counters.Incoming); got != (counts{0, 0, 2}) {
		t.Errorf("counted %v", got)
	}
}
