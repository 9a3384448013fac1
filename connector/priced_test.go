package connector_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/pricesource"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/ecb"
	"github.com/ilp-go/connector/rate/ecbcoinmarketcap"
	"github.com/ilp-go/connector/rate/ecbxrp"
	"github.com/ilp-go/connector/rate/httpjson"
)

// priced is a connector in a bubble of fake time, whose backend asks a server in memory. It has an
// account with euros, and one with another currency.
type priced struct {
	*connector.Connector
	t    *testing.T
	from ilp.Handler
	to   *testLink
	stop func()
}

// runPriced runs a connector whose account other has a currency, and whose configuration says more.
func runPriced(t *testing.T, currency, more string, server http.Handler, further ...connector.Option) *priced {
	t.Helper()
	client := pricesource.NewLocal(t, server).Client()
	asking := func(make func(rate.Options) (rate.Backend, error)) func(rate.Options) (rate.Backend, error) {
		return func(o rate.Options) (rate.Backend, error) { o.HTTP = client; return make(o) }
	}
	euro := newTestLink(ilptest.NewLink())
	p := &priced{t: t, to: newTestLink(ilptest.Fulfilling())}
	options := []connector.Option{
		links(map[string]*testLink{"euro": euro, "other": p.to}),
		connector.WithBackend("ecb", ecb.Interval, asking(ecb.New)),
		connector.WithBackend("ecb-plus-xrp", ecbxrp.Interval, asking(ecbxrp.New)),
		connector.WithBackend("ecb-plus-coinmarketcap", ecbcoinmarketcap.Interval, asking(ecbcoinmarketcap.New)),
		connector.WithBackend("http", httpjson.Interval, asking(httpjson.New)),
	}
	options = append(options, further...)
	text := fmt.Sprintf(`
ilpAddress: test.us
spread: 0
accounts:
  euro: {relation: child, plugin: test, assetCode: EUR, assetScale: 2, balance: {maximum: "1000000"}}
  other: {relation: child, plugin: test, assetCode: %s, assetScale: 2, balance: {maximum: "1000000"}}
%s`, currency, more)
	cfg, _, err := config.Parse("test.yaml", []byte(text), nil, connector.Known(options...))
	if err != nil {
		t.Fatal(err)
	}
	if p.Connector, err = connector.New(cfg, options...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run ended with %v", err)
		}
	}
	p.from = <-euro.handler
	<-p.to.handler
	return p
}

// pass lets some time go by.
func (p *priced) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// trade returns what a packet of 100 is worth, or the code and the text of its refusal.
func (p *priced) trade() string {
	p.t.Helper()
	r := ilptest.NewRecorder()
	p.from.HandlePrepare(r, ilptest.Prepare("test.us.other", 100, ilptest.Data(fmt.Append(nil, sequence.Add(1)))))
	if reply := r.Reply(); !reply.Fulfilled() {
		return outcome(reply)
	}
	sent := p.to.Sent()
	return fmt.Sprint(sent[len(sent)-1].Prepare.Amount())
}

// alerts returns what the raised alerts say.
func (p *priced) alerts() (said []string) {
	for _, a := range p.Alerts().All() {
		said = append(said, a.AccountID+": "+a.Message)
	}
	return said
}

// metric returns the value of a sample, as text, or "none".
func (p *priced) metric(name string) string {
	for line := range strings.Lines(connector.Scrape(p.Connector)) {
		if value, is := strings.CutPrefix(line, name+" "); is {
			return strings.TrimSpace(value)
		}
	}
	return "none"
}
