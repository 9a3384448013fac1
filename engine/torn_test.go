package engine_test

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/rate"
)

// versioned makes a table of a version of the prices. Each price rises by a step of its own, so a
// rate tells its version. A rate of an old price and a new one looks like a rate of a version that
// is at least ten further on, or ten further back.
func versioned(version, currencies int) *rate.Table {
	prices := make(map[string]rate.Price, currencies)
	for i := range currencies {
		prices[currency(i)] = rate.Price{Value: priceIn(version, i), At: time.Now()}
	}
	return rate.NewPriceTable("test", prices, nil, rate.Spread{})
}

func currency(i int) string { return fmt.Sprintf("C%02d", i) }

func priceIn(version, i int) *big.Rat { return big.NewRat(int64(1000+version*(300+i)), 1000) }

// versionOf returns the version, from first to last, whose rate makes amount what came.
func versionOf(came, amount uint64, from, to, first, last int) (version int, found bool) {
	for v := last; v >= first; v-- {
		price := new(big.Rat).Quo(priceIn(v, to), priceIn(v, from))
		if want := floor(amount, price, 9, 9); want.IsUint64() && want.Uint64() == came {
			return v, true
		}
	}
	return 0, false
}

// All rates change at once. No packet is converted at prices of two tables, and none at older prices
// than a packet that was answered before, whoever has sent it.
func TestNoPacketSeesATornTable(t *testing.T) {
	const (
		tables, senders, currencies = 100, 4, 14
		everyTables                 = 10 // after which one more account comes, with a currency of its own
		amount                      = 1_000_000_000_000
	)
	n := enginetest.New()
	add := func(i int) {
		link := ilptest.NewLink()
		link.Answer = func(p ilp.Prepare) ilp.Reply {
			return ilptest.Fulfill(binary.BigEndian.AppendUint64(nil, p.Amount())...)
		}
		n.Add(t, fmt.Sprintf("a%02d", i), link, enginetest.Asset(currency(i)))
	}
	for i := range senders {
		add(i)
	}
	var offered, seen, accounts atomic.Int64 // the newest version offered, the newest seen, the number of accounts
	accounts.Store(senders)
	pricing := rate.NewPricing(rate.PricingOptions{Publish: n.SetRates})
	pricing.Offer(versioned(0, currencies))

	var sending sync.WaitGroup
	var stop atomic.Bool
	for from := range senders {
		port := n.Ports[fmt.Sprintf("a%02d", from)]
		sending.Go(func() {
			for i, last := 0, 0; !stop.Load(); i++ {
				to := i % int(accounts.Load())
				if to == from { // its rate is 1 in each table
					continue
				}
				first := max(last, int(seen.Load()))
				r := ilptest.NewRecorder()
				port.HandlePrepare(r, ilptest.Prepare(fmt.Sprintf("test.us.a%02d", to), amount, ilptest.Data(numbered(from<<32+i))))
				reply := r.Reply()
				if !reply.Fulfilled() {
					t.Errorf("from %d to %d: %s", from, to, describe(reply))
					return
				}
				came, newest := binary.BigEndian.Uint64(reply.Data()), int(offered.Load())
				version, found := versionOf(came, amount, from, to, first, newest)
				if !found {
					t.Errorf("from %d to %d: %d arrived, which is of no version from %d to %d", from, to, came, first, newest)
					return
				}
				last = version
				for was := seen.Load(); int64(version) > was && !seen.CompareAndSwap(was, int64(version)); was = seen.Load() {
				}
			}
		})
	}
	deadline := time.Now().Add(time.Minute)
	for v := 1; v <= tables && !t.Failed(); v++ {
		if have := int(accounts.Load()); v%everyTables == 0 && have < currencies {
			add(have)
			accounts.Store(int64(have + 1))
		}
		offered.Store(int64(v))
		pricing.Offer(versioned(v, currencies))
		for seen.Load() < int64(v) && !t.Failed() {
			if time.Now().After(deadline) {
				t.Errorf("no packet was converted at table %d", v)
				break
			}
			runtime.Gosched()
		}
	}
	stop.Store(true)
	sending.Wait()
}
