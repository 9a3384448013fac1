package rate

import (
	"math"
	"math/big"
	"math/bits"
)

// Convert returns floor(amount * rate). The connector keeps the remainder. Convert reports
// false if the result does not fit a uint64, which no ILP packet can carry: the caller then
// refuses the packet.
//
// It allocates nothing as long as numerator and denominator fit 128 bits, which covers
// scale differences up to about 30 with prices of ordinary length.
func (r Rate) Convert(amount uint64) (uint64, bool) {
	switch {
	case r.huge != nil:
		return convertHuge(amount, r.huge)
	case r.num.hi|r.den.hi != 0:
		return convert128(amount, r.num, r.den)
	}
	hi, lo := bits.Mul64(amount, r.num.lo)
	if hi >= r.den.lo {
		// Div64 would panic: the quotient is over 64 bits, or this is the rate zero,
		// the only one whose denominator is 0.
		return 0, r.num.lo == 0
	}
	quotient, _ := bits.Div64(hi, lo, r.den.lo)
	return quotient, true
}

// convert128 does what Convert does, for a num or den over 64 bits.
func convert128(amount uint64, num, den uint128) (uint64, bool) {
	// p2:p1:p0 = amount * num, at most 192 bits.
	carry, p0 := bits.Mul64(amount, num.lo)
	p2, p1 := bits.Mul64(amount, num.hi)
	p1, carry = bits.Add64(p1, carry, 0)
	p2 += carry

	// The quotient is under 2^64 if and only if p2:p1 < den.
	if p2 > den.hi || p2 == den.hi && p1 >= den.lo {
		return 0, false
	}
	if den.hi == 0 { // and so is p2
		quotient, _ := bits.Div64(p1, p0, den.lo)
		return quotient, true
	}
	return divide192(p2, p1, p0, den), true
}

// divide192 returns floor(u2:u1:u0 / v) for u2:u1 < v and v of more than 64 bits. It is
// one step of Knuth's algorithm D (TAOCP volume 2, 4.3.1) with 64-bit digits: guess the
// digit from the leading digits, correct it by the second digit of the divisor.
func divide192(u2, u1, u0 uint64, v uint128) uint64 {
	// D1. Normalise: the divisor's leading bit set. No bit of u is lost, since u2:u1 < v.
	s := uint(bits.LeadingZeros64(v.hi))
	v1, v0 := v.hi<<s|v.lo>>(64-s), v.lo<<s
	u2, u1, u0 = u2<<s|u1>>(64-s), u1<<s|u0>>(64-s), u0<<s

	// D3. Guess; the guess is never too small and at most two too large.
	guess, rest, carry := uint64(math.MaxUint64), uint64(0), uint64(0)
	if u2 < v1 {
		guess, rest = bits.Div64(u2, u1, v1)
	} else { // equal: Div64 would panic, and the largest digit leaves u1 + v1
		rest, carry = bits.Add64(u1, v1, 0)
	}
	for carry == 0 {
		hi, lo := bits.Mul64(guess, v0)
		if hi < rest || hi == rest && lo <= u0 {
			break
		}
		guess--
		rest, carry = bits.Add64(rest, v1, 0)
	}
	return guess
}

// convertHuge does what Convert does, for rates over 128 bits. It allocates.
func convertHuge(amount uint64, rate *big.Rat) (uint64, bool) {
	quotient := new(big.Int).SetUint64(amount)
	quotient.Mul(quotient, rate.Num())
	quotient.Quo(quotient, rate.Denom())
	if !quotient.IsUint64() {
		return 0, false
	}
	return quotient.Uint64(), true
}
