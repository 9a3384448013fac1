package rate_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"log/slog"
	"math/big"
	"strings"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/rate"
)

// market is a backend with the price of one currency in another, which hears of what was
// forwarded at that price.
type market struct {
	spread       rate.Spread
	maxAge       time.Duration
	base, quoted string // the two currencies
}

// newMarket makes the backend of its options, and does not wait for a network. An error names the
// option at fault, and says what to do.
func newMarket(o rate.Options) (rate.Backend, error) {
	pair, err := o.Text("pair", "")
	if err != nil {
		return nil, err
	}
	base, quoted, found := strings.Cut(pair, "/")
	if !found {
		return nil, fmt.Errorf("%s: is %.20q; write two currencies, such as EUR/USD", o.Field("pair"), pair)
	}
	maxAge, err := o.MaxAge(time.Minute) // unless the options have another
	if err != nil {
		return nil, err
	}
	spread, err := o.EffectiveSpread()
	if err != nil {
		return nil, err
	}
	o.WarnUnknown("pair")
	return &market{spread, maxAge, base, quoted}, nil
}

// Rates returns the prices of now. After an error the prices from before stay in use until they
// are too old.
func (m *market) Rates(ctx context.Context) (*rate.Table, error) {
	text, at, err := ask(ctx, m.base, m.quoted)
	if err != nil {
		return nil, err
	}
	price, err := rate.ParsePrice(text) // exact, and refuses what is no price
	if err != nil {
		return nil, fmt.Errorf("the price of %s: %w", m.quoted, err)
	}
	if err := rate.CheckTime(at, time.Now()); err != nil {
		return nil, err
	}
	return rate.NewPriceTable("market", map[string]rate.Price{
		m.base:   {Value: big.NewRat(1, 1), Source: "market", At: at, MaxAge: m.maxAge},
		m.quoted: {Value: price, Source: "market", At: at, MaxAge: m.maxAge},
	}, nil, m.spread), nil
}

// ask stands in for the request to your market. The price held at that moment.
func ask(context.Context, string, string) (price string, at time.Time, err error) {
	return "1.0876", time.Now(), nil
}

// Observe hears of packets that were fulfilled. Here you buy again what was sold.
func (m *market) Observe(_ context.Context, batch []rate.Forwarded) {
	for _, p := range batch {
		fmt.Printf("%s paid %d %s, and %s got %d %s\n", p.From, p.Incoming, p.FromAsset.Code, p.To, p.Outgoing, p.ToAsset.Code)
	}
}

var (
	_ rate.Backend  = (*market)(nil)
	_ rate.Observer = (*market)(nil)
)

// alone and combined are two configurations, to which accounts belongs.
const (
	alone = `
backend: market
backendConfig: { pair: EUR/USD, maxAge: 5000 }
`
	combined = `
backend: combined
backendConfig:
  backends:
    - { backend: market, pair: EUR/USD, maxAge: 5000 }
    - { backend: static, base: EUR, prices: { JPY: 161.2 } }
`
	accounts = `
ilpAddress: test.acme
spread: 0.002
accounts:
  euro: { relation: child, plugin: in-process, assetCode: EUR, assetScale: 2, balance: { maximum: "100000" } }
  dollar: { relation: child, plugin: in-process, assetCode: USD, assetScale: 2, balance: { maximum: "0", minimum: "-100000" } }
`
)

// farEnd is the other side of an account. It fulfills each packet, and hands out where packets of
// its own go in.
type farEnd struct {
	handler chan ilp.Handler
	ready   chan struct{}
}

func newFarEnd() *farEnd {
	e := &farEnd{make(chan ilp.Handler, 1), make(chan struct{})}
	close(e.ready)
	return e
}

// preimage fulfills the packets of this example.
var preimage [ilp.ConditionBytes]byte

func (e *farEnd) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	fulfill := ilp.Fulfill{Fulfillment: preimage}
	reply, err := ilp.ParseReply(fulfill.Append(nil))
	if err != nil {
		reply = ilp.Fail(ilp.T00, "no fulfillment.")
	}
	up.WriteReply(prepare.Reply(reply))
}

func (e *farEnd) Run(ctx context.Context, h ilp.Handler, _ func(bool)) {
	e.handler <- h
	<-ctx.Done()
}

func (e *farEnd) Connected() bool        { return true }
func (e *farEnd) Ready() <-chan struct{} { return e.ready }
func (e *farEnd) Status() link.Status    { return link.Status{State: link.Established} }

// pay runs a connector, and sends a packet from the account euro. It prints why the configuration
// is wrong, if it is.
func pay(options []connector.Option, text string, euro *farEnd) {
	c, err := connector.Parse("acme.yaml", []byte(text), nil, options...)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- c.Run(ctx) }()
	select {
	case <-c.Ready():
	case err := <-stopped:
		log.Fatal(err)
	}
	reply, err := ilp.Call(ctx, <-euro.handler, ilp.Draft{
		Amount: 10_000, Destination: "test.acme.dollar",
		Expiry:    time.Now().Add(30 * time.Second).UnixMilli(),
		Condition: sha256.Sum256(preimage[:]),
	})
	if err != nil {
		log.Fatal(err)
	}
	if !reply.Fulfilled() {
		log.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
	stop()
	if err := <-stopped; err != nil { // the observer was told of everything
		log.Fatal(err)
	}
}

func Example() {
	withMarket := connector.WithBackend("market", time.Second, newMarket) // asked each second

	euro := newFarEnd()
	options := []connector.Option{
		withMarket,
		connector.WithPlugin("in-process", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
			if a.ID == "euro" {
				return euro, nil
			}
			return newFarEnd(), nil
		}),
	}
	pay(options, alone+accounts, euro)
	pay(options, combined+accounts, euro)
	pay(options, strings.Replace(alone, "EUR/USD", "EUR", 1)+accounts, euro)

	// Output:
	// euro paid 10000 EUR, and dollar got 10854 USD
	// euro paid 10000 EUR, and dollar got 10854 USD
	// backend market: backendConfig.pair: is "EUR"; write two currencies, such as EUR/USD
}
