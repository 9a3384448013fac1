// Package ecb implements the rate backend that trades at the reference rates of the
// European Central Bank. The bank publishes them on working days at about 16:00 CET, as
// prices per euro.
//
// Configuration: ratesApiUrl is another address of the same XML. mockData, an object of a
// base currency and rates per unit of it, replaces the fetched prices.
package ecb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
)

const (
	defaultURL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

	// base is the currency of the bank's prices: they are per euro.
	base = "EUR"

	// bodyBytesMax bounds an answer; the bank's is 2 KiB.
	bodyBytesMax = 1 << 20
)

// Backend fetches prices, or returns the prices of mockData.
type Backend struct {
	spread rate.Spread
	mock   rate.Prices // nil to fetch
	url    string
	http   *http.Client
	log    *slog.Logger
	warned string // the last warning about currencies, empty if all had a price
}

// New returns the backend. It fetches nothing yet. Errors name the field at fault.
func New(o rate.Options) (rate.Backend, error) {
	spread, err := o.EffectiveSpread()
	if err != nil {
		return nil, err
	}
	mock, err := parseMock(o.Config["mockData"])
	if err != nil {
		return nil, err
	}
	address, err := parseURL(o.Config["ratesApiUrl"])
	if err != nil {
		return nil, fmt.Errorf("backendConfig.ratesApiUrl: %w", err)
	}
	o.WarnUnknown("mockData", "ratesApiUrl")
	if mock != nil {
		o.Logger().Info("exchange rates come from mockData and are not fetched", "currencies", len(mock))
	}
	client := o.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	return &Backend{spread: spread, mock: mock, url: address, http: client, log: o.Logger()}, nil
}

// Rates fetches the current prices. It waits for the source for as long as ctx allows.
func (b *Backend) Rates(ctx context.Context) (*rate.Table, error) {
	prices := b.mock
	if prices == nil {
		var err error
		if prices, err = b.fetch(ctx); err != nil {
			return nil, fmt.Errorf("ecb rates: %w", err)
		}
	}
	return rate.NewTable(time.Now(), prices.Quote, b.spread), nil
}

func (b *Backend) fetch(ctx context.Context) (rate.Prices, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := b.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", shown(request.URL), reason(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: status %s", shown(request.URL), response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", shown(request.URL), reason(err))
	}
	prices, left, err := parse(body)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", shown(request.URL), err)
	}
	b.warn(left)
	return prices, nil
}

// warnedMax bounds the currencies that a warning names.
const warnedMax = 10

// warn logs which currencies have no usable price, once per change.
func (b *Backend) warn(left faults) {
	var said []string
	for _, currency := range slices.Sorted(maps.Keys(left)) {
		if len(said) < warnedMax {
			said = append(said, fmt.Sprintf("%.20q: %s", currency, left[currency]))
		}
	}
	text := strings.Join(said, "; ")
	if text == b.warned {
		return
	}
	b.warned = text
	if text == "" {
		b.log.Info("all currencies of the exchange rates have a price again")
		return
	}
	b.log.Warn("exchange rates of some currencies cannot be used; packets to and from them are refused",
		"count", len(left), "reasons", text)
}

// parseURL returns the default for an absent or blank address.
func parseURL(value any) (string, error) {
	if value == nil || value == "" {
		return defaultURL, nil
	}
	text, ok := value.(string)
	if !ok {
		return "", errURL
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errURL // without the address, which may hold credentials
	}
	return text, nil
}

// errURL is returned for an address that is not valid.
var errURL = errors.New("is not an http or https URL")

// shown returns the part of an address without secrets: user, password and query may be
// secret.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

// reason returns why a request failed, without the address, which the error of the client
// repeats whole.
func reason(err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		return whole.Err
	}
	return err
}

var (
	_ rate.Backend = (*Backend)(nil)
	_ rate.Lister  = (*Backend)(nil)
)
