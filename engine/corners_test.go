package engine_test

import (
	"fmt"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func TestZeroReplyOfALinkIsAFailure(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Answering(ilp.Reply{}))
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.F00, "handler did not return a value.")
}

// noting leaves a note on the Prepare and looks for it on the reply.
type noting struct {
	t    *testing.T
	note string
}

func (m *noting) Prepare(p *engine.Packet) engine.Verdict {
	p.Note(m, "old")
	p.Note(m, m.note)
	return engine.Pass
}

func (m *noting) Reply(p *engine.Packet) engine.Verdict {
	if got := p.Noted(m); got != m.note {
		m.t.Errorf("the note is %v, want %s", got, m.note)
	}
	return engine.Pass
}

func TestAnyNumberOfMiddlewaresMayLeaveNotes(t *testing.T) {
	var many []middleware.Named
	for i := range 9 {
		many = append(many, middleware.Named{
			Name: middleware.Name(fmt.Sprint("noting", i)),
			New: func(*account.Account) (in, out engine.Middleware) {
				return &noting{t, fmt.Sprint("in ", i)}, &noting{t, fmt.Sprint("out ", i)}
			},
		})
	}
	n := enginetest.New(func(c *enginetest.Config) { c.Custom = many })
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	for i := range 3 { // the packet is used again
		wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1, ilptest.Data(numbered(i)))))
	}
}

// Each account may have an asset of its own: the rates of a new one are added to
// those there are.
func TestEveryAccountMayHaveAnAssetOfItsOwn(t *testing.T) {
	n := enginetest.New()
	const accounts = 300
	for i := range accounts {
		n.Add(t, fmt.Sprint("a", i), ilptest.Fulfilling(), func(s *account.Settings) {
			s.AssetCode, s.AssetScale = fmt.Sprint("C", i), uint8(i%3)
		})
	}
	for _, pair := range [][2]int{{0, 299}, {299, 0}, {7, 150}, {150, 150}, {298, 299}} {
		from, to := fmt.Sprint("a", pair[0]), fmt.Sprint("a", pair[1])
		wantFulfilled(t, n.Send(from, ilptest.Prepare("test.us."+to, 10_000, ilptest.Data(numbered(pair[0])))))
		sent := n.Link(to).Sent()
		amount := uint64(10_000)
		for range pair[0] % 3 {
			amount /= 10
		}
		for range pair[1] % 3 {
			amount *= 10
		}
		if got := sent[len(sent)-1].Prepare.Amount(); got != amount {
			t.Errorf("%s to %s: sent %d, want %d", from, to, got, amount)
		}
	}
}
