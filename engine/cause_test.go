package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func TestOperatorsHearWhyAPacketIsRefused(t *testing.T) {
	garbage := ilp.Fail(ilp.T00, "garbage")
	for _, c := range []struct {
		name   string
		edit   func(*enginetest.Config)
		answer ilp.Reply // of bob's link
		lives  time.Duration
		amount uint64 // 5 if it is 0
		to     string
		want   string
	}{
		{name: "garbage of a link", answer: garbage, want: "alice bob T00 link_failed 5 5"},
		{name: "no connection, says the link", answer: ilp.Fail(ilp.T01, "gone"), want: "alice bob T01 not_connected 5 5"},
		{name: "the link is busy", answer: ilp.Fail(ilp.T03, "busy"), want: "alice bob T03 link_busy 5 5"},
		{name: "it had expired", lives: -time.Minute, want: "alice bob R02 expired 5 5"},
		{name: "it expires too soon", lives: time.Second, want: "alice bob R02 expires_too_soon 5 5"},
		{name: "an unknown peer protocol", to: "peer.nothing", want: "alice - F01 peer_protocol 5 0"},
		{name: "a request that we are configured to decline", edit: enginetest.WithLocal("peer.x", declining{}), to: "peer.x"},
		{name: "a middleware that names no cause", edit: enginetest.Outgoing("bob", refusing{}), amount: 13, want: "alice bob T99 middleware 13 13"},
		{name: "a middleware that names its cause", edit: enginetest.Incoming("alice", embargo{}), want: "alice - F00 embargo 5 0 none 7"},
		{name: "a middleware that panics", edit: enginetest.Incoming("alice", panics{}), want: "alice - T00 panic 5 0"},
		{name: "a wrong fulfillment", answer: ilptest.WrongFulfill(), want: "alice bob F05 wrong_fulfillment 5 5"},
		{name: "the reject of the peer is not ours", answer: ilptest.Reject(ilp.F99, "theirs")},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New()
			if c.edit != nil {
				n = enginetest.New(c.edit)
			}
			alice := n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Answering(c.answer))
			if c.to == "" {
				c.to = "test.us.bob"
			}
			if c.lives == 0 {
				c.lives = 20 * time.Second
			}
			if c.amount == 0 {
				c.amount = 5
			}
			prepare := ilptest.Prepare(c.to, c.amount, ilptest.ExpiresAt(time.Now().Add(c.lives).UnixMilli()))
			if c.to == "peer.x" {
				prepare = ilptest.Prepare(c.to, c.amount, ilptest.WithCondition(ilp.PeerCondition))
			}
			n.Send("alice", prepare)
			if c.want == "" {
				wantRefusals(t, n)
				if counted := alice.Counters.RefusedFrom.Read(); len(counted) != 0 {
					t.Errorf("counted are %+v", counted)
				}
			} else {
				wantRefusals(t, n, c.want)
			}
		})
	}
}

// declining declines every request.
type declining struct{}

func (declining) For(*account.Account) ilp.Handler {
	return ilp.HandlerFunc(func(up ilp.ReplyWriter, p ilp.Prepare) {
		up.WriteReply(p.Reply(ilp.Failure{Code: ilp.F00, Declined: true, Message: "no"}.Reply()))
	})
}

// embargo refuses every packet.
type embargo struct{}

func (e embargo) Prepare(p *engine.Packet) engine.Verdict {
	return p.RefuseFor(e, ilp.Failure{Code: ilp.F00, Message: "no"})
}
func (embargo) Reply(*engine.Packet) engine.Verdict { return engine.Pass }
func (embargo) Name() string                        { return "embargo" }
func (embargo) Room() (limit, headroom string)      { return "none", "7" }

// panics panics at every packet.
type panics struct{}

func (panics) Prepare(*engine.Packet) engine.Verdict { panic("a bug") }
func (panics) Reply(*engine.Packet) engine.Verdict   { return engine.Pass }

// nilCause refuses with a cause that is a nil pointer, as a bug of a middleware may.
type nilCause struct{ limit string }

func (*nilCause) Prepare(p *engine.Packet) engine.Verdict {
	var none *nilCause
	return p.RefuseFor(none, ilp.Failure{Code: ilp.F00, Message: "no"})
}
func (*nilCause) Reply(*engine.Packet) engine.Verdict { return engine.Pass }
func (m *nilCause) Name() string                      { return m.limit }
func (*nilCause) Room() (limit, headroom string)      { return "", "" }

