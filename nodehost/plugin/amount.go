package plugin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/account/balance"
)

// parseAmount returns an amount as plugins write it: a whole number that is not negative. Numbers
// in JavaScript and BigNumbers show an exponent from 1e21 on, such as 1.5e+21.
func parseAmount(text string) (balance.Amount, error) {
	digits, ok := plain(text)
	if !ok {
		return balance.Amount{}, fmt.Errorf("the amount %.60q is no whole number that is not negative", text)
	}
	amount, err := balance.Parse(digits)
	if err != nil {
		return balance.Amount{}, fmt.Errorf("the amount %.60q is more than a balance can hold", text)
	}
	return amount, nil
}

// digitsMax is how many digits an amount may have at most: a balance holds 39.
const digitsMax = 60

// plain returns the digits of a whole number without an exponent, and without zeros in front.
func plain(text string) (digits string, ok bool) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	shift := 0
	if scientific {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || shift < 0 || shift > digitsMax {
			return "", false
		}
	}
	fraction = strings.TrimRight(fraction, "0")
	if whole == "" || len(whole) > digitsMax || len(fraction) > shift || !isDecimal(whole+fraction) {
		return "", false
	}
	digits = strings.TrimLeft(whole+fraction+strings.Repeat("0", shift-len(fraction)), "0")
	if digits == "" {
		digits = "0"
	}
	return digits, true
}

func isDecimal(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
