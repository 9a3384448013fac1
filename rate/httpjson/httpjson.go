// Package httpjson implements the rate backend http, which gets its prices from any address that
// answers with JSON:
//
//	{"base": "USD", "at": "2026-12-01T12:00:00Z", "prices": {"EUR": "0.92", "JPY": 150.25}}
//
// at is when the prices held, and prices has how many units of each currency one unit of base is
// worth. Options lead to these parts in other shapes.
package httpjson

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

// Interval is how often to poll this backend.
const Interval = time.Minute

// maxAge is the usual maxAge.
const maxAge = time.Hour

// Backend gets prices from an address.
type Backend struct {
	spread rate.Spread
	source *fetch.Source
	shape  shape
	base   string // of the prices, empty before the first document says it
	maxAge time.Duration
	gaps   rate.Gaps
}

// New returns the backend. It fetches nothing yet. Errors name the field at fault.
func New(o rate.Options) (rate.Backend, error) {
	spread, err1 := o.EffectiveSpread()
	source, err2 := newSource(o)
	s, err3 := parseShape(o)
	base, err4 := o.Text("base", "")
	age, err5 := o.MaxAge(maxAge)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	o.WarnUnknown("url", "headers", "base", "pointers", "inverse")
	return &Backend{spread: spread, source: source, shape: s, base: base, maxAge: age, gaps: rate.Gaps{Log: o.Log}}, nil
}

func newSource(o rate.Options) (*fetch.Source, error) {
	address, err1 := o.Secret("url")
	header, err2 := parseHeaders(o)
	if err1 == nil && address == "" {
		err1 = fmt.Errorf("%s: is missing; write the address of the prices", o.Field("url"))
	}
	if err1 != nil {
		return nil, errors.Join(err1, err2)
	}
	_, plain := o.Config["url"].(string)
	source, err := fetch.New(address, fetch.Options{Header: header, Client: o.HTTP, Hidden: !plain})
	if err != nil {
		err = fmt.Errorf("%s: %w", o.Field("url"), err)
	}
	return source, errors.Join(err, err2)
}

var headerName = regexp.MustCompile("^[A-Za-z0-9_-]+$")

// parseHeaders reads backendConfig.headers. Each value is a text or a reference to a secret.
func parseHeaders(o rate.Options) (http.Header, error) {
	if o.Config["headers"] == nil {
		return nil, nil
	}
	object, ok := o.Config["headers"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: is not an object of headers, such as {X-Api-Key: {env: PRICES_KEY}}", o.Field("headers"))
	}
	header := http.Header{}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !headerName.MatchString(name) {
			faults = append(faults, fmt.Errorf("%s: %q is no name of a header", o.Field("headers"), name))
			continue
		}
		value, err := o.SecretOf("headers."+name, object[name])
		if err == nil && strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			err = fmt.Errorf("%s: has a control character; write one line", o.Field("headers."+name))
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		header.Set(name, value)
	}
	return header, errors.Join(faults...)
}

// Rates fetches the current prices. It waits for the source for as long as ctx allows.
func (b *Backend) Rates(ctx context.Context) (*rate.Table, error) {
	document, err := b.source.JSON(ctx)
	if err != nil {
		return nil, err
	}
	found, err := b.shape.read(document, b.base, time.Now())
	if err != nil {
		return nil, b.source.Fault(err)
	}
	// From now on prices of another base would look like a jump of all.
	b.base = found.base
	prices := make(map[string]rate.Price, len(found.prices))
	for currency, value := range found.prices {
		prices[currency] = rate.Price{Value: value, Source: b.source.Name(), At: found.at, MaxAge: b.maxAge}
	}
	b.gaps.Note(b.source.Name(), prices, found.missing)
	table := rate.NewPriceTable("http "+b.source.Name(), prices, found.missing, b.spread)
	table.Base = found.base
	return table, nil
}

// Errors of documents that have not what they should.
var (
	errNoPrices = errors.New("the answer holds no price that can be used")
	errList     = errors.New("the prices are a list; set pointers.currency and pointers.price to say where its entries have them")
)

var _ rate.Backend = (*Backend)(nil)
