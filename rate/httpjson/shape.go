package httpjson

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

// shape says where a document has its parts.
type shape struct {
	base, at, prices fetch.Pointer
	currency, price  *fetch.Pointer // inside an entry, nil for its key, and for the entry itself
	asked            bool           // the time at which we ask counts, and no at
	inverse          bool           // prices are in units of base per currency
}

// now is what pointers.at may be instead of a pointer.
const now = "now"

// parseShape reads backendConfig.pointers and inverse.
func parseShape(o rate.Options) (s shape, err error) {
	var faults []error
	switch inverse := o.Config["inverse"].(type) {
	case nil:
	case bool:
		s.inverse = inverse
	default:
		faults = append(faults, fmt.Errorf("%s: %v is neither true nor false", o.Field("inverse"), inverse))
	}
	s.base, s.at, s.prices = "/base", "/at", "/prices"
	object, ok := o.Config["pointers"].(map[string]any)
	if !ok && o.Config["pointers"] != nil {
		faults = append(faults, fmt.Errorf("%s: is not an object of pointers, such as {prices: /rates}", o.Field("pointers")))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := s.point(name, object[name]); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", o.Field("pointers."+name), err))
		}
	}
	return s, errors.Join(faults...)
}

// point sets a pointer of a name.
func (s *shape) point(name string, value any) error {
	text, ok := value.(string)
	if !ok {
		return fetch.ErrPointer
	}
	if name == "at" && text == now {
		s.asked = true
		return nil
	}
	p, err := fetch.ParsePointer(text)
	if err != nil {
		return err
	}
	switch name {
	case "base":
		s.base = p
	case "at":
		s.at = p
	case "prices":
		s.prices = p
	case "currency":
		s.currency = &p
	case "price":
		s.price = &p
	default:
		return errors.New("is not known; there are base, at, prices, currency and price")
	}
	return nil
}

// found is what a document says.
type found struct {
	base    string
	at      time.Time
	prices  map[string]*big.Rat
	missing map[string]string // currencies without a usable price, and why
}

// read reads a document. base is the currency that the prices must be in, empty for any.
func (s *shape) read(document any, base string, now time.Time) (f found, err error) {
	f = found{at: now, prices: map[string]*big.Rat{}, missing: map[string]string{}}
	if f.base, err = s.readBase(document, base); err != nil {
		return found{}, err
	}
	if !s.asked {
		if f.at, err = s.readTime(document, now); err != nil {
			return found{}, err
		}
	}
	entries, err := s.prices.Find(document)
	if err != nil {
		return found{}, err
	}
	if err := s.readEntries(&f, entries); err != nil {
		return found{}, err
	}
	if len(f.prices)+len(f.missing) > rate.CurrenciesMax {
		return found{}, rate.ErrCurrencies
	}
	for currency := range f.missing {
		delete(f.prices, currency)
	}
	one := big.NewRat(1, 1)
	if own, there := f.prices[f.base]; there && own.Cmp(one) != 0 || f.missing[f.base] != "" {
		return found{}, fmt.Errorf("the prices are not in %.20q: it does not have the price 1", f.base)
	}
	delete(f.prices, f.base)
	if len(f.prices) == 0 {
		return found{}, f.useless()
	}
	f.prices[f.base] = one
	return f, nil
}

// useless returns why there is no price that can be used.
func (f *found) useless() error {
	for _, currency := range slices.Sorted(maps.Keys(f.missing)) {
		return fmt.Errorf("%w; %.20q: %s", errNoPrices, currency, f.missing[currency])
	}
	return errNoPrices
}

func (s *shape) readBase(document any, want string) (string, error) {
	value, err := s.base.Find(document)
	if err != nil {
		if want == "" {
			return "", fmt.Errorf("%w, where the currency of the prices should be; set base to that currency, or pointers.base to where it is", err)
		}
		return want, nil
	}
	base, ok := value.(string)
	switch {
	case !ok || rate.CheckCurrency(base) != nil:
		return "", fmt.Errorf("at %s there is no currency", s.base)
	case want != "" && base != want:
		return "", fmt.Errorf("the prices are in %.20q, and no more in %.20q; check the source, and set base to what it should be", base, want)
	}
	return base, nil
}

func (s *shape) readTime(document any, now time.Time) (time.Time, error) {
	value, err := s.at.Find(document)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w, where the time of the prices should be; set pointers.at to where it is, or to now if the source has none", err)
	}
	at, err := fetch.ParseTime(value)
	if err != nil {
		return time.Time{}, err
	}
	return at, rate.CheckTime(at, now)
}

// readEntries reads an object of prices, or of objects, or a list of objects.
func (s *shape) readEntries(f *found, entries any) error {
	switch entries := entries.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			s.readEntry(f, key, entries[key])
		}
		return nil
	case []any:
		if s.currency == nil || s.price == nil {
			return errList
		}
		for _, entry := range entries {
			s.readEntry(f, "", entry)
		}
		return nil
	}
	return fmt.Errorf("at %s there is neither an object nor a list of prices", s.prices)
}

// saidBytesMax is how much we keep of a text that is no code of a currency.
const saidBytesMax = 20

// readEntry reads the price of one currency. An entry without a currency is none.
func (s *shape) readEntry(f *found, currency string, entry any) {
	if s.currency != nil {
		value, err := s.currency.Find(entry)
		if currency, _ = value.(string); err != nil {
			return
		}
	}
	if currency == "" {
		return
	}
	if err := rate.CheckCurrency(currency); err != nil {
		f.missing[clip.UTF8(currency, saidBytesMax)] = err.Error()
		return
	}
	price, err := s.readPrice(entry)
	if before, twice := f.prices[currency]; err == nil && twice && before.Cmp(price) != 0 {
		err = errors.New("it has two prices")
	}
	if err != nil {
		f.missing[currency] = err.Error()
		return
	}
	f.prices[currency] = price
}

func (s *shape) readPrice(entry any) (price *big.Rat, err error) {
	if s.price != nil {
		if entry, err = s.price.Find(entry); err != nil {
			return nil, err
		}
	}
	if price, err = rate.ParsePrice(entry); err != nil {
		return nil, err
	}
	if s.inverse {
		price.Inv(price)
	}
	return price, nil
}
