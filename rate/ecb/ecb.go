// Package ecb implements the rate backend that trades at the reference rates of the
// European Central Bank. The bank publishes them on working days at about 16:00 CET, as
// prices per euro.
//
// Configuration: ratesApiUrl is another address of the same XML. mockData, an object of a
// base currency and rates per unit of it, replaces the fetched prices. maxAge bounds how long
// prices are used.
package ecb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

const (
	defaultURL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

	// base is the currency of the bank's prices: they are per euro.
	base = "EUR"

	// maxAge is the usual maxAge. The bank is silent for five days from the Thursday before
	// Easter, and at some Christmases.
	maxAge = 6 * 24 * time.Hour

	sourceName = "ECB"
)

// Interval is how often to poll this backend. It publishes once a day; asking more often finds a
// new rate soon after.
const Interval = time.Hour

// Backend fetches prices, or returns the prices of mockData.
type Backend struct {
	spread rate.Spread
	mock   rate.Prices // nil to fetch
	source *fetch.Source
	own    bool // the source is the bank itself
	maxAge time.Duration
	gaps   rate.Gaps
	last   *rate.Table // of the document that was fetched last
}

// New returns the backend. It fetches nothing yet. Errors name the field at fault.
func New(o rate.Options) (rate.Backend, error) {
	spread, err1 := o.EffectiveSpread()
	mock, err2 := parseMock(o)
	address, source, err3 := newSource(o)
	age, err4 := o.MaxAge(maxAge)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	o.WarnUnknown("mockData", "ratesApiUrl")
	if mock != nil {
		o.Logger().Info("exchange rates come from mockData and are not fetched", "currencies", len(mock))
	}
	return &Backend{
		spread: spread, mock: mock, source: source, own: address == defaultURL, maxAge: age,
		gaps: rate.Gaps{Log: o.Log},
	}, nil
}

func newSource(o rate.Options) (address string, source *fetch.Source, err error) {
	if address, err = o.Text("ratesApiUrl", defaultURL); err != nil {
		return "", nil, err
	}
	if source, err = fetch.New(address, fetch.Options{Client: o.HTTP}); err != nil {
		return "", nil, fmt.Errorf("%s: %w", o.Field("ratesApiUrl"), err)
	}
	return address, source, nil
}

// Rates fetches the current prices. It waits for the source for as long as ctx allows.
func (b *Backend) Rates(ctx context.Context) (*rate.Table, error) {
	if b.mock != nil {
		return b.mocked(), nil
	}
	document, changed, err := b.source.Get(ctx)
	if err != nil {
		return nil, err
	}
	if !changed && b.last != nil {
		return b.last, nil
	}
	now := time.Now()
	found, err := parse(document, now)
	if err != nil {
		return nil, b.source.Fault(err)
	}
	b.last = b.table(found, now)
	return b.last, nil
}

// table returns the table of a document.
func (b *Backend) table(found list, now time.Time) *rate.Table {
	at := publishedAt(found.day)
	if at.After(now) {
		at = now // the bank may be early, and is an hour early in summer
	}
	prices := make(map[string]rate.Price, len(found.prices))
	for currency, value := range found.prices {
		prices[currency] = rate.Price{Value: value, Source: sourceName, At: at, MaxAge: b.maxAge}
	}
	if b.own {
		for _, currency := range listed {
			if _, there := prices[currency]; !there && found.missing[currency] == "" {
				found.missing[currency] = "the bank gives no price of it"
			}
		}
	}
	b.gaps.Note(sourceName, prices, found.missing)
	table := rate.NewPriceTable("ecb", prices, found.missing, b.spread)
	table.Base = base
	return table
}

// mocked returns the table of mockData: the operator's word, which never goes stale.
func (b *Backend) mocked() *rate.Table {
	now := time.Now()
	prices := make(map[string]rate.Price, len(b.mock))
	for currency, value := range b.mock {
		if value.Sign() > 0 {
			prices[currency] = rate.Price{Value: value, Source: "mockData", At: now, Certain: true}
		}
	}
	return rate.NewPriceTable("ecb mockData", prices, nil, b.spread)
}

// cet is Central European Time, by which the bank dates its prices.
var cet = time.FixedZone("CET", 60*60)

// publishedAt returns when the prices of a day held: at 16:00 CET.
func publishedAt(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 16, 0, 0, 0, cet)
}

var (
	_ rate.Backend = (*Backend)(nil)
	_ rate.Lister  = (*Backend)(nil)
)
