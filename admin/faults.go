package admin

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/ilp-go/connector/rate"
)

// faults are what is wrong with a request: everything, and not only the first thing.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// err returns all faults as one error with a status, nil if there are none.
func (f faults) err(status int) error {
	if len(f) == 0 {
		return nil
	}
	return errorf(status, "%s", strings.Join(f, "; "))
}

// body is the object in the body of a request, and what is wrong with it.
type body struct {
	fields map[string]json.RawMessage
	faults faults
}

// bodyOf returns the body of a request, which may have the named fields and no others.
func bodyOf(r *request, names ...string) *body {
	b := &body{fields: r.object()}
	if b.fields == nil {
		b.faults.add("the body is no JSON object in which each name stands once")
	}
	for _, name := range slices.Sorted(maps.Keys(b.fields)) {
		if !slices.Contains(names, name) {
			b.faults.add("%.40q is no field of the body: it may have %s", name, strings.Join(names, ", "))
		}
	}
	return b
}

// currencyBytesMax bounds the code of a currency.
const currencyBytesMax = 100

// checkCurrency adds a fault if a field has no code of a currency.
func checkCurrency(name, code string, f *faults) {
	switch {
	case code == "":
		f.add("%s is missing: write the code of a currency, such as EUR", name)
	case len(code) > currencyBytesMax:
		f.add("%s has %d bytes, more than %d: write the code of a currency, such as EUR", name, len(code), currencyBytesMax)
	}
}

// currency returns the code of a currency in a field.
func (b *body) currency(name string) string {
	code, ok := stringOf(b.fields[name])
	if field := b.fields[name]; !ok && field != nil && string(field) != "null" {
		b.faults.add("%s is no string: write the code of a currency, such as \"EUR\"", name)
		return ""
	}
	checkCurrency(name, code, &b.faults)
	return code
}

// pair returns the pair in the fields from and to.
func (b *body) pair() rate.Pair {
	p := rate.Pair{From: b.currency("from"), To: b.currency("to")}
	if p.From == p.To && p.From != "" {
		b.faults.add("from and to are both %.20q: name two currencies", p.From)
	}
	return p
}

// reason returns the operator's reason.
func (b *body) reason() string {
	reason, err := reasonOf(b.fields)
	if err != nil {
		b.faults.add("%s", strings.TrimPrefix(err.Error(), "Error: "))
	}
	return reason
}

// price reads an exact price: a JSON number, or a text with a decimal number or a fraction.
func (b *body) price(name string, field json.RawMessage) *big.Rat {
	if field == nil {
		b.faults.add(`%s is missing: write a number above 0, such as "1.08" or "27/25"`, name)
		return nil
	}
	text, is := stringOf(field)
	if !is {
		text = string(field)
	}
	price, err := readPrice(text)
	if err != nil {
		b.faults.add(`%s: %v; write a number above 0, such as "1.08" or "27/25"`, name, err)
		return nil
	}
	return price
}

// readPrice reads a decimal number, or a fraction of two.
func readPrice(text string) (*big.Rat, error) {
	above, below, fraction := strings.Cut(text, "/")
	price, err := rate.ParseDecimal(above)
	if err == nil && fraction {
		var divisor *big.Rat
		if divisor, err = rate.ParseDecimal(below); err == nil {
			if divisor.Sign() <= 0 {
				return nil, fmt.Errorf("%.40q divides by a number that is not above 0", text)
			}
			price.Quo(price, divisor)
		}
	}
	if err != nil {
		return nil, err
	}
	return price, rate.CheckPrice(price)
}
