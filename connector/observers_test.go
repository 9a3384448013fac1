package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/rate"
)

// broker is a backend that observes, and then does what a test says.
type broker struct {
	then func(ctx context.Context) // may be nil

	mu    sync.Mutex
	heard []string
}

func (b *broker) Rates(context.Context) (*rate.Table, error) {
	at := time.Now()
	return rate.NewPriceTable("broker", map[string]rate.Price{
		"EUR": {Value: big.NewRat(1, 1), At: at}, "USD": {Value: big.NewRat(2, 1), At: at},
	}, nil, rate.Spread{}), nil
}

func (b *broker) Observe(ctx context.Context, batch []rate.Forwarded) {
	if b.then != nil {
		b.then(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range batch {
		b.heard = append(b.heard, fmt.Sprintf("%s %d %s, %s %d %s", p.From, p.Incoming, p.FromAsset.Code, p.To, p.Outgoing, p.ToAsset.Code))
	}
}

func (b *broker) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.heard)
}

// withBroker makes a backend named broker.
func withBroker(b *broker) connector.Option {
	return connector.WithBackend("broker", time.Hour, func(rate.Options) (rate.Backend, error) { return b, nil })
}

const brokerAccounts = `
ilpAddress: test.us
backend: broker
spread: 0
accounts:
  alice: {relation: child, plugin: test, assetCode: EUR, assetScale: 2, balance: {maximum: "Infinity"}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "Infinity"}}
`

const combinedBroker = `
backend: combined
backendConfig:
  backends: [{backend: broker}, {backend: static, base: EUR, prices: {JPY: 161}}, {backend: combined, backends: [broker]}]
`

func TestObserversAreToldBeforeTheStopEnds(t *testing.T) {
	combined := strings.Replace(brokerAccounts, "\nbackend: broker\n", combinedBroker, 1)
	for name, c := range map[string]struct {
		yaml  string
		times int // that the backend observes
	}{
		"in memory":       {brokerAccounts, 1},
		"with a store":    {brokerAccounts + "storePath: " + t.TempDir(), 1},
		"combined":        {combined, 2},
		"without balance": {strings.ReplaceAll(brokerAccounts, `, balance: {maximum: "Infinity"}`, ""), 1},
	} {
		t.Run(name, func(t *testing.T) {
			alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
			backend, other := new(broker), new(broker)
			running, stop := start(t, c.yaml, links(map[string]*testLink{"alice": alice, "bob": bob}), withBroker(backend), connector.WithObserver(other))
			awaitReady(t, running)
			r := ilptest.NewRecorder()
			(<-alice.handler).HandlePrepare(r, ilptest.Prepare("test.us.bob.x", 5))
			if reply := r.Reply(); !reply.Fulfilled() {
				t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
			}
			if reply, err := running.Send(t.Context(), own("test.us.bob")); err != nil || !reply.Fulfilled() {
				t.Errorf("our own packet: %v", err)
			}
			stop()
			want := []string{"alice 5 EUR, bob 10 USD"}
			if got := other.all(); !slices.Equal(got, want) {
				t.Errorf("the observer has heard %q", got)
			}
			if got := backend.all(); !slices.Equal(got, slices.Repeat(want, c.times)) {
				t.Errorf("the backend has heard %q", got)
			}
		})
	}
}

// own returns a packet that the program sends itself.
func own(destination string) ilp.Draft {
	return ilp.Draft{Amount: 7, Destination: destination, Condition: ilptest.Condition, Expiry: time.Now().Add(20 * time.Second).UnixMilli()}
}

