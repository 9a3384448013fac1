package docs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/ilptest"
	links "github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// TestEveryAlarmFires makes the cause of each alarm of docs/metrics.md.
func TestEveryAlarmFires(t *testing.T) {
	alarms, err := documentedAlarms()
	if err != nil {
		t.Fatal(err)
	}
	w := newTroubled(t)
	causes := map[string]func(){
		"its token is wrong":             w.logInWrongly,
		away:                             func() { w.links["away"].Down.Store(true) },
		"a balance is near its maximum":  func() { w.pay("alice", 95) },
		"the peer may claim money":       w.fulfillLate,
		"you may not be paid":            w.hangTheDisk,
		"rates grow old":                 func() {}, // those of the backend are
		"prices are too old to trade at": func() { w.send("euro", 1, time.Minute) },
		"a price has jumped":             func() { w.prices.phase.Store(jumped) },
		"a source of prices refuses, or answers with something else": func() { w.prices.phase.Store(gone) },
		"a neighbor's routes are missing":                            func() {}, // silent does not agree
		"its routes come and go":                                     w.flap,
		"a rate limit refuses packets":                               func() { w.pay("eager", 1); w.send("eager", 2, time.Minute) },
		"too much is in flight":                                      w.fill,
		"an observer misses packets":                                 func() { w.pay("alice", 1) }, // clumsy panics
		"there is an alert":                                          w.fulfillLate,
	}
	for _, a := range alarms {
		cause := causes[a.name]
		if cause == nil {
			t.Errorf("the test does not know the cause of the alarm %q", a.name)
			continue
		}
		before, _ := scrapeOf(w.port)
		cause()
		w.await(a.name, func() bool {
			now, ok := scrapeOf(w.port)
			return ok && len(a.fires(before, now)) > 0
		})
	}
}

// troubled is a connector to which all the causes of alarms happen.
type troubled struct {
	t     *testing.T
	port  string // of the admin API
	door  string // of the account door
	disk  *hangingStore
	links map[string]*endedLink

	prices oldPrices
}

// hangingStore is a store that hangs while the gate is locked.
type hangingStore struct {
	store.Store
	gate sync.Mutex
}

func (s *hangingStore) Apply(b store.Batch) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	return s.Store.Apply(b)
}

// endedLink is the link of an account whose far end is the test.
type endedLink struct {
	*ilptest.Link
	handler chan ilp.Handler
	ready   chan struct{}
}

// Run hands out the handler.
func (l *endedLink) Run(ctx context.Context, h ilp.Handler, changed func(bool)) {
	l.handler <- h
	close(l.ready)
	changed(true)
	<-ctx.Done()
}

// Ready is closed when the link runs.
func (l *endedLink) Ready() <-chan struct{} { return l.ready }

// Status is established.
func (l *endedLink) Status() links.Status { return links.Status{State: links.Established} }

// oldPrices is a backend whose prices are two days old. Those of the euro may be used for an hour.
type oldPrices struct{ phase atomic.Int32 }

// Phases of oldPrices.
const (
	steady int32 = iota
	jumped       // the price of the yen is another one
	gone         // there are no prices any more
)

// Rates returns the prices of the phase.
func (p *oldPrices) Rates(context.Context) (*rate.Table, error) {
	at, yen := time.Now().Add(-48*time.Hour), int64(100)
	switch p.phase.Load() {
	case jumped:
		yen = 200
	case gone:
		return nil, rate.WithOutcome(errors.New("it answers with a web page"), rate.Unusable)
	}
	return rate.NewPriceTable("old", map[string]rate.Price{
		"USD": {Value: big.NewRat(1, 1), At: at},
		"EUR": {Value: big.NewRat(1, 1), At: at, MaxAge: time.Hour},
		"JPY": {Value: big.NewRat(yen, 1), At: at},
	}, nil, rate.Spread{}), nil
}

// clumsy is an observer that panics.
type clumsy struct{}

// Observe panics.
func (clumsy) Observe(context.Context, []rate.Forwarded) { panic("a bug") }

