package engine

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
)

// The wheel may claim a packet and let go of it as soon as the packet is in the
// wheel, which is before its link has it. The packet must be held for the link by
// then, or it would serve another Prepare while it is handed over.
func TestPacketIsHeldForTheLinkBeforeItCanExpire(t *testing.T) {
	e := New(Options{Settings: Settings{MaxHoldTime: 1000, ReflectPayments: true}})
	e.SetRates(rate.NewTable(time.Now(), rate.Par, rate.Spread{}))
	e.SetRoutes(route.NewTable(func(yield func(string, route.Hop) bool) { yield("test", 0) }))
	sent := make(chan *Packet, 1)
	link := ilptest.Fulfilling()
	port := e.Attach(account.New("alice", account.Settings{}), link, nil, []Middleware{
		PrepareFunc(func(p *Packet) Verdict { sent <- p; return Pass }),
	})

	shard := &e.expiry.shards[0]
	shard.mu.Lock() // the packet cannot enter the wheel
	r := ilptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		port.HandlePrepare(r, ilptest.Prepare("test.x", 1))
	}()
	p := <-sent
	for deadline := time.Now().Add(time.Second); p.holders.Load() != 2; {
		if time.Now().After(deadline) {
			t.Error("the packet enters the wheel while nobody holds it for the link")
			break
		}
	}
	shard.mu.Unlock()
	<-done
	if reply := r.Reply(); !reply.Fulfilled() {
		t.Errorf("got %s", reply.Code())
	}
}