// observing runs a connector with an observer in a bubble of fake time. pay sends a packet.
func observing(t *testing.T, o *broker, script func(c *connector.Connector, pay func(), stop func())) (log string) {
	t.Helper()
	var out lockedLog
	synctest.Test(t, func(t *testing.T) {
		alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
		options := []connector.Option{
			links(map[string]*testLink{"alice": alice, "bob": bob}), withBroker(new(broker)), connector.WithObserver(o),
			connector.WithLog(slog.New(slog.NewTextHandler(&out, nil))),
		}
		c, err := connector.Parse("test.yaml", []byte(brokerAccounts), nil, options...)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		h := <-alice.handler
		n := 0
		pay := func() {
			t.Helper()
			r := ilptest.NewRecorder()
			n++
			h.HandlePrepare(r, ilptest.Prepare("test.us.bob", 5, ilptest.Data([]byte{byte(n)})))
			if reply := r.Reply(); !reply.Fulfilled() {
				t.Errorf("rejected with %s %s", reply.Code(), reply.Message())
			}
		}
		script(c, pay, func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	})
	return out.take()
}

// wantObserverAlert looks for the one alert about an observer, "" for none.
func wantObserverAlert(t *testing.T, c *connector.Connector, want string) {
	t.Helper()
	var got []string
	for _, a := range c.Alerts().All() {
		got = append(got, a.Message)
	}
	if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || !strings.Contains(got[0], want)) {
		t.Errorf("the alerts are %q, want %q", got, want)
	}
}

func TestObserverThatPanicsHarmsNoPacket(t *testing.T) {
	o := &broker{then: func(context.Context) { panic("a bug") }}
	log := observing(t, o, func(c *connector.Connector, pay, stop func()) {
		pay()
		pay()
		time.Sleep(15 * time.Second)
		wantObserverAlert(t, c, "the observer *connector_test.broker of forwarded amounts was not told of 2 packets since the start: it panics")
		if told, dropped, waiting := connector.Observed(c); told != 2 || dropped != 2 || waiting != 0 { // the backend was told
			t.Errorf("told %d, dropped %d, waiting %d", told, dropped, waiting)
		}
		o.then = nil
		time.Sleep(10 * time.Second)
		wantObserverAlert(t, c, "")
		pay()
		time.Sleep(10 * time.Second)
		wantObserverAlert(t, c, "")
		stop()
	})
	if got := o.all(); len(got) != 1 {
		t.Errorf("it heard %q", got)
	}
	if strings.Count(log, "an observer of forwarded amounts falls behind") != 1 || !strings.Contains(log, `observer=*connector_test.broker dropped=2 sinceStart=2 waiting=0 hangs=false`) ||
		strings.Count(log, "an observer of forwarded amounts has panicked") != 1 {
		t.Errorf("the log is\n%s", log)
	}
}

func TestObserverThatHangsHarmsNoPacket(t *testing.T) {
	o := new(broker)
	log := observing(t, o, func(c *connector.Connector, pay, stop func()) {
		goOn := make(chan struct{})
		o.then = func(context.Context) { <-goOn }
		time.Sleep(time.Second) // from here on no packet comes at the moment of a check
		for range 3 {
			pay()
			time.Sleep(10 * time.Second)
		}
		wantObserverAlert(t, c, "the observer *connector_test.broker of forwarded amounts has not returned since 2000-01-01T00:00:01Z: packets wait")
		if _, dropped, waiting := connector.Observed(c); dropped != 0 || waiting != 2 {
			t.Errorf("dropped %d, waiting %d", dropped, waiting)
		}
		goOn <- struct{}{}
		time.Sleep(time.Second)
		goOn <- struct{}{}
		time.Sleep(10 * time.Second)
		wantObserverAlert(t, c, "")
		pay()
		synctest.Wait()
		pay()
		began := time.Now()
		stop()
		if took := time.Since(began); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("the stop took %s", took)
		}
		close(goOn)
	})
	if got := o.all(); len(got) != 4 { // the last call is given up, and ends all the same
		t.Errorf("it heard %q", got)
	}
	if strings.Count(log, "an observer of forwarded amounts falls behind") != 2 || !strings.Contains(log, "dropped=0 sinceStart=0 waiting=0 hangs=true") ||
		!strings.Contains(log, "dropped=2 sinceStart=2 waiting=0 hangs=true") {
		t.Errorf("the log is\n%s", log)
	}
}
