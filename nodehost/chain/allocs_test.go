//go:build !race

// The race detector allocates by itself and has the pool forget, so this test is not for it.

package chain_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/nodehost/chain"
)

type prompt struct {
	*ilptest.Link
	reply ilp.Reply
}

func (p prompt) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) { up.WriteReply(p.reply) }

type fulfills int

func (c *fulfills) WriteReply(reply ilp.Reply) {
	if reply.Fulfilled() {
		*c++
	}
}

func TestPassingEmptyPlacesAllocatesNothing(t *testing.T) {
	accounts := chain.NewAccounts("audit")
	n := enginetest.New(func(c *enginetest.Config) { c.Places = accounts.Places }, enginetest.Without(middleware.Deduplicate))
	n.Add(t, "alice", ilptest.NewLink(), everything)
	n.Add(t, "bob", prompt{ilptest.NewLink(), ilptest.Fulfill(make([]byte, 100)...)}, everything)
	for _, id := range []string{"alice", "bob"} {
		if err := accounts.Of(id).Arrange(inserted(accounts.Of(id), id, nil)); err != nil {
			t.Fatal(err)
		}
	}
	prepare, up := ilptest.Prepare("test.us.bob", 1), new(fulfills)
	expiry := time.Now().Add(30 * time.Second).UnixMilli()
	send := func() {
		prepare.SetAmount(1_000_000)
		prepare.SetExpiry(expiry)
		n.Ports["alice"].HandlePrepare(up, prepare)
	}
	for range 1000 {
		send()
	}
	if allocs := testing.AllocsPerRun(20_000, send); allocs != 0 {
		t.Errorf("%v allocations for a packet", allocs)
	}
	if *up < 21_000 {
		t.Errorf("%d fulfills", *up)
	}
}

// BenchmarkPlaces compares chains without places and with places that are empty.
func BenchmarkPlaces(b *testing.B) {
	for _, places := range []bool{false, true} {
		b.Run(map[bool]string{false: "none", true: "empty"}[places], func(b *testing.B) {
			accounts := chain.NewAccounts("audit")
			n := enginetest.New(func(c *enginetest.Config) {
				if places {
					c.Places = accounts.Places
				}
			}, enginetest.Without(middleware.Deduplicate))
			n.Add(b, "alice", ilptest.NewLink(), everything)
			n.Add(b, "bob", prompt{ilptest.NewLink(), ilptest.Fulfill()}, everything)
			for _, id := range accounts.All() {
				if err := accounts.Of(id).Arrange(inserted(accounts.Of(id), id, nil)); err != nil {
					b.Fatal(err)
				}
			}
			prepare, up := ilptest.Prepare("test.us.bob", 1), new(fulfills)
			expiry := time.Now().Add(30 * time.Second).UnixMilli()
			for b.Loop() {
				prepare.SetAmount(1)
				prepare.SetExpiry(expiry)
				n.Ports["alice"].HandlePrepare(up, prepare)
			}
		})
	}
}