// noCause refuses without a cause.
type noCause struct{}

func (noCause) Prepare(p *engine.Packet) engine.Verdict {
	return p.RefuseFor(nil, ilp.Failure{Code: ilp.F00, Message: "no"})
}
func (noCause) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

// noRoom panics when it is asked for its room, which only a few packets do.
type noRoom struct{}

func (noRoom) Prepare(p *engine.Packet) engine.Verdict {
	return p.RefuseFor(noRoom{}, ilp.Failure{Code: ilp.F00, Message: "no"})
}
func (noRoom) Reply(*engine.Packet) engine.Verdict { return engine.Pass }
func (noRoom) Name() string                        { return "x" }
func (noRoom) Room() (limit, headroom string)      { panic("a bug") }

// A cause whose code panics takes its account down. Its packet is answered and counted once.
func TestCauseThatPanicsEndsItsPacket(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*enginetest.Config)
		code ilp.Code
		want string // of the account of the middleware
	}{
		{"its name, incoming", enginetest.Incoming("alice", &nilCause{}), ilp.T00, "panic alice"},
		{"its name, outgoing", enginetest.Outgoing("bob", &nilCause{}), ilp.T00, "panic bob"},
		{"its room, incoming", enginetest.Incoming("alice", noRoom{}), ilp.F00, "panic alice a bug"},
		{"its room, outgoing", enginetest.Outgoing("bob", noRoom{}), ilp.F00, "panic bob a bug"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New(c.edit)
			alice := n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Fulfilling())
			if reply := n.Send("alice", ilptest.Prepare("test.us.bob", 5)); reply.Code() != c.code {
				t.Errorf("the answer is %s", reply.Code())
			}
			if heard := n.Watched.Heard(); len(heard) != 1 || !strings.HasPrefix(heard[0], c.want) {
				t.Errorf("operators heard %q", heard)
			}
			if all := alice.Counters.RefusedFrom.Read(); len(all) != 1 || all[0].Count != 1 {
				t.Errorf("counted are %+v", all)
			}
		})
	}
}

// answersBadly answers with a cause whose name panics.
type answersBadly struct{}

func (answersBadly) Prepare(p *engine.Packet) engine.Verdict {
	var none *nilCause
	return p.AnswerFor(none, ilp.Fail(ilp.F00, "no"))
}
func (answersBadly) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

// A cause whose name panics leaves no packet without an answer.
func TestCauseThatPanicsLosesNoPacket(t *testing.T) {
	n := enginetest.New(enginetest.Incoming("alice", answersBadly{}))
	alice := n.Add(t, "alice", ilptest.NewLink())
	answer := n.Start("alice", ilptest.Prepare("test.us.bob", 5))
	if answer.Calls() != 1 || alice.Counters.InFlight.Load() != 0 {
		t.Errorf("answered %d times, %d in flight", answer.Calls(), alice.Counters.InFlight.Load())
	}

	m := new(parks)
	n = enginetest.New(enginetest.Incoming("alice", m))
	n.Add(t, "alice", ilptest.NewLink())
	answer = n.Start("alice", ilptest.Prepare("test.us.bob", 5))
	func() {
		defer func() { _ = recover() }()
		var none *nilCause
		m.parked[0].ResumeFor(none, ilp.Fail(ilp.F00, "no"))
	}()
	m.parked[0].ResumeWith(ilp.Fail(ilp.F00, "no")) // it is still parked
	if answer.Calls() != 1 {
		t.Errorf("the parked packet is answered %d times", answer.Calls())
	}
}

func TestRefusalWithoutACauseIsOfAMiddleware(t *testing.T) {
	n := enginetest.New(enginetest.Incoming("alice", noCause{}))
	n.Add(t, "alice", ilptest.NewLink())
	n.Send("alice", ilptest.Prepare("test.us.bob", 5))
	wantRefusals(t, n, "alice - F00 middleware 5 0")
}

