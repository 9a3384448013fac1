package engine_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/rate"
)

// prices makes a table in which one USD buys price XYZ.
func prices(price *big.Rat) *rate.Table {
	return rate.NewTable(time.Time{}, rate.Prices{"USD": big.NewRat(1, 1), "XYZ": price}.Quote, rate.Spread{})
}

func TestAmountOverflowIsRefusedWithTheLargestAmount(t *testing.T) {
	for _, c := range []struct {
		from, to uint8
		price    *big.Rat
		amount   uint64
		largest  uint64
	}{
		{0, 1, big.NewRat(1, 1), math.MaxUint64, math.MaxUint64 / 10},
		{9, 18, big.NewRat(1, 1), 18446744074, 18446744073},
		{0, 255, big.NewRat(1, 1), 1, 0},
		{9, 9, big.NewRat(3, 2), math.MaxUint64, 12297829382473034410},
		{9, 9, big.NewRat(3, 1), 6148914691236517206, 6148914691236517205}, // a third of the largest, exactly
	} {
		t.Run(fmt.Sprint(c.from, "to", c.to, "at", c.price), func(t *testing.T) {
			n := enginetest.New()
			alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(c.from))
			n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(c.to), enginetest.Asset("XYZ"))
			n.SetRates(prices(c.price))
			reply := n.Send("alice", ilptest.Prepare("test.us.bob", c.amount))
			want(t, reply, ilp.F08, fmt.Sprintf("packet size too large. maxAmount=%d actualAmount=%d", c.largest, c.amount))
			received, largest := amounts(t, reply)
			if received != c.amount || largest != c.largest {
				t.Errorf("data says %d received, %d at most", received, largest)
			}
			wantPosted(t, alice, "0")
			wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", c.largest)))
		})
	}
}

// The largest amount is exactly that: it converts, and one more does not. The
// oracle is the same sum in rationals.
func TestLargestAmountConvertsAndOneMoreDoesNot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		from, to := rapid.Uint8Range(0, 30).Draw(rt, "from"), rapid.Uint8Range(0, 30).Draw(rt, "to")
		price := big.NewRat(rapid.Int64Range(1, math.MaxInt64).Draw(rt, "num"), rapid.Int64Range(1, math.MaxInt64).Draw(rt, "den"))
		amount := rapid.Uint64().Draw(rt, "amount")
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(from))
		n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(to), enginetest.Asset("XYZ"))
		n.SetRates(prices(price))

		exact := floor(amount, price, from, to)
		reply := n.Send("alice", ilptest.Prepare("test.us.bob", amount))
		if exact.IsUint64() {
			if sent := n.Link("bob").Sent()[0].Prepare.Amount(); !reply.Fulfilled() || sent != exact.Uint64() {
				rt.Fatalf("%s, sent %d, want %s", describe(reply), sent, exact)
			}
			return
		}
		if reply.Code() != ilp.F08 {
			rt.Fatalf("got %s for %s", describe(reply), exact)
		}
		_, largest := amounts(t, reply)
		if !floor(largest, price, from, to).IsUint64() {
			rt.Fatalf("%d, said to be the largest, does not convert", largest)
		}
		if largest < math.MaxUint64 && floor(largest+1, price, from, to).IsUint64() {
			rt.Fatalf("%d converts as well as %d, said to be the largest", largest+1, largest)
		}
	})
}

// floor is what amount is worth, naively.
func floor(amount uint64, price *big.Rat, from, to uint8) *big.Int {
	x := new(big.Rat).SetInt(new(big.Int).SetUint64(amount))
	x.Mul(x, price)
	x.Mul(x, new(big.Rat).SetInt(power(to)))
	x.Quo(x, new(big.Rat).SetInt(power(from)))
	return new(big.Int).Quo(x.Num(), x.Denom())
}

func power(n uint8) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// amounts is the data of an F08: what was received and what is the largest.
func amounts(t testing.TB, reply ilp.Reply) (received, largest uint64) {
	t.Helper()
	if len(reply.Data()) != 16 {
		t.Fatalf("data is %x", reply.Data())
	}
	return binary.BigEndian.Uint64(reply.Data()), binary.BigEndian.Uint64(reply.Data()[8:])
}

func TestSpreadStaysWithUs(t *testing.T) {
	spread, err := rate.NewSpread(big.NewRat(1, 100))
	if err != nil {
		t.Fatal(err)
	}
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	n.SetRates(rate.NewTable(time.Time{}, rate.Par, spread))
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1050)))
	if got := n.Link("bob").Sent()[0].Prepare.Amount(); got != 1039 { // 1039.5
		t.Errorf("sent %d", got)
	}
}