const troubledConfig = `
ilpAddress: test.us
backend: old
spread: 0
store: hanging
minMessageWindow: 300
adminApi: true
adminApiPort: %s
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "100"}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  eager:
    {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "100"},
     rateLimit: {capacity: 1, refillCount: 1, refillPeriod: 3600000}}
  busy:
    {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "100"}, inFlight: {incomingPackets: 1}}
  euro: {relation: child, plugin: test, assetCode: EUR, assetScale: 2, balance: {maximum: "100"}}
  away: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "100"}}
  silent: {relation: peer, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "100"}}
  flapping: {relation: peer, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "100"}}
  door:
    {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "100"},
     options: {listener: {host: 127.0.0.1, port: %s, secret: right}}}
`

func newTroubled(t *testing.T) *troubled {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	door, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	w := &troubled{t: t, port: port, door: door, disk: &hangingStore{Store: memory.New(quiet)}, links: make(map[string]*endedLink)}
	agreed, err := ilp.ParseReply(ccp.AppendResponse(nil))
	if err != nil {
		t.Fatal(err)
	}
	for id, l := range map[string]*ilptest.Link{
		"alice": ilptest.NewLink(), "bob": ilptest.NewLink(), "eager": ilptest.NewLink(), "euro": ilptest.NewLink(), "busy": ilptest.NewLink(), "away": ilptest.NewLink(),
		"silent": ilptest.Answering(ilptest.Reject(ilp.T00, "no")), "flapping": ilptest.Answering(agreed),
	} {
		w.links[id] = &endedLink{l, make(chan ilp.Handler, 1), make(chan struct{})}
	}
	options := []connector.Option{
		connector.WithLog(quiet),
		connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) { return w.links[a.ID], nil }),
		connector.WithBackend("old", 50*time.Millisecond, func(rate.Options) (rate.Backend, error) { return &w.prices, nil }),
		connector.WithObserver(clumsy{}),
		connector.WithStore("hanging", func(connector.StoreConfig) (store.Store, error) { return w.disk, nil }),
	}
	cfg, _, err := config.Parse("test.yaml", fmt.Appendf(nil, troubledConfig, port, door), nil, connector.Known(options...))
	if err != nil {
		t.Fatal(err)
	}
	c, err := connector.New(cfg, options...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	w.await("the connector to be ready", func() bool {
		select {
		case <-c.Ready():
			return true
		default:
			return false
		}
	})
	return w
}

// await polls until something holds.
func (w *troubled) await(what string, holds func() bool) {
	w.t.Helper()
	s := session{patience: patience}
	if s.poll(func() error {
		if !holds() {
			return fmt.Errorf("not yet")
		}
		return nil
	}) != nil {
		w.t.Fatalf("waited in vain for: %s", what)
	}
}

// from returns where packets of an account go in.
func (w *troubled) from(id string) ilp.Handler {
	h := <-w.links[id].handler
	w.links[id].handler <- h
	return h
}

// send sends a packet of an account to bob, and returns its answer and its expiry.
func (w *troubled) send(id string, amount uint64, lives time.Duration) (answer *ilptest.Recorder, expiry time.Time) {
	answer, expiry = ilptest.NewRecorder(), time.Now().Add(lives)
	w.from(id).HandlePrepare(answer, ilptest.Prepare("test.us.bob.x", amount,
		ilptest.ExpiresAt(expiry.UnixMilli()), ilptest.Data([]byte(fmt.Sprint(expiry.UnixNano())))))
	return answer, expiry
}

// pay has bob fulfill a packet.
func (w *troubled) pay(id string, amount uint64) {
	w.t.Helper()
	answer, _ := w.send(id, amount, time.Minute)
	w.links["bob"].Take().Up.WriteReply(ilptest.Fulfill())
	if reply := answer.Reply(); !reply.Fulfilled() {
		w.t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
}

// logInWrongly sends a wrong token to the account door, and waits until it is refused.
func (w *troubled) logInWrongly() {
	w.t.Helper()
	client := btplink.New(btplink.Options{
		Server:         &btplink.Server{URL: "ws://127.0.0.1:" + w.door, Token: "wrong"},
		ReconnectSteps: []time.Duration{time.Hour},
	})
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		client.Run(ctx, ilp.HandlerFunc(nil), nil)
	}()
	w.await("the refusal", func() bool { return client.Status().LastError != "" })
	cancel()
	<-ended
}

