package rate

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// significantDigits is how many digits of a rate the admin API shows.
const significantDigits = 15

// Number returns the rate for display: rounded half up to 15 significant digits and
// written as ECMAScript writes a number (ECMA-262, Number::toString), so that GET /rates
// shows the same text as a JavaScript connector. Unlike a JavaScript number it does not
// turn into Infinity or 0 beyond the range of a double.
func (r Rate) Number() json.Number {
	x := r.Rat()
	if x.Sign() == 0 {
		return "0"
	}
	digits, point := round(x)
	return json.Number(layout(digits, point))
}

// round returns the leading significant digits of x > 0, without trailing zeros, and the
// position of the decimal point relative to the first digit: x is about 0.digits * 10^point.
func round(x *big.Rat) (digits string, point int) {
	// The quotient of a p-digit and a q-digit number has its point at p-q or p-q+1.
	point = len(x.Num().String()) - len(x.Denom().String())
	if x.Cmp(powerOfTen(point)) >= 0 {
		point++
	}
	scaled := new(big.Rat).Mul(x, powerOfTen(significantDigits-point))
	scaled.Add(scaled, big.NewRat(1, 2))
	digits = new(big.Int).Quo(scaled.Num(), scaled.Denom()).String()
	if len(digits) > significantDigits { // 999.. was rounded up to 1000..
		point++
	}
	return strings.TrimRight(digits, "0"), point
}

// layout writes 0.digits * 10^point as ECMAScript does.
func layout(digits string, point int) string {
	switch k := len(digits); {
	case k <= point && point <= 21:
		return digits + strings.Repeat("0", point-k)
	case 0 < point && point <= 21:
		return digits[:point] + "." + digits[point:]
	case -6 < point && point <= 0:
		return "0." + strings.Repeat("0", -point) + digits
	}
	var b strings.Builder
	b.WriteString(digits[:1])
	if len(digits) > 1 {
		b.WriteString("." + digits[1:])
	}
	b.WriteByte('e')
	if point > 0 {
		b.WriteByte('+')
	}
	b.WriteString(strconv.Itoa(point - 1))
	return b.String()
}

// powersMax is the largest difference of the scales of usual assets.
const powersMax = 18

// powers are 10^n for n from -powersMax to powersMax. Each table needs one for each pair of assets.
var powers = func() (all [2*powersMax + 1]*big.Rat) {
	for i := range all {
		all[i] = computePower(i - powersMax)
	}
	return all
}()

// powerOfTen returns 10^n, also for a negative n. The caller must not change it.
func powerOfTen(n int) *big.Rat {
	if -powersMax <= n && n <= powersMax {
		return powers[n+powersMax]
	}
	return computePower(n)
}

func computePower(n int) *big.Rat {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), power)
	}
	return new(big.Rat).SetInt(power)
}
