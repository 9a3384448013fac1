package rate

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of prices that come from elsewhere. No two currencies are that far apart.
var priceLeast, priceMost = powerOfTen(-15), powerOfTen(15)

// ErrNoPrice says that there is no price where one should be.
var ErrNoPrice = errors.New("there is no price")

// ParsePrice reads a price as a source or an operator writes it, as [DecimalOf] does, and checks
// it as [CheckPrice] does. The text of the error is short, whatever the value.
func ParsePrice(value any) (*big.Rat, error) {
	switch v := value.(type) {
	case nil:
		return nil, ErrNoPrice
	case map[string]any, []any, bool:
		return nil, errors.New("the price is not a number")
	case string:
		if strings.TrimSpace(v) == "" {
			return nil, ErrNoPrice
		}
	}
	price, err := DecimalOf(value)
	if err != nil {
		return nil, err
	}
	return price, CheckPrice(price)
}

// CheckPrice returns an error for a price that is not above 0, or not between 1e-15 and 1e15.
func CheckPrice(price *big.Rat) error {
	switch {
	case price == nil:
		return ErrNoPrice
	case price.Sign() < 0:
		return errors.New("the price is negative")
	case price.Sign() == 0:
		return errors.New("the price is zero")
	case price.Cmp(priceLeast) < 0:
		return errors.New("the price is absurd: under 1e-15")
	case price.Cmp(priceMost) > 0:
		return errors.New("the price is absurd: over 1e15")
	}
	return nil
}

// Bounds of what a source may say: the length of the code of a currency, and the number of
// currencies.
const (
	CurrencyBytesMax = 100
	CurrenciesMax    = 10_000
)

// Errors of what a source says about currencies.
var (
	ErrCurrency   = errors.New("it is no code of a currency")
	ErrCurrencies = fmt.Errorf("the answer has more than %d currencies", CurrenciesMax)
)

// CheckCurrency returns ErrCurrency for a text of a source that can be no code of a currency, since it is
// empty, too long or not printable.
func CheckCurrency(text string) error {
	if text == "" || len(text) > CurrencyBytesMax || !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
		return ErrCurrency
	}
	return nil
}

func unprintable(c rune) bool { return !unicode.IsPrint(c) }

// skewMax is how far the clocks of a source and of this machine may be apart.
const skewMax = 5 * time.Minute

// CheckTime returns an error for the time of a price that is still to come. An old one is simply
// old.
func CheckTime(at, now time.Time) error {
	if at.After(now.Add(skewMax)) {
		return fmt.Errorf("its time %s is yet to come; check the clock of this machine, and then the source", at.UTC().Format(time.RFC3339))
	}
	return nil
}

// Prices returns the prices of single currencies, nil if the table has none. The caller must not
// change them.
func (t *Table) Prices() map[string]Price { return t.prices }

// Missing returns the currencies that should have a price, and why they have none. The caller
// must not change it.
func (t *Table) Missing() map[string]string { return t.missing }

// Setter is a [Backend] whose prices a program can set while it runs. The poller has to be told
// to [Poller.Refresh] then.
type Setter interface {
	Backend
	// PriceBase returns the currency that the prices are in. It never changes.
	PriceBase() string
	// SetPrices changes the prices of some currencies, in units of them for one of the base, and
	// takes away those that are nil. at is when they held: they may be of an earlier run. It makes
	// all changes or none. The error says which one is wrong. It is safe for concurrent use, and
	// does not wait.
	SetPrices(prices map[string]*big.Rat, at time.Time) error
}

// Gaps tells which currencies of a source have no price, once per change. The zero value logs
// nothing. It is for one goroutine at a time.
type Gaps struct {
	// Log receives a warning, nil for none.
	Log  *slog.Logger
	said string
	seen map[string]bool // have had a price
}

// Note adds to missing the currencies that have had a price and have none any more, and logs it
// if it has changed.
func (g *Gaps) Note(source string, prices map[string]Price, missing map[string]string) {
	if g.seen == nil {
		g.seen = make(map[string]bool)
	}
	for currency := range g.seen {
		if _, there := prices[currency]; !there && missing[currency] == "" {
			missing[currency] = "the source has no price of it any more"
		}
	}
	for currency := range prices {
		if len(g.seen) < CurrenciesMax {
			g.seen[currency] = true
		}
	}
	g.log(source, missing)
}

// saidMax bounds the currencies that a warning names.
const saidMax = 10

func (g *Gaps) log(source string, missing map[string]string) {
	var said []string
	for _, currency := range slices.Sorted(maps.Keys(missing)) {
		if len(said) < saidMax {
			said = append(said, fmt.Sprintf("%.20q: %s", currency, missing[currency]))
		}
	}
	text := strings.Join(said, "; ")
	if text == g.said {
		return
	}
	if g.said = text; text == "" {
		orDiscard(g.Log).Info("all currencies of the exchange rates have a price again", "source", source)
		return
	}
	orDiscard(g.Log).Warn("exchange rates of some currencies cannot be used; packets to and from them are refused",
		"source", source, "count", len(missing), "reasons", text)
}
