package config

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// Limits of a double, in which the reference holds numbers. A number with more than
// digitsMax digits before the point is infinite. A number with more than zerosMax
// zeros after the point is 0. No double needs significantMax digits.
const (
	digitsMax      = 309
	zerosMax       = 324
	significantMax = 1100
)

// number reads text as Number() of JavaScript does: it accepts space around it,
// exponents, 0x, 0o and 0b, and reads a blank as 0. It returns the exact value as
// decimal text without an exponent. It returns false for anything else, for infinity
// and for a number of more than significantMax digits.
func number(text string) (string, bool) {
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	if text == "" {
		return "0", true
	}
	if base := prefixBase(text); base != 0 {
		return radix(text[2:], base)
	}
	sign := ""
	switch text[0] {
	case '-':
		sign, text = "-", text[1:]
	case '+':
		text = text[1:]
	}
	mantissa, exponent, hasExponent := cutAny(text, "eE")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !digitsOnly(whole+fraction) {
		return "", false
	}
	shift := 0
	if hasExponent {
		var ok bool
		if shift, ok = parseExponent(exponent); !ok {
			return "", false
		}
	}
	return placePoint(sign, whole+fraction, len(whole), shift)
}

func prefixBase(text string) int {
	if len(text) < 3 || text[0] != '0' {
		return 0
	}
	switch text[1] {
	case 'x', 'X':
		return 16
	case 'o', 'O':
		return 8
	case 'b', 'B':
		return 2
	}
	return 0
}

func radix(digits string, base int) (string, bool) {
	n, ok := new(big.Int).SetString(digits, base)
	if !ok || strings.ContainsAny(digits, "+-_") {
		return "", false
	}
	text := n.String()
	return text, len(text) <= digitsMax
}

func cutAny(text, separators string) (before, after string, found bool) {
	if i := strings.IndexAny(text, separators); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

func digitsOnly(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}

// parseExponent caps the exponent far outside the range of a double, so that no
// caller computes with a huge one.
func parseExponent(text string) (int, bool) {
	digits := strings.TrimPrefix(text, "-")
	negative := digits != text
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	if digits == "" || !digitsOnly(digits) {
		return 0, false
	}
	const most = 1 << 30
	n, err := strconv.Atoi(digits)
	if err != nil || n > most {
		n = most
	}
	if negative {
		return -n, true
	}
	return n, true
}

// placePoint writes digits with the point after position point+shift, without the
// zeros that change nothing.
func placePoint(sign, digits string, point, shift int) (string, bool) {
	significant := strings.TrimLeft(digits, "0")
	point += shift - (len(digits) - len(significant))
	digits = strings.TrimRight(significant, "0")
	switch {
	case digits == "" || point < -zerosMax:
		return "0", true
	case point > digitsMax, len(digits) > significantMax:
		return "", false
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + digits, true
	case point >= len(digits):
		return sign + digits + strings.Repeat("0", point-len(digits)), true
	default:
		return sign + digits[:point] + "." + digits[point:], true
	}
}
