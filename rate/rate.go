package rate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// Rate is an exact, non-negative exchange rate: smallest units of the destination asset
// per smallest unit of the source asset. It is an immutable value, safe to copy and to
// share. The zero value converts every amount to 0.
type Rate struct {
	// num/den in lowest terms. Both are zero for the rate zero, and unused when huge is set.
	num, den uint128

	// huge holds the rates that do not fit, such as those between scales 0 and 255.
	huge *big.Rat
}

// uint128 is hi * 2^64 + lo.
type uint128 struct{ hi, lo uint64 }

// FromRat returns the rate equal to x, which it copies. A nil or negative x is an error.
func FromRat(x *big.Rat) (Rate, error) {
	switch {
	case x == nil:
		return Rate{}, errors.New("no rate given")
	case x.Sign() < 0:
		return Rate{}, fmt.Errorf("rate %s is negative", x.RatString())
	case x.Sign() == 0:
		return Rate{}, nil
	case max(x.Num().BitLen(), x.Denom().BitLen()) > 128:
		return Rate{huge: new(big.Rat).Set(x)}, nil
	}
	return Rate{num: split(x.Num()), den: split(x.Denom())}, nil
}

// Rat returns the rate as a new big.Rat, which the caller may change.
func (r Rate) Rat() *big.Rat {
	switch {
	case r.huge != nil:
		return new(big.Rat).Set(r.huge)
	case r.num == uint128{}:
		return new(big.Rat)
	}
	return new(big.Rat).SetFrac(r.num.join(), r.den.join())
}

// String returns the rate exactly, as "num/den" or "num".
func (r Rate) String() string {
	return r.Rat().RatString()
}

// split returns x, which must lie within 0..2^128-1.
func split(x *big.Int) uint128 {
	var b [16]byte
	x.FillBytes(b[:])
	return uint128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// join returns u as a new big.Int.
func (u uint128) join() *big.Int {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], u.hi)
	binary.BigEndian.PutUint64(b[8:], u.lo)
	return new(big.Int).SetBytes(b[:])
}

var _ fmt.Stringer = Rate{}
