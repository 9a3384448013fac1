package middleware

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oracle is a bucket that holds fractions of tokens, exactly.
type oracle struct {
	rate, capacity, level *big.Rat // rate in tokens per nanosecond
	last                  int64
}

func newOracle(count, capacity uint64, period time.Duration, now int64) *oracle {
	rate := new(big.Rat).SetInt(new(big.Int).SetUint64(count))
	rate.Quo(rate, new(big.Rat).SetInt64(int64(period)))
	full := new(big.Rat).SetInt(new(big.Int).SetUint64(capacity))
	return &oracle{rate, full, new(big.Rat).Set(full), now}
}

func (o *oracle) take(now int64, n uint64) bool {
	elapsed := now - o.last
	if elapsed > 0 {
		o.last = now
		o.level.Add(o.level, new(big.Rat).Mul(o.rate, new(big.Rat).SetInt64(elapsed)))
		if o.level.Cmp(o.capacity) > 0 {
			o.level.Set(o.capacity)
		}
	}
	want := new(big.Rat).SetInt(new(big.Int).SetUint64(n))
	if o.level.Cmp(want) < 0 {
		return false
	}
	o.level.Sub(o.level, want)
	return true
}

func newBucket(count, capacity uint64, period time.Duration) *bucket {
	b := new(bucket)
	b.init(count, capacity, period)
	return b
}

func TestBucketIsExactOverLongSequences(t *testing.T) {
	tokens := rapid.OneOf(rapid.Uint64Range(0, 20), rapid.Uint64Range(1, 1e6), rapid.Uint64(), rapid.Just(uint64(math.MaxUint64)))
	periods := rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, int64(time.Hour)), rapid.Just(int64(math.MaxInt64)))
	steps := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(-int64(time.Hour), int64(time.Hour)), rapid.Just(int64(0)))
	rapid.Check(t, func(rt *rapid.T) {
		count, capacity := tokens.Draw(rt, "count"), tokens.Draw(rt, "capacity")
		period := time.Duration(periods.Draw(rt, "period"))
		now := int64(1e18)
		b, o := newBucket(count, capacity, period), newOracle(count, capacity, period, now)
		b.take(now, 0)
		for range rapid.IntRange(1, 300).Draw(rt, "steps") {
			now += steps.Draw(rt, "elapsed") // which may be backwards
			n := tokens.Draw(rt, "tokens")
			if rapid.Bool().Draw(rt, "nearly all") {
				n = near(o.level, rapid.Int64Range(-1, 1).Draw(rt, "off by"))
			}
			if got, want := b.take(now, n), o.take(now, n); got != want {
				rt.Fatalf("take %d: %t, want %t; the bucket has %d, the oracle %s", n, got, want, b.tokens, o.level.FloatString(3))
			}
		}
	})
}

// near is the whole tokens of a level, and a little more or less.
func near(level *big.Rat, off int64) uint64 {
	n := new(big.Int).Quo(level.Num(), level.Denom())
	n.Add(n, big.NewInt(off))
	if !n.IsUint64() {
		return 0
	}
	return n.Uint64()
}

// A bucket that is asked a thousand times a token's time still fills: nothing of
// a token is lost to rounding.
func TestImpatienceDoesNotSlowTheRefill(t *testing.T) {
	b := newBucket(3, 3, time.Second)
	now := int64(1e18)
	if !b.take(now, 3) {
		t.Fatal("it did not start full")
	}
	var taken int
	for end := now + int64(10*time.Second); now <= end; now += 77_777 {
		if b.take(now, 1) {
			taken++
		}
	}
	if taken != 29 && taken != 30 { // the last is due at the very end
		t.Errorf("%d tokens came in ten seconds", taken)
	}
}

func TestBucketRefillsToTheNanosecond(t *testing.T) {
	b := newBucket(3, 3, time.Second)
	start := int64(1e18)
	b.take(start, 3)
	third := int64(333_333_334) // a third of a second, rounded up
	if b.take(start+third-1, 1) {
		t.Error("a token came too soon")
	}
	if !b.take(start+third, 1) || b.take(start+third, 1) {
		t.Error("a token did not come in time, or two did")
	}
	if b.take(start-int64(time.Second)/2, 1) || b.take(start+third, 1) {
		t.Error("a token came from the past")
	}
	if !b.take(start+int64(time.Hour), 3) || b.take(start+int64(time.Hour), 1) {
		t.Error("it does not hold its capacity after an hour, or more")
	}
}

// Readers of many sockets look at the clock in turns, so one may be a little behind.
func TestBucketDoesNotFillByGoingToAndFroInTime(t *testing.T) {
	b := newBucket(1, 1, time.Minute)
	now := int64(1e18)
	b.take(now, 1)
	for range 1000 {
		if b.take(now-int64(time.Second), 1) || b.take(now, 1) {
			t.Fatal("going to and fro in time filled it")
		}
	}
	if b.take(now+int64(time.Minute)-1, 1) || !b.take(now+int64(time.Minute), 1) {
		t.Error("it did not fill within its period")
	}
}

func TestTakeIsAllOrNone(t *testing.T) {
	b := newBucket(1, 5, time.Second)
	if b.take(1, 6) || !b.take(1, 5) || b.take(1, 1) || !b.take(1, 0) {
		t.Error("five tokens were not five")
	}
}
