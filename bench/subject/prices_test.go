package subject

import (
	"encoding/json"
	"math/big"
	"path/filepath"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

// smallest is the smallest amount that the load sends, about.
const smallest = 1001

func pricedSetup() Setup {
	return Setup{Senders: 15, Receivers: 15, Store: "bolt", Admin: true, Priced: true}
}

func TestConvertedIsExact(t *testing.T) {
	s := pricedSetup()
	for _, version := range []uint32{0, 1, 77, 1000} {
		prices := s.Prices(version)
		for sender := range s.Senders {
			for receiver := range s.Receivers {
				from, _ := new(big.Rat).SetString(prices[currency(sender)])
				to, _ := new(big.Rat).SetString(prices[currency(s.Senders+receiver)])
				exact := to.Mul(to, big.NewRat(smallest*pricedFactor, 1))
				exact.Quo(exact, from)
				want := new(big.Int).Quo(exact.Num(), exact.Denom()).Uint64()
				if got := s.Converted(smallest, sender, receiver, version); got != want {
					t.Fatalf("version %d, from %d to %d: %d, want %d", version, sender, receiver, got, want)
				}
			}
		}
	}
}

// An amount tells its version, and a rate of an old price and a new one is none of a version that is
// near.
func TestMixedPricesLookLikeNoVersionInForce(t *testing.T) {
	const near = 8
	s := pricedSetup()
	if s.accounts() > pricedMax {
		t.Fatalf("%d accounts are too many", s.accounts())
	}
	for _, version := range []uint32{near, 100, 1000, 10_000} {
		for sender := range s.Senders {
			for receiver := range s.Receivers {
				old, changed := pricesOf(&s, sender, receiver, version), pricesOf(&s, sender, receiver, version+1)
				known := map[uint64]bool{}
				for v := version - near; v <= version+1+near; v++ {
					known[s.Converted(smallest, sender, receiver, v)] = true
				}
				if len(known) != 2*near+2 {
					t.Errorf("version %d, from %d to %d: two versions have one rate", version, sender, receiver)
				}
				for _, mixed := range [][2]uint64{{old[0], changed[1]}, {changed[0], old[1]}} {
					if known[smallest*pricedFactor*mixed[1]/mixed[0]] {
						t.Errorf("version %d, from %d to %d: mixed prices look like a version in force", version, sender, receiver)
					}
				}
			}
		}
	}
}

// pricesOf returns the prices of the sender and the receiver.
func pricesOf(s *Setup, sender, receiver int, version uint32) [2]uint64 {
	return [2]uint64{millionths(sender, version), millionths(s.Senders+receiver, version)}
}

func TestPricedSettingsHaveNoFaults(t *testing.T) {
	s := pricedSetup()
	b, err := json.Marshal(newSettings(s, 12000, filepath.Join(t.TempDir(), "store")))
	if err != nil {
		t.Fatal(err)
	}
	c, warnings, err := config.Parse("c.json", b, nil, connector.Known())
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %v, %v", warnings, err)
	}
	if warnings, err := connector.Check(c); err != nil || len(warnings) > 0 || !s.ours() {
		t.Errorf("warnings %v, %v", warnings, err)
	}
}
