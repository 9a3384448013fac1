package balance

import (
	"cmp"
	"math/big"
	"math/bits"
)

// Amount is a signed 128-bit integer of base units. A packet carries at most a
// uint64, but a balance without a maximum may hold many such packets: 128 bits
// have room for 2^63 of the largest. The zero value is zero; Amounts are values
// and compare with ==.
type Amount struct {
	hi int64 // two's complement: the value is hi * 2^64 + lo
	lo uint64
}

// FromUint64 returns v as an Amount.
func FromUint64(v uint64) Amount {
	return Amount{lo: v}
}

// FromInt64 returns v as an Amount.
func FromInt64(v int64) Amount {
	return Amount{hi: v >> 63, lo: uint64(v)}
}

// Add returns a + b. If the sum does not fit, ok is false and the sum has
// no meaning.
func (a Amount) Add(b Amount) (sum Amount, ok bool) {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(uint64(a.hi), uint64(b.hi), carry)
	sum = Amount{hi: int64(hi), lo: lo}
	// It overflowed if both terms have the same sign and the sum has the other.
	return sum, (a.hi^sum.hi)&(b.hi^sum.hi) >= 0
}

// Sub returns a - b. If the difference does not fit, ok is false and the
// difference has no meaning.
func (a Amount) Sub(b Amount) (difference Amount, ok bool) {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(uint64(a.hi), uint64(b.hi), borrow)
	difference = Amount{hi: int64(hi), lo: lo}
	// It overflowed if the signs of a and b differ and the difference lacks the sign of a.
	return difference, (a.hi^b.hi)&(a.hi^difference.hi) >= 0
}

// Neg returns -a; ok is false for the one Amount, -2^127, that has no negative.
func (a Amount) Neg() (negative Amount, ok bool) {
	return Amount{}.Sub(a)
}

// Cmp returns -1 if a < b, 0 if a == b and +1 if a > b.
func (a Amount) Cmp(b Amount) int {
	if c := cmp.Compare(a.hi, b.hi); c != 0 {
		return c
	}
	return cmp.Compare(a.lo, b.lo)
}

// Sign returns -1 if a is negative, 0 if it is zero and +1 if it is positive.
func (a Amount) Sign() int {
	return a.Cmp(Amount{})
}

// Uint64 returns a as a uint64; ok is false if a is negative or too large.
func (a Amount) Uint64() (v uint64, ok bool) {
	return a.lo, a.hi == 0
}

// Big returns a as a new big.Int, for arithmetic wider than an Amount.
func (a Amount) Big() *big.Int {
	v := big.NewInt(a.hi)
	v.Lsh(v, 64)
	return v.Add(v, new(big.Int).SetUint64(a.lo))
}

// plus returns a + b where the caller knows that the sum fits.
func (a Amount) plus(b Amount) Amount {
	sum, ok := a.Add(b)
	if !ok {
		panic("balance: a sum that was checked does not fit")
	}
	return sum
}

// minus returns a - b where the caller knows that the difference fits.
func (a Amount) minus(b Amount) Amount {
	difference, ok := a.Sub(b)
	if !ok {
		panic("balance: a difference that was checked does not fit")
	}
	return difference
}
