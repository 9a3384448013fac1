package speaker

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// BenchmarkWait reports how long callers wait for the Speaker while it has much to do: the
// worst wait of Connected, as a link's goroutine calls it, and of Explain. It reports the
// best of its runs, as in the others the machine may have been busy.
func BenchmarkWait(b *testing.B) {
	const routes, burst = 100_000, 10_000
	worst := make(map[string]float64)
	for b.Loop() {
		x := newBusy(b)
		p, q := x.add("p", 0), x.add("q", 1)
		x.add("z", 0)
		listener := x.add("listener", 0)
		listener.send(b, (&ccp.RouteControl{Mode: ccp.Sync, Features: []string{featureBulk}}).Append(nil, expiry(time.Now())))
		x.watch(worst, "learn-100000", func() { p.tell(b, routes) })
		x.watch(worst, "change-10000", func() { q.tell(b, burst) })
		x.watch(worst, "demote-100000", func() { x.Connected("p", false); p.tell(b, 0) })
		x.watch(worst, "remove-100000", func() { x.Remove("p"); q.tell(b, 0) })
		x.stop()
	}
	for what, ms := range worst {
		b.ReportMetric(ms, what+"-ms")
	}
}

// busy is a Speaker with neighbors that announce many routes.
type busy struct {
	*Speaker
	stop func()
}

func newBusy(b *testing.B) *busy {
	x := &busy{Speaker: New(Options{
		Timers: testTimers, Cleanup: time.Second, TableID: [16]byte{1}, NewTableID: func() [16]byte { return [16]byte{2} },
		Number:  func(string) (route.Hop, bool) { return 1, true },
		Publish: func(*route.Table) {}, Alert: func(string, string, string) {}, Resolved: func(string, string) {}, Log: slog.New(slog.DiscardHandler),
	})}
	static := route.Static{Address: "test.us", GlobalPrefix: "test"}
	own, _ := static.Routes()
	x.SetStatic(route.Identity{Address: "test.us", GlobalPrefix: "test"}, own)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.Run(ctx)
	}()
	x.stop = func() {
		cancel()
		<-done
	}
	return x
}

// watch measures the waits of two callers while work goes on.
func (x *busy) watch(worst map[string]float64, name string, work func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	calls := map[string]func(){
		"connected": func() { x.Connected("z", true) },
		"explain":   func() { x.Explain("test.n7.x") },
	}
	most := make(map[string]chan time.Duration)
	for call, f := range calls {
		most[call] = make(chan time.Duration, 1)
		go func() {
			var wait time.Duration
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-done:
					most[call] <- wait
					return
				case <-tick.C:
				}
				start := time.Now()
				f()
				wait = max(wait, time.Since(start))
			}
		}()
	}
	for call, c := range most {
		ms, what := float64((<-c).Microseconds())/1000, name+"/"+call
		if best, ok := worst[what]; !ok || ms < best {
			worst[what] = ms
		}
	}
}

// teller is a neighbor that announces the same prefixes as the others.
type teller struct {
	to    ilp.Handler
	name  string
	epoch uint32
}

// add makes a neighbor and connects it.
func (x *busy) add(name string, preference int) *teller {
	x.Add(Neighbor{
		Account: name, Relation: account.Peer, Send: true, Receive: true, Link: ilp.HandlerFunc(agree),
		Policy: route.Policy{PrefixesMax: 1 << 20, LocalPreference: preference},
	})
	x.Connected(name, true)
	return &teller{to: x.For(&account.Account{ID: name}), name: name}
}

func agree(up ilp.ReplyWriter, _ ilp.Prepare) {
	r, _ := ilp.ParseReply(ccp.AppendResponse(nil))
	up.WriteReply(r)
}

// tell announces n prefixes, and returns when all were accepted. With none it sends a
// heartbeat.
func (t *teller) tell(b *testing.B, n int) {
	speaker := "test." + t.name
	for i := 0; ; {
		u := ccp.RouteUpdate{RoutingTableID: [16]byte{9}, Speaker: speaker, HoldDownTime: 45000, FromEpoch: t.epoch}
		for ; i < n && len(u.NewRoutes) < 400; i++ {
			u.NewRoutes = append(u.NewRoutes, ccp.Route{Prefix: fmt.Sprintf("test.n%d", i), Path: []string{speaker}})
		}
		t.epoch += uint32(len(u.NewRoutes))
		u.ToEpoch, u.CurrentEpoch = t.epoch, t.epoch
		t.send(b, u.Append(nil, expiry(time.Now())))
		if i == n {
			return
		}
	}
}

func (t *teller) send(b *testing.B, packet []byte) {
	p, err := ilp.ParsePrepare(packet)
	if err != nil {
		b.Fatal(err)
	}
	taken := make(chan struct{})
	t.to.HandlePrepare(ilp.ReplyFunc(func(r ilp.Reply) {
		close(taken)
	}), p)
	<-taken
}
