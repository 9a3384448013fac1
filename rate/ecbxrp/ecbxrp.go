// Package ecbxrp implements the rate backend ecb-plus-xrp: the prices of the European Central
// Bank, and one of XRP from markets.
//
// Configuration: that of ecb, and xrpSources, a list of markets by name, or of objects with the
// name as source and another address of the same answers as url. xrpMaxAge bounds how long a
// price of XRP is used.
package ecbxrp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/combined"
	"github.com/ilp-go/connector/rate/ecb"
	"github.com/ilp-go/connector/rate/fetch"
)

// Interval is how often to poll this backend. It asks the bank less often.
const Interval = time.Minute

// xrpMaxAge is the usual xrpMaxAge.
const xrpMaxAge = 15 * time.Minute

const base, xrp = "EUR", "XRP"

// market is a source of the price of XRP in euros that wants no key.
type market struct {
	name, address string
	price, at     fetch.Pointer // at is empty if the answer has no time
}

// markets are those that are built in. The first three are asked unless the configuration names
// some.
var markets = []market{
	{"bitstamp", "https://www.bitstamp.net/api/v2/ticker/xrpeur/", "/last", "/timestamp"},
	{"kraken", "https://api.kraken.com/0/public/Ticker?pair=XRPEUR", "/result/XXRPZEUR/c/0", ""},
	{"coinbase", "https://api.exchange.coinbase.com/products/XRP-EUR/ticker", "/price", "/time"},
	{"coingecko", "https://api.coingecko.com/api/v3/simple/price?ids=ripple&vs_currencies=eur&include_last_updated_at=true&precision=full",
		"/ripple/eur", "/ripple/last_updated_at"},
}

const usualMarkets = 3

// New returns the backend. It fetches nothing yet. Errors name the field at fault.
func New(o rate.Options) (rate.Backend, error) {
	age, err1 := o.AgeAt("xrpMaxAge", xrpMaxAge)
	timeout, err2 := o.Timeout(combined.Timeout)
	chosen, err3 := choose(o)
	bank, err4 := newBank(o)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	lists := bank.(rate.Lister).Lists
	if o.Config["mockData"] != nil && lists(xrp) {
		return bank, nil // as the reference: it does not ask for a price that it is given
	}
	c := combined.Config{Name: "ecb-plus-xrp", Mode: combined.Ordered}
	if lists(base) {
		c.Base = base
	}
	c.Sources = append(c.Sources, combined.Source{Name: "ecb", Backend: bank, Interval: ecb.Interval, Timeout: timeout})
	for _, m := range chosen {
		source, err := fetch.New(m.address, fetch.Options{Client: o.HTTP})
		if err != nil {
			return nil, err
		}
		c.Sources = append(c.Sources, combined.Source{Name: m.name, Backend: &ticker{m, source, age}, Timeout: timeout})
	}
	return combined.Join(o, c)
}

// newBank makes the backend ecb of the options that are its own.
func newBank(o rate.Options) (rate.Backend, error) {
	o.Config = maps.Clone(o.Config)
	delete(o.Config, "xrpSources")
	delete(o.Config, "xrpMaxAge")
	if address, _ := o.Config["ratesApiUrl"].(string); isGone(address) {
		warnGone(o, "ratesApiUrl")
		delete(o.Config, "ratesApiUrl")
	}
	return ecb.New(o)
}

// gone is the host that the reference asks for the price of XRP.
const gone = "data.ripple.com"

func isGone(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.EqualFold(u.Hostname(), gone)
}

func warnGone(o rate.Options, key string) {
	o.Logger().Warn("the source "+gone+" of the reference is gone, and is not asked", "key", o.Field(key))
}

