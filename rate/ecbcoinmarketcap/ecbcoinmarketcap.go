// Package ecbcoinmarketcap implements the rate backend ecb-plus-coinmarketcap: the prices of the
// European Central Bank, and from CoinMarketCap those of all other currencies in use.
//
// Configuration: that of ecb, and apiKey, the key of CoinMarketCap or where it is. ids says which
// coin is meant by a symbol that several have. currencies replaces those of the accounts.
// coinmarketcapUrl is another address of the same answers, and coinmarketcapMaxAge bounds how
// long they are used.
package ecbcoinmarketcap

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/combined"
	"github.com/ilp-go/connector/rate/ecb"
	"github.com/ilp-go/connector/rate/fetch"
)

// Interval is how often to poll this backend. With it, the smallest plan of CoinMarketCap lasts a
// month.
const Interval = 5 * time.Minute

const (
	defaultURL = "https://pro-api.coinmarketcap.com/v2/cryptocurrency/quotes/latest"

	// maxAge is the usual coinmarketcapMaxAge.
	maxAge = time.Hour

	base = "EUR"
)

var ownKeys = []string{"apiKey", "ids", "currencies", "coinmarketcapUrl", "coinmarketcapMaxAge"}

// New returns the backend. It fetches nothing yet. Errors name the field at fault.
func New(o rate.Options) (rate.Backend, error) {
	coins, err1 := newQuotes(o)
	timeout, err2 := o.Timeout(combined.Timeout)
	own := o
	own.Config = maps.Clone(o.Config)
	for _, key := range ownKeys {
		delete(own.Config, key)
	}
	bank, err3 := ecb.New(own)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if coins == nil {
		return bank, nil
	}
	lists := bank.(rate.Lister).Lists
	if address, _ := o.Config["ratesApiUrl"].(string); address != "" && o.Config["mockData"] == nil {
		lists = ecb.Lists // what another address has, nobody knows before it answers
	}
	coins.ofBank = lists
	c := combined.Config{Name: "ecb-plus-coinmarketcap", Mode: combined.Ordered, Sources: []combined.Source{
		{Name: "ecb", Backend: bank, Interval: ecb.Interval, Timeout: timeout},
		{Name: "coinmarketcap", Backend: coins, Timeout: timeout},
	}}
	if lists(base) {
		c.Base = base
	}
	return combined.Join(o, c)
}

// newQuotes reads what is not of ecb. It returns nil without a key, if mockData has the prices.
func newQuotes(o rate.Options) (*quotes, error) {
	key, err1 := readKey(o)
	q := &quotes{
		name: "coinmarketcap", client: o.HTTP, currencies: o.Currencies,
		header: http.Header{"X-Cmc_pro_api_key": {key}, "Accept": {"application/json"}},
	}
	var err2, err3, err4 error
	q.address, err2 = readAddress(o)
	q.maxAge, err3 = o.AgeAt("coinmarketcapMaxAge", maxAge)
	q.ids, err4 = parseIDs(o)
	fixed, err5 := parseCurrencies(o)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	switch {
	case fixed != nil:
		q.currencies = func() []string { return fixed }
	case q.currencies == nil:
		q.currencies = func() []string { return nil }
	}
	if key == "" {
		return nil, nil
	}
	return q, nil
}

func readKey(o rate.Options) (key string, err error) {
	key, err = o.Secret("apiKey")
	switch {
	case err != nil:
		return "", err
	case key == "" && o.Config["mockData"] == nil:
		return "", fmt.Errorf("%s: is missing; get one at https://pro.coinmarketcap.com", o.Field("apiKey"))
	case strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return "", fmt.Errorf("%s: has a character that no key has; write the key alone", o.Field("apiKey"))
	}
	return key, nil
}

func readAddress(o rate.Options) (address string, err error) {
	if address, err = o.Text("coinmarketcapUrl", defaultURL); err != nil {
		return "", err
	}
	if _, err := fetch.New(address, fetch.Options{}); err != nil || strings.Contains(address, "?") {
		return "", fmt.Errorf("%s: %w, or has a query; write it without one", o.Field("coinmarketcapUrl"), fetch.ErrURL)
	}
	return address, nil
}

// parseIDs reads backendConfig.ids, such as {BTC: 1}.
func parseIDs(o rate.Options) (map[string]string, error) {
	if o.Config["ids"] == nil {
		return nil, nil
	}
	object, ok := o.Config["ids"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: is not an object of ids, such as {BTC: 1}", o.Field("ids"))
	}
	ids := make(map[string]string, len(object))
	var faults []error
	for _, symbol := range slices.Sorted(maps.Keys(object)) {
		id, err := rate.DecimalOf(object[symbol])
		if err != nil || !id.IsInt() || id.Sign() <= 0 {
			faults = append(faults, fmt.Errorf("%s.%s: %v is no id of a coin, such as 1", o.Field("ids"), symbol, object[symbol]))
			continue
		}
		ids[symbol] = id.Num().String()
	}
	return ids, errors.Join(faults...)
}

// parseCurrencies reads backendConfig.currencies, nil if there are none.
func parseCurrencies(o rate.Options) (currencies []string, err error) {
	if o.Config["currencies"] == nil {
		return nil, nil
	}
	list, ok := o.Config["currencies"].([]any)
	currencies = make([]string, 0, len(list))
	for _, entry := range list {
		currency, is := entry.(string)
		ok = ok && is && currency != ""
		currencies = append(currencies, currency)
	}
	if !ok {
		return nil, fmt.Errorf("%s: is not a list of currencies, such as [BTC, XRP]", o.Field("currencies"))
	}
	return currencies, nil
}
