package ecbcoinmarketcap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

// quotes is the backend that asks CoinMarketCap for the prices of coins in euros.
type quotes struct {
	name       string
	address    string
	header     http.Header // with the key
	client     *http.Client
	ids        map[string]string // of coins, by symbol
	currencies func() []string
	ofBank     func(currency string) bool // has its price from the bank
	maxAge     time.Duration

	source *fetch.Source // of the symbols
	asked  string
}

// symbolsMax bounds the symbols of a request. CoinMarketCap counts one credit for each hundred.
const symbolsMax = 200

var symbol = regexp.MustCompile(`^[A-Za-z0-9$._@-]{1,20}$`)

// Rates fetches the prices of all currencies in use that the bank does not have, in one request.
// If there are none, it asks for nothing.
func (q *quotes) Rates(ctx context.Context) (*rate.Table, error) {
	now := time.Now()
	symbols, missing := q.symbols()
	prices := map[string]rate.Price{base: {Value: big.NewRat(1, 1), Source: q.name, At: now, MaxAge: q.maxAge}}
	if len(symbols) > 0 {
		document, err := q.fetch(ctx, symbols)
		if err != nil {
			return nil, err
		}
		if err := q.read(document, symbols, now, prices, missing); err != nil {
			return nil, q.fault(err)
		}
		prices[base] = agedLike(prices)
	}
	table := rate.NewPriceTable(q.name, prices, missing, rate.Spread{})
	table.Base = base
	return table, nil
}

// agedLike returns the price of the base, as old as the youngest of the others, so that the age of
// the table is the age of what the source has said.
func agedLike(prices map[string]rate.Price) rate.Price {
	own, youngest := prices[base], time.Time{}
	for currency, p := range prices {
		if currency != base && p.At.After(youngest) {
			youngest = p.At
		}
	}
	if !youngest.IsZero() {
		own.At = youngest
	}
	return own
}

// symbols returns the currencies to ask for, in order, and those that cannot be asked for.
func (q *quotes) symbols() (symbols []string, missing map[string]string) {
	missing = map[string]string{}
	for _, currency := range slices.Compact(slices.Sorted(slices.Values(q.currencies()))) {
		switch {
		case currency == base || q.ofBank(currency):
		case !symbol.MatchString(currency):
			missing[currency] = "it is no symbol of a coin"
		case len(symbols) == symbolsMax:
			missing[currency] = fmt.Sprintf("the accounts have more than %d currencies", symbolsMax)
		default:
			symbols = append(symbols, currency)
		}
	}
	return symbols, missing
}

// fetch gets the document about some symbols.
func (q *quotes) fetch(ctx context.Context, symbols []string) (any, error) {
	if asked := strings.Join(symbols, ","); q.source == nil || asked != q.asked {
		// skip_invalid: without it a symbol that is not known costs all others.
		query := url.Values{"symbol": {asked}, "convert": {base}, "skip_invalid": {"true"}}
		source, err := fetch.New(q.address+"?"+query.Encode(), fetch.Options{Header: q.header, Client: q.client})
		if err != nil {
			return nil, err
		}
		q.source, q.asked = source, asked
	}
	document, err := q.source.JSON(ctx)
	if refusal, is := errors.AsType[*fetch.StatusError](err); is {
		if said, parseErr := fetch.ParseJSON(refusal.Body); parseErr == nil {
			if known := codeOf(said); known != 0 {
				return nil, q.fault(refused(known, refusal.After))
			}
		}
		if refusal.Code == http.StatusPaymentRequired {
			return nil, q.fault(refused(1004, refusal.After))
		}
	}
	return document, err
}

func (q *quotes) fault(err error) error { return q.source.Fault(err) }

// codeOf returns status.error_code of a document, 0 if it has none.
func codeOf(document any) int {
	value, err := fetch.Pointer("/status/error_code").Find(document)
	if err != nil {
		return 0
	}
	code, err := strconv.Atoi(fmt.Sprint(value))
	if err != nil {
		return 0
	}
	return code
}

// refusal is an error of CoinMarketCap:
// https://coinmarketcap.com/api/documentation/guides/errors-and-rate-limits
type refusal struct {
	code  int
	text  string
	after time.Duration
}

// Error returns what is wrong, and what to do.
func (r *refusal) Error() string { return fmt.Sprintf("%s (error %d)", r.text, r.code) }

// Outcome returns rate.Refused.
func (*refusal) Outcome() rate.Outcome { return rate.Refused }

// RetryAfter returns how long not to ask.
func (r *refusal) RetryAfter() time.Duration { return r.after }

