package engine_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// replacing parks a Prepare, replaces it and lets it go on. It keeps the outcome.
type replacing struct {
	with    func(p *engine.Packet) []byte
	counted bool
	err     error
	former  engine.Former
}

func (r *replacing) Prepare(p *engine.Packet) engine.Verdict {
	verdict := p.Park()
	r.former, r.err = p.Replace(r.with(p), r.counted)
	p.Resume()
	return verdict
}

func (r *replacing) Reply(p *engine.Packet) engine.Verdict {
	if r.err == nil {
		p.Restore(r.former)
	}
	return engine.Pass
}

// redraft returns the Prepare of a packet with edits.
func redraft(edits ...func(*ilp.Draft)) func(p *engine.Packet) []byte {
	return func(p *engine.Packet) []byte {
		q := p.Prepare()
		d := ilp.Draft{Amount: q.Amount(), Expiry: q.Expiry(), Condition: *p.Condition(), Destination: string(q.Destination()), Data: q.Data()}
		for _, edit := range edits {
			edit(&d)
		}
		return d.Append(nil)
	}
}

// seen is what a middleware sees of a packet.
type seen struct {
	incoming, outgoing uint64
	expiry             int64
	condition          [32]byte
}

// looking notes what it sees in both phases.
type looking struct{ prepare, reply seen }

func see(p *engine.Packet) seen {
	return seen{p.Incoming(), p.Outgoing(), p.Expiry(), *p.Condition()}
}

func (l *looking) Prepare(p *engine.Packet) engine.Verdict { l.prepare = see(p); return engine.Pass }
func (l *looking) Reply(p *engine.Packet) engine.Verdict   { l.reply = see(p); return engine.Pass }

var everythingElse = []func(*ilp.Draft){
	func(d *ilp.Draft) { d.Amount, d.Destination, d.Data = 5, "test.us.bob.other", []byte("other") },
	func(d *ilp.Draft) { d.Expiry -= 5000 },
	ilptest.WithCondition(sha256.Sum256([]byte("another preimage of thirty-two b"))),
}

func TestReplacedPrepareIsSeenByThoseThatFollow(t *testing.T) {
	for _, chain := range []string{"incoming", "outgoing"} {
		for _, counted := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				before, after, r := new(looking), new(looking), &replacing{counted: counted}
				edits := everythingElse
				if counted && chain == "outgoing" {
					edits = append(slices.Clone(edits), func(d *ilp.Draft) { d.Amount = 7 })
				}
				r.with = redraft(edits...)
				n := enginetest.New(func(c *enginetest.Config) {
					for _, m := range []engine.Middleware{before, r, after} {
						if chain == "incoming" {
							enginetest.Incoming("alice", m)(c)
						} else {
							enginetest.Outgoing("bob", m)(c)
						}
					}
				}, enginetest.Without("balance", "validateFulfillment"))
				n.Run(t)
				n.Add(t, "alice", ilptest.NewLink())
				n.Add(t, "bob", ilptest.NewLink())
				answer := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
				sent := n.Link("bob").Take()
				want := uint64(5)
				if counted && chain == "outgoing" {
					want = 7
				}
				if p := sent.Prepare; p.Amount() != want || string(p.Destination()) != "test.us.bob.other" || string(p.Data()) != "other" || time.Until(p.ExpiresAt()) > 25*time.Second {
					t.Errorf("sent %d to %s, %q", p.Amount(), p.Destination(), p.Data())
				}
				sent.Up.WriteReply(ilptest.Fulfill())
				wantFulfilled(t, answer.Reply())
				if before.prepare.incoming != before.reply.incoming || before.prepare.condition != before.reply.condition {
					t.Errorf("%s: before it %+v was seen, then %+v", chain, before.prepare, before.reply)
				}
				if chain == "outgoing" && before.prepare != before.reply {
					t.Errorf("before it %+v was seen, then %+v", before.prepare, before.reply)
				}
				if after.prepare.condition == before.prepare.condition || after.prepare.condition != after.reply.condition {
					t.Errorf("%s: behind it %+v was seen, then %+v", chain, after.prepare, after.reply)
				}
				charged := after.reply.incoming
				if want := map[bool]uint64{false: 5, true: 7}[counted || chain == "outgoing"]; charged != want || after.prepare.incoming != want {
					t.Errorf("%s, counted %t: %d is charged", chain, counted, charged)
				}
			})
		}
	}
}

func TestReplaceKeepsThePacketAfterAnError(t *testing.T) {
	for name, with := range map[string]func(p *engine.Packet) []byte{
		"reserved": redraft(everythingElse[0]),
		"garbage":  func(*engine.Packet) []byte { return []byte{12, 3, 1, 2, 3} },
		"a reply":  func(*engine.Packet) []byte { r := ilptest.Fulfill(); return r.Bytes() },
	} {
		r := &replacing{with: with, counted: true}
		n := enginetest.New(enginetest.Outgoing("bob", r))
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.Fulfilling())
		wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 7)))
		if r.err == nil || errors.Is(r.err, engine.ErrReserved) != (name == "reserved") {
			t.Errorf("%s: %v", name, r.err)
		}
		if sent := n.Link("bob").Sent()[0].Prepare; sent.Amount() != 7 || string(sent.Destination()) != "test.us.bob" {
			t.Errorf("%s: sent %d to %s", name, sent.Amount(), sent.Destination())
		}
		wantPosted(t, n.Registry.Find("bob"), "-7")
	}
}

// The answer may come while the expiry unwinds the packet, which restores its amount.
func TestLateAnswerIsOfWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &replacing{with: redraft(func(d *ilp.Draft) { d.Amount = 5 })}
		n := enginetest.New(enginetest.Outgoing("bob", r), enginetest.Without("balance"))
		n.Run(t)
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		answer := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		want(t, answer.Reply(), ilp.R00, "packet expired.")
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		if got, want := n.Watched.Heard(), []string{"late bob fulfilled 5"}; !slices.Equal(got, want) {
			t.Errorf("heard %q", got)
		}
	})
}

// A middleware with a condition of its own gives the preimage of the former one for a Fulfill that stands.
func TestFulfillThatStandsMayBeTranslated(t *testing.T) {
	own := [32]byte{'o', 'w', 'n'}
	f := ilp.Fulfill{Fulfillment: own}
	reply, err := ilp.ParseReply(f.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []ilp.Reply{ilptest.Fulfill(), ilptest.WrongFulfill(), ilptest.Reject(ilp.F99, "no")} {
		n := enginetest.New(enginetest.Incoming("alice", &translating{
			replacing{with: redraft(ilptest.WithCondition(sha256.Sum256(own[:])))}, says,
		}))
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.Answering(reply))
		got := n.Send("alice", ilptest.Prepare("test.us.bob", 7))
		wanted := own
		if says.Fulfilled() && [32]byte(says.Fulfillment()) == ilptest.Preimage {
			wanted = ilptest.Preimage
		}
		if !got.Fulfilled() || [32]byte(got.Fulfillment()) != wanted {
			t.Errorf("%s became %s", describe(says), describe(got))
		}
		wantPosted(t, n.Registry.Find("alice"), "7")
	}
}

// translating gives an answer of its own for the one that comes back.
type translating struct {
	replacing
	says ilp.Reply
}

func (m *translating) Reply(p *engine.Packet) engine.Verdict {
	m.replacing.Reply(p)
	verdict := p.Park()
	p.ResumeWith(m.says)
	return verdict
}
