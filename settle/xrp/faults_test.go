package xrp

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// revive starts a side again whose process has died.
func (s *side) revive() {
	s.t.Helper()
	if s.process.isDead() {
		s.kill()
		s.start()
	}
}

// payWhatever pays whatever dies.
func (s *side) payWhatever(id string, amount uint64) {
	s.t.Helper()
	p := settle.Payment{ID: id, Amount: balance.FromUint64(amount), Scale: 9}
	var err error
	for range 500 {
		if err = s.now().Pay(s.t.Context(), p); err == nil && !s.process.isDead() {
			return
		}
		s.revive()
		s.other.revive()
		time.Sleep(5 * time.Second)
	}
	s.t.Fatalf("%s could not pay %s: %v; %v", s.name, id, err, s.alerts)
}

// A thousand settlements, both ways. Messages are lost before or after they have arrived, requests of the
// ledger too, it stops for a while, and each process dies at any of its writes: before each step and after
// it. Nothing is lost and nothing is paid twice, in both books and on the ledger.
func TestSettlementsAreExactWhateverHappens(t *testing.T) {
	seeds := 4
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { exactWhateverHappens(t, uint64(seed), 250) })
		})
	}
}

func exactWhateverHappens(t *testing.T, seed uint64, n int) {
	r := rand.New(rand.NewPCG(seed, 1))
	w, a, b := pair(t, func(o *Options) { o.FundingMax, o.ChannelMax = 1<<40, 1<<40 })
	all := w.total()
	var drawing sync.Mutex
	draw := func(n int) int {
		drawing.Lock()
		defer drawing.Unlock()
		return r.IntN(n)
	}
	chance := func(percent int) bool { return draw(100) < percent }
	w.failing(func(string) (error, bool) {
		if chance(5) {
			return errNet, chance(50)
		}
		return nil, false
	})
	for _, s := range []*side{a, b} {
		s.failing(func() (error, bool) {
			if chance(10) {
				return settle.ErrNoAnswer, chance(50)
			}
			return nil, false
		})
	}
	paid := map[*side]uint64{}
	best := map[*side]balance.Amount{}
	deaths := 0
	for i := range n {
		from := []*side{a, b}[draw(2)]
		for _, s := range []*side{a, b} {
			if chance(15) {
				s.process.dieAfter(draw(6))
				deaths++
			}
		}
		amount := uint64(1 + draw(300_000))
		from.payWhatever(fmt.Sprint(i), amount)
		paid[from] += amount
		for _, s := range []*side{a, b} {
			s.revive()
			now := s.best()
			if now.Cmp(best[s]) < 0 {
				t.Errorf("the best claim of %s has fallen from %v to %v", s.name, best[s], now)
			}
			best[s] = now
		}
		if chance(5) {
			time.Sleep(time.Duration(draw(300)) * time.Second)
		}
	}
	w.failing(nil)
	a.failing(nil)
	b.failing(nil)
	for _, s := range []*side{a, b} {
		s.revive()
		s.process.live()
	}
	time.Sleep(5 * time.Minute)
	for _, s := range []*side{a, b} {
		s.wants(paid[s.other])
		s.end()
	}
	var open int
	for _, s := range []*side{a, b} {
		channels, _ := w.Channels(t.Context(), s.address(), s.other.address())
		open += len(channels)
		var taken xrpl.Drops
		for _, c := range channels {
			taken += c.Paid
		}
		want := new(big.Int).Quo(new(big.Int).SetUint64(paid[s]+999), big.NewInt(1000)).Uint64()
		if paid[s] > 0 && uint64(taken) != want {
			t.Errorf("%s has paid %d, %d drops on the ledger, not %d", s.name, paid[s], taken, want)
		}
	}
	if open != 2 {
		t.Errorf("there are %d channels, not one each way", open)
	}
	if got := w.total(); got != all {
		t.Errorf("there are %d drops, not %d", got, all)
	}
	t.Logf("seed %d: %d settlements, up to %d deaths", seed, n, deaths)
}

// Weakness 4 of the npm plugin: killed after it had submitted the transaction, it opened a second channel.
func TestChannelIsOpenedOnceThoughWeDie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for left := range 8 {
			w, a, b := newPair(t)
			b.old = true
			a.start()
			a.process.dieAfter(left)
			b.start()
			time.Sleep(time.Minute)
			a.process.die()
			a.revive()
			a.payWhatever("one", 1000)
			if channels, _ := w.Channels(t.Context(), a.address(), b.address()); len(channels) != 1 {
				t.Errorf("dead after %d writes: %d channels", left, len(channels))
			}
			a.end()
			b.end()
		}
	})
}