// choose reads backendConfig.xrpSources.
func choose(o rate.Options) (chosen []market, err error) {
	if o.Config["xrpSources"] == nil {
		return markets[:usualMarkets], nil
	}
	list, ok := o.Config["xrpSources"].([]any)
	if !ok {
		return nil, fmt.Errorf("%s: is not a list, such as [%s, %s]", o.Field("xrpSources"), markets[0].name, markets[1].name)
	}
	var faults []error
	for i, entry := range list {
		key := fmt.Sprintf("xrpSources[%d]", i)
		m, err := parseMarket(entry)
		switch {
		case errors.Is(err, errGone):
			warnGone(o, key)
		case err != nil:
			faults = append(faults, fmt.Errorf("%s: %w", o.Field(key), err))
		case slices.ContainsFunc(chosen, func(other market) bool { return other.address == m.address }):
			// It would second itself.
			faults = append(faults, fmt.Errorf("%s: is there already; name another market", o.Field(key)))
		default:
			if _, err := fetch.New(m.address, fetch.Options{}); err != nil {
				faults = append(faults, fmt.Errorf("%s.url: %w", o.Field(key), err))
			}
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		chosen = markets[:usualMarkets]
	}
	return chosen, errors.Join(faults...)
}

var errGone = errors.New("it is gone")

// parseMarket reads an entry of xrpSources.
func parseMarket(entry any) (m market, err error) {
	var name, address string
	switch entry := entry.(type) {
	case string:
		name = entry
	case map[string]any:
		name, _ = entry["source"].(string)
		address, _ = entry["url"].(string)
		for key, value := range entry {
			if _, text := value.(string); !text || key != "source" && key != "url" {
				return m, fmt.Errorf("%.20q is not known, or no text; write source and url", key)
			}
		}
	}
	if isGone(name) || isGone(address) {
		return m, errGone
	}
	i := slices.IndexFunc(markets, func(m market) bool { return m.name == name })
	if i < 0 {
		var names []string
		for _, m := range markets {
			names = append(names, m.name)
		}
		return m, fmt.Errorf("names no market that we know; there is: %s", strings.Join(names, ", "))
	}
	if m = markets[i]; address != "" {
		m.address = address
	}
	return m, nil
}

// ticker is the backend of one market.
type ticker struct {
	market
	source *fetch.Source
	maxAge time.Duration
}

// Rates fetches the price of XRP.
func (t *ticker) Rates(ctx context.Context) (*rate.Table, error) {
	document, err := t.source.JSON(ctx)
	if err != nil {
		return nil, err
	}
	euros, at, err := t.read(document, time.Now())
	if err != nil {
		return nil, t.source.Fault(err)
	}
	table := rate.NewPriceTable(t.name, map[string]rate.Price{
		base: {Value: big.NewRat(1, 1), Source: t.name, At: at, MaxAge: t.maxAge},
		xrp:  {Value: euros.Inv(euros), Source: t.name, At: at, MaxAge: t.maxAge},
	}, nil, rate.Spread{})
	table.Base = base
	return table, nil
}

// Lists reports whether the market has a price of a currency.
func (*ticker) Lists(currency string) bool { return currency == base || currency == xrp }

// read reads how many euros XRP costs, and when.
func (m *market) read(document any, now time.Time) (euros *big.Rat, at time.Time, err error) {
	value, err := m.price.Find(document)
	if err != nil {
		return nil, at, complaint(document, err)
	}
	if euros, err = rate.ParsePrice(value); err != nil {
		return nil, at, err
	}
	if m.at == "" {
		return euros, now, nil
	}
	if value, err = m.at.Find(document); err != nil {
		return nil, at, err
	}
	if at, err = fetch.ParseTime(value); err != nil {
		return nil, at, err
	}
	return euros, at, rate.CheckTime(at, now)
}

// complaint returns what a market says instead of a price, or else err.
func complaint(document any, err error) error {
	for _, p := range []fetch.Pointer{"/error/0", "/error", "/message", "/reason", "/status/error_message"} {
		if said, findErr := p.Find(document); findErr == nil {
			if text, is := said.(string); is && text != "" {
				return fmt.Errorf("it says %.100q", text)
			}
		}
	}
	return err
}

var (
	_ rate.Backend = (*ticker)(nil)
	_ rate.Lister  = (*ticker)(nil)
)