// refusals are the errors that pass by waiting, or by an operator's hand.
var refusals = map[int]refusal{
	1001: {text: "the key is not valid; check apiKey", after: 10 * time.Minute},
	1002: {text: "the key is missing; check apiKey", after: 10 * time.Minute},
	1003: {text: "the plan of the key must be paid first; pay it, or use another key", after: time.Hour},
	1004: {text: "the plan of the key has expired; pay it, or use another key", after: time.Hour},
	1005: {text: "a key is required; check apiKey", after: 10 * time.Minute},
	1006: {text: "the plan of the key does not allow this; use another plan", after: time.Hour},
	1007: {text: "the key is disabled; use another key", after: time.Hour},
	1008: {text: "the limit of requests in a minute is reached; raise interval", after: time.Minute},
	1009: {text: "the limit of the day is reached; raise interval, or use a larger plan", after: 2 * time.Hour},
	1010: {text: "the limit of the month is reached; raise interval, or use a larger plan", after: 12 * time.Hour},
	1011: {text: "too many requests come from this address; raise interval", after: 15 * time.Minute},
}

// refused returns the error of a code. after is what the answer has asked for.
func refused(code int, after time.Duration) error {
	r, known := refusals[code]
	if !known {
		r.text = "it refuses the request"
	}
	r.code, r.after = code, max(r.after, after)
	return &r
}

// coin is an entry of the answer. CoinMarketCap has many coins with one symbol.
type coin struct {
	id, rank *big.Rat // nil if it has none
	active   bool
	price    any
	updated  any
}

// read adds the prices of a document, and the symbols without one.
func (q *quotes) read(document any, symbols []string, now time.Time, prices map[string]rate.Price, missing map[string]string) error {
	if code := codeOf(document); code != 0 {
		return refused(code, 0)
	}
	value, err := fetch.Pointer("/data").Find(document)
	if err != nil {
		return err
	}
	data, ok := value.(map[string]any)
	if !ok {
		if empty, is := value.([]any); !is || len(empty) > 0 { // an empty object may be written so
			return errors.New("at /data there is no object of coins")
		}
	}
	for _, symbol := range symbols {
		price, err := q.price(data, symbol, now)
		if err != nil {
			missing[symbol] = err.Error()
			continue
		}
		prices[symbol] = price
	}
	return nil
}

// errNoCoin says that no coin has a symbol.
var errNoCoin = errors.New("no coin has this symbol")

func (q *quotes) price(data map[string]any, symbol string, now time.Time) (rate.Price, error) {
	entry, there := data[symbol]
	if !there {
		entry = data[strings.ToUpper(symbol)]
	}
	chosen, err := choose(coinsOf(entry), q.ids[symbol])
	if err != nil {
		return rate.Price{}, err
	}
	euros, err := rate.ParsePrice(chosen.price)
	if err != nil {
		return rate.Price{}, err
	}
	at, err := fetch.ParseTime(chosen.updated)
	if err != nil {
		return rate.Price{}, err
	}
	if err := rate.CheckTime(at, now); err != nil {
		return rate.Price{}, err
	}
	return rate.Price{Value: euros.Inv(euros), Source: q.name, At: at, MaxAge: q.maxAge}, nil
}

// coinsOf returns the coins of an entry, which is a list of them, or one.
func coinsOf(entry any) (coins []coin) {
	list, ok := entry.([]any)
	if !ok {
		list = []any{entry}
	}
	for _, value := range list {
		object, ok := value.(map[string]any)
		if !ok {
			continue
		}
		c := coin{id: whole(object["id"]), rank: whole(object["cmc_rank"]), active: object["is_active"] != json.Number("0")}
		c.price, _ = fetch.Pointer("/quote/EUR/price").Find(value)
		c.updated, _ = fetch.Pointer("/quote/EUR/last_updated").Find(value)
		coins = append(coins, c)
	}
	return coins
}

// whole returns a whole number above 0, nil for anything else.
func whole(value any) *big.Rat {
	x, err := rate.DecimalOf(value)
	if err != nil || !x.IsInt() || x.Sign() <= 0 {
		return nil
	}
	return x
}

// choose returns the coin with an id. Without an id it is the only one, or the one with the best
// rank: anybody may give a coin a known symbol, but nobody a rank.
func choose(coins []coin, id string) (coin, error) {
	coins = slices.DeleteFunc(coins, func(c coin) bool {
		return !c.active || id != "" && (c.id == nil || c.id.RatString() != id)
	})
	switch {
	case len(coins) == 0 && id != "":
		return coin{}, fmt.Errorf("no coin with the id %s has this symbol; correct ids", id)
	case len(coins) == 0:
		return coin{}, errNoCoin
	case len(coins) == 1:
		return coins[0], nil
	}
	ranked := slices.DeleteFunc(slices.Clone(coins), func(c coin) bool { return c.rank == nil })
	slices.SortStableFunc(ranked, func(a, b coin) int { return a.rank.Cmp(b.rank) })
	if len(ranked) == 0 || len(ranked) > 1 && ranked[0].rank.Cmp(ranked[1].rank) == 0 {
		return coin{}, fmt.Errorf("%d coins have this symbol; say in ids which one is meant", len(coins))
	}
	return ranked[0], nil
}

// Lists reports whether there may be a price of a currency.
func (q *quotes) Lists(currency string) bool {
	_, withID := q.ids[currency]
	return withID || symbol.MatchString(currency)
}

var (
	_ rate.Backend = (*quotes)(nil)
	_ rate.Lister  = (*quotes)(nil)
	_ error        = (*refusal)(nil)
)
