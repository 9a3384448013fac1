package xrpl

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/clip"
)

// Drops counts drops of XRP: 1 XRP is 1,000,000 of them. Its JSON is decimal text.
type Drops uint64

// MaxDrops bounds every amount: 100 billion XRP, all there has ever been.
const MaxDrops Drops = 100_000_000_000 * dropsPerXRP

const dropsPerXRP = 1_000_000

var errTooMuch = errors.New("it is above 100000000000000000 drops, which is more than all XRP")

// ParseDrops reads decimal digits without sign, fraction, exponent or leading zeros.
func ParseDrops(text string) (Drops, error) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("amount %q is not a whole number of drops in decimal digits", clip.UTF8(text, 40))
		}
	}
	if text == "" || len(text) > 1 && text[0] == '0' {
		return 0, fmt.Errorf("amount %q is not a number of drops: it is empty or begins with 0", clip.UTF8(text, 40))
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || Drops(n) > MaxDrops {
		return 0, fmt.Errorf("amount %q: %w", clip.UTF8(text, 40), errTooMuch)
	}
	return Drops(n), nil
}

// String returns the number of drops in decimal digits.
func (d Drops) String() string { return strconv.FormatUint(uint64(d), 10) }

// MarshalText returns the number in decimal digits. It refuses more than MaxDrops.
func (d Drops) MarshalText() ([]byte, error) {
	if d > MaxDrops {
		return nil, fmt.Errorf("amount %d: %w", uint64(d), errTooMuch)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads decimal digits.
func (d *Drops) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDrops(string(text))
	return err
}

// dropsOfXRP reads an amount in XRP that servers write as a JSON number, such as 1e-05 or
// 0.2. It is exact: parts of a drop are refused.
func dropsOfXRP(number string) (Drops, error) {
	fault := fmt.Errorf("amount %q is not an amount of XRP", clip.UTF8(number, 40))
	if len(number) > 40 {
		return 0, fault
	}
	// big.Rat computes 10 to the power of the exponent, so the exponent is bounded.
	if _, exponent, found := strings.Cut(strings.ToLower(number), "e"); found {
		if e, err := strconv.Atoi(exponent); err != nil || e < -20 || e > 20 {
			return 0, fault
		}
	}
	xrp, ok := new(big.Rat).SetString(number)
	if !ok || strings.ContainsAny(number, "/xXpP_") {
		return 0, fault
	}
	drops := xrp.Mul(xrp, big.NewRat(dropsPerXRP, 1))
	if !drops.IsInt() || !drops.Num().IsUint64() || Drops(drops.Num().Uint64()) > MaxDrops {
		return 0, fault
	}
	return Drops(drops.Num().Uint64()), nil
}