// fulfillLate has bob fulfill a packet that has expired.
func (w *troubled) fulfillLate() {
	answer, _ := w.send("alice", 1, time.Second)
	sent := w.links["bob"].Take()
	if reply := answer.Reply(); reply.Code() != ilp.R00 {
		w.t.Errorf("answered %s, not as expired", reply.Code())
	}
	sent.Up.WriteReply(ilptest.Fulfill())
}

// hangTheDisk has bob fulfill a packet that is not written before it expires.
func (w *troubled) hangTheDisk() {
	w.disk.gate.Lock()
	answer, expiry := w.send("alice", 1, 900*time.Millisecond)
	w.links["bob"].Take().Up.WriteReply(ilptest.Fulfill())
	w.await("the expiry", func() bool { return time.Now().After(expiry) })
	w.disk.gate.Unlock()
	if reply := answer.Reply(); !reply.Fulfilled() {
		w.t.Errorf("answered %s", reply.Code())
	}
}

// fill sends one packet more than busy may have in flight.
func (w *troubled) fill() {
	w.send("busy", 1, time.Minute)
	sent := w.links["bob"].Take()
	w.send("busy", 2, time.Minute)
	sent.Up.WriteReply(ilptest.Fulfill())
}

// flap announces and withdraws a route again and again, and announces it at the end.
func (w *troubled) flap() {
	const prefix = "test.flapping.x"
	for epoch := range uint32(13) {
		u := ccp.RouteUpdate{
			RoutingTableID: [16]byte{1}, CurrentEpoch: epoch + 1, FromEpoch: epoch, ToEpoch: epoch + 1,
			HoldDownTime: 45_000, Speaker: "test.flapping",
		}
		if epoch%2 == 0 {
			u.NewRoutes = []ccp.Route{{Prefix: prefix, Path: []string{u.Speaker, prefix}}}
		} else {
			u.WithdrawnRoutes = []string{prefix}
		}
		prepare, err := ilp.ParsePrepare(u.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
		if err != nil {
			w.t.Fatal(err)
		}
		answer := ilptest.NewRecorder()
		w.from("flapping").HandlePrepare(answer, prepare)
		if reply := answer.Reply(); !reply.Fulfilled() {
			w.t.Fatalf("update %d is answered %s %s", epoch, reply.Code(), reply.Message())
		}
	}
}

var _ connector.Link = (*endedLink)(nil)

// An account that an operator has paused is where the operator wants it, so none of the alarms about peers fires for it.
func TestPausedAccountsFireNoAlarm(t *testing.T) {
	alarms, err := documentedAlarms()
	if err != nil {
		t.Fatal(err)
	}
	w := newTroubled(t)
	w.flap()
	w.links["away"].Down.Store(true)
	fire := func() (firing []string) {
		now, _ := scrapeOf(w.port)
		for _, a := range alarms {
			for _, labels := range a.fires(nil, now) {
				if id := labelOf("account", labels); slices.Contains([]string{"away", "silent", "flapping"}, id) {
					firing = append(firing, a.name+": "+id)
				}
			}
		}
		slices.Sort(firing)
		return slices.Compact(firing)
	}
	w.await("the alarms", func() bool { return len(fire()) >= 3 })
	for _, id := range []string{"away", "silent", "flapping"} {
		response, err := http.Post("http://127.0.0.1:"+w.port+"/accounts/"+id+"/pause?ephemeral=true", "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != http.StatusOK {
			t.Fatalf("pausing %s: %s", id, response.Status)
		}
	}
	if firing := fire(); len(firing) > 0 {
		t.Errorf("although the accounts are paused: %q", firing)
	}
}