// The watch hears of every pair of accounts, although one of the two is known to it.
func TestRefusalToAnotherAccountIsTold(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	for _, id := range []string{"bob", "carol"} {
		n.Add(t, id, ilptest.NewLink())
		n.Link(id).Down.Store(true)
	}
	n.Send("alice", ilptest.Prepare("test.us.bob", 5))
	n.Send("alice", ilptest.Prepare("test.us.carol", 5))
	wantRefusals(t, n, "alice bob T01 not_connected 5 5", "alice carol T01 not_connected 5 5")
}

// parks parks every packet.
type parks struct{ parked []*engine.Packet }

func (m *parks) Prepare(p *engine.Packet) engine.Verdict {
	m.parked = append(m.parked, p)
	return p.Park()
}
func (*parks) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

func TestCauseOfAParkedPacketIsThatOfItsMiddleware(t *testing.T) {
	for _, c := range []struct {
		edit func(m engine.Middleware) func(*enginetest.Config)
		want string
	}{
		{func(m engine.Middleware) func(*enginetest.Config) { return enginetest.Incoming("alice", m) }, "alice - F00 %s 5 0"},
		{func(m engine.Middleware) func(*enginetest.Config) { return enginetest.Outgoing("bob", m) }, "alice bob F00 %s 5 5"},
	} {
		m := new(parks)
		n := enginetest.New(c.edit(m))
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.Fulfilling())
		for range 2 {
			n.Start("alice", ilptest.Prepare("test.us.bob", 5, ilptest.Data([]byte{byte(len(m.parked))})))
		}
		m.parked[0].ResumeWith(ilp.Fail(ilp.F00, "no"))
		wantRefusals(t, n, fmt.Sprintf(c.want, "middleware"))
		m.parked[1].ResumeFor(engine.Reason("late"), ilp.Fail(ilp.F00, "no"))
		wantRefusals(t, n, fmt.Sprintf(c.want, "late"))
	}
}

func TestAPacketThatIsNotAnsweredIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		stop := n.Run(t)
		answer := n.Start("alice", ilptest.Prepare("test.us.bob", 5))
		time.Sleep(time.Minute)
		if reply := answer.Reply(); reply.Code() != ilp.R00 {
			t.Errorf("the answer is %v", reply.Code())
		}
		stop()
		wantRefusals(t, n, "alice bob R00 timeout 5 5")
		for name, refusals := range map[string]*account.Refusals{"from": &alice.Counters.RefusedFrom, "to": &bob.Counters.RefusedTo} {
			if last, found := refusals.Last("timeout"); !found || last.Count != 1 || last.LastAmount != 5 || last.Code != ilp.R00 {
				t.Errorf("%s: counted are %+v", name, refusals.Read())
			}
		}
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	})
}

// A flood of refusals costs operators a line in ten seconds, and every packet is counted.
func TestEveryRefusalIsCountedAndFewAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		n.Link("bob").Down.Store(true)
		for range 3 {
			for i := range uint64(100) {
				n.Send("alice", ilptest.Prepare("test.us.bob", i))
			}
			time.Sleep(10 * time.Second)
		}
		n.Originate(ilptest.Prepare("test.us.bob", 7)) // it is from no account
		wantRefusals(t, n,
			"alice bob T01 not_connected 0 0", "alice bob T01 not_connected 0 0", "alice bob T01 not_connected 0 0", "- bob T01 not_connected 7 7")
		if last, _ := alice.Counters.RefusedFrom.Last("not_connected"); last.Count != 300 || last.LastAmount != 99 {
			t.Errorf("from alice: %+v", last)
		}
		if last, _ := bob.Counters.RefusedTo.Last("not_connected"); last.Count != 301 || last.LastAmount != 7 {
			t.Errorf("to bob: %+v", last)
		}
		if n := len(alice.Counters.RefusedTo.Read()) + len(bob.Counters.RefusedFrom.Read()); n != 0 {
			t.Errorf("%d refusals are counted in the wrong direction", n)
		}
	})
}

// What our own middleware or a peer makes up cannot fill the memory.
func TestCausesAreBounded(t *testing.T) {
	var r account.Refusals
	for i := range 1000 {
		r.Count(0, 0, ilp.F00, fmt.Sprint("cause", i), 1)
	}
	all, sum := r.Read(), uint64(0)
	for _, t := range all {
		sum += t.Count
	}
	if len(all) != 257 || sum != 1000 {
		t.Errorf("%d causes with %d packets are kept", len(all), sum)
	}
}
