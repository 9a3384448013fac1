package ecb

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/rate"
)

// list is what a document of the bank says.
type list struct {
	day     time.Time // of the prices, as a date in CET
	prices  rate.Prices
	missing map[string]string // each currency without a usable price, and why
}

// Errors of documents that are not a list of the bank.
var (
	errNoRates = errors.New("the answer holds no exchange rates; check the address")
	errNoDate  = errors.New("the answer has no date, such as time='2026-12-01', so that nobody knows how old its prices are; check the address")
	errDates   = errors.New("the answer has the prices of several days; use the address of the daily ones")
)

// parse reads the bank's XML. The prices are the elements
//
//	<Cube time="2026-12-01">
//		<Cube currency="USD" rate="1.0876"/>
//
// wherever they are. parse leaves out a currency with a rate that cannot be used, or with two. It
// refuses a document that is cut off, or that has no price that can be used, or not one date, or
// one that is yet to come, or prices that are not per euro.
func parse(document []byte, now time.Time) (list, error) {
	found := list{prices: rate.Prices{}, missing: map[string]string{}}
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return list{}, fmt.Errorf("the answer is not the XML of the bank: %w", err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Cube" {
			if err := found.add(start.Attr); err != nil {
				return list{}, err
			}
		}
	}
	for currency := range found.missing {
		delete(found.prices, currency)
	}
	switch {
	case len(found.prices) == 0:
		return list{}, found.useless()
	case found.day.IsZero():
		return list{}, errNoDate
	case found.day.After(today(now)):
		return list{}, fmt.Errorf("the prices are of %s, and today is %s; check the clock of this machine, and then the source",
			found.day.Format(time.DateOnly), today(now).Format(time.DateOnly))
	}
	found.prices[base] = big.NewRat(1, 1)
	return found, nil
}

// today returns the date in CET.
func today(now time.Time) time.Time {
	year, month, day := now.In(cet).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// useless returns why there is no price that can be used.
func (l *list) useless() error {
	for _, currency := range slices.Sorted(maps.Keys(l.missing)) {
		return fmt.Errorf("%w; %.20q: %s", errNoRates, currency, l.missing[currency])
	}
	return errNoRates
}

// add reads the attributes of an element. An outer Cube groups others, and has none.
func (l *list) add(attributes []xml.Attr) error {
	var currency, text, day string
	for _, attribute := range attributes {
		switch attribute.Name.Local {
		case "currency":
			currency = attribute.Value
		case "rate":
			text = attribute.Value
		case "time":
			day = attribute.Value
		}
	}
	if day != "" {
		if err := l.date(day); err != nil {
			return err
		}
	}
	if currency != "" {
		return l.price(currency, text)
	}
	return nil
}

func (l *list) date(text string) error {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return fmt.Errorf("the date %.20q is not one such as 2026-12-01", text)
	case !l.day.IsZero() && !l.day.Equal(day):
		return errDates
	}
	l.day = day
	return nil
}

// saidBytesMax is how much we keep of a text that is no code of a currency.
const saidBytesMax = 20

func (l *list) price(currency, text string) error {
	if currency == base {
		return checkBase(text)
	}
	if err := rate.CheckCurrency(currency); err != nil {
		l.missing[clip.UTF8(currency, saidBytesMax)] = err.Error()
	} else if fault := l.take(currency, text); fault != nil {
		l.missing[currency] = fault.Error()
	}
	if len(l.prices)+len(l.missing) > rate.CurrenciesMax {
		return rate.ErrCurrencies
	}
	return nil
}

// take takes the price of a currency, or returns why it cannot be used.
func (l *list) take(currency, text string) error {
	price, err := rate.ParsePrice(text)
	if err != nil {
		return err
	}
	if before, twice := l.prices[currency]; twice && before.Cmp(price) != 0 {
		return errors.New("it has two prices")
	}
	l.prices[currency] = price
	return nil
}

// checkBase returns an error if the euro, which need not be there, has another price than 1.
func checkBase(text string) error {
	if price, err := rate.ParsePrice(text); err != nil || price.Cmp(big.NewRat(1, 1)) != 0 {
		return fmt.Errorf("the prices are not per euro: the euro has the price %.20q", text)
	}
	return nil
}
