package balance

import (
	"encoding"
	"fmt"
	"math/bits"
	"strconv"
)

// chunk is the largest power of ten in a uint64. Every magnitude of an Amount is
// at most 2^127, so dividing by it once leaves a quotient that fits a uint64.
const (
	chunk       = 10_000_000_000_000_000_000
	chunkDigits = 19
)

// Parse reads an integer in the one decimal form that the configuration and the
// admin API allow, 0 or -?[1-9][0-9]*: no plus sign, no leading zeros, no -0, no
// exponent. The error wraps strconv.ErrSyntax or strconv.ErrRange.
func Parse(text string) (Amount, error) {
	hi, lo, err := parseMagnitude(digitsOf(text))
	if err != nil {
		return Amount{}, fmt.Errorf("parse amount %q: %w", text, err)
	}
	negative := text[0] == '-'
	a := Amount{hi: int64(hi), lo: lo}
	if negative {
		a, _ = a.Neg() // -2^127 is its own negative, as a bit pattern and as wanted
	}
	// A magnitude beyond the range turns up with the wrong sign.
	if (a.hi < 0) != negative {
		return Amount{}, fmt.Errorf("parse amount %q: %w", text, strconv.ErrRange)
	}
	return a, nil
}

// digitsOf returns text without its sign, or nothing if it is not in that form.
func digitsOf(text string) string {
	digits := text
	if len(text) > 0 && text[0] == '-' {
		digits = text[1:]
	}
	if len(digits) > 0 && digits[0] == '0' && text != "0" {
		return ""
	}
	return digits
}

// parseMagnitude reads decimal digits into an unsigned 128-bit integer.
func parseMagnitude(digits string) (hi, lo uint64, err error) {
	if digits == "" {
		return 0, 0, strconv.ErrSyntax
	}
	for i := range len(digits) {
		digit := digits[i] - '0'
		if digit > 9 {
			return 0, 0, strconv.ErrSyntax
		}
		if hi > (1<<63)/10 { // one more digit would pass 2^127; read on for syntax alone
			err = strconv.ErrRange
			continue
		}
		carryHi, carryLo := bits.Mul64(lo, 10)
		sum, carry := bits.Add64(carryLo, uint64(digit), 0)
		hi, lo = hi*10+carryHi+carry, sum
	}
	return hi, lo, err
}

// String returns a in decimal.
func (a Amount) String() string {
	b, _ := a.AppendText(make([]byte, 0, len("-170141183460469231731687303715884105728")))
	return string(b)
}

// AppendText appends a in decimal to b and returns the extended buffer. The
// error is always nil; it is there for encoding.TextAppender.
func (a Amount) AppendText(b []byte) ([]byte, error) {
	if a.hi < 0 {
		b = append(b, '-')
		a, _ = a.Neg() // the bits of -2^127 stay, and are its magnitude when unsigned
	}
	if a.hi == 0 {
		return strconv.AppendUint(b, a.lo, 10), nil
	}
	quotient, rest := bits.Div64(uint64(a.hi), a.lo, chunk)
	b = strconv.AppendUint(b, quotient, 10) // never 0: 2^64 is more than a chunk
	return appendPadded(b, rest), nil
}

// appendPadded appends v < chunk with all its leading zeros.
func appendPadded(b []byte, v uint64) []byte {
	var digits [chunkDigits]byte
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = '0' + byte(v%10)
		v /= 10
	}
	return append(b, digits[:]...)
}

// MarshalText returns a in decimal, so that JSON has it as a text: numbers of JSON are often read as floats.
func (a Amount) MarshalText() ([]byte, error) { return a.AppendText(nil) }

// UnmarshalText reads what Parse reads.
func (a *Amount) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*a = parsed
	}
	return err
}

var (
	_ encoding.TextAppender    = Amount{}
	_ encoding.TextMarshaler   = Amount{}
	_ encoding.TextUnmarshaler = (*Amount)(nil)
	_ fmt.Stringer             = Amount{}
)
