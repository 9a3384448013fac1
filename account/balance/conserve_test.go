package balance_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
)

// TestForwardsConserveMoney lets random packets cross many accounts, with
// settlements and edits between them. At every moment the sum over all accounts
// is the spread we earned plus what was paid and edited: money neither appears
// nor vanishes, whatever is rejected or refused.
func TestForwardsConserveMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(rapid.IntRange(2, 6).Draw(t, "accounts"))
		t.Repeat(map[string]func(*rapid.T){
			"":        h.audit,
			"forward": h.forward,
			"fulfill": h.fulfill,
			"reject":  h.reject,
			"settle":  h.settle,
			"credit":  h.credit,
			"adjust":  h.adjust,
		})
		for len(h.flights) > 0 {
			h.reject(t)
		}
		h.auditAtRest(t)
	})
}

// house is all accounts of a connector, and the one sum they must add up to.
type house struct {
	accounts []*balance.Balance
	flights  []flight
	earned   *big.Int
}

// flight is a Prepare on its way from one account to another.
type flight struct {
	from, to  *balance.Balance
	sum, sent uint64 // sent is at most sum; the rest is our spread
}

func newHouse(size int) *house {
	h := &house{earned: new(big.Int)}
	for range size {
		h.accounts = append(h.accounts, balance.New(limitsOf("-500", "500")))
	}
	return h
}

func (h *house) audit(t *rapid.T) {
	sum := new(big.Int)
	for i, account := range h.accounts {
		s := account.Snapshot()
		sum.Add(sum, s.Posted.Big())
		if s.Maximum.Cmp(s.Highest()) < 0 {
			t.Errorf("account %d may rise to %s, above %s", i, s.Highest(), s.Maximum)
		}
	}
	if sum.Cmp(h.earned) != 0 {
		t.Errorf("the accounts add up to %s, we earned %s", sum, h.earned)
	}
}

func (h *house) auditAtRest(t *rapid.T) {
	h.audit(t)
	for i, account := range h.accounts {
		if s := account.Snapshot(); s != (balance.State{Posted: s.Posted, Limits: s.Limits}) {
			t.Errorf("account %d has something pending with nothing in flight: %+v", i, s)
		}
	}
}

func (h *house) forward(t *rapid.T) {
	f := flight{from: h.draw(t, "from"), to: h.draw(t, "to")}
	f.sum = rapid.Uint64Range(0, 400).Draw(t, "sum")
	f.sent = f.sum - rapid.Uint64Range(0, f.sum).Draw(t, "spread")
	if !f.from.Hold(f.sum) {
		return
	}
	if !f.to.Reserve(f.sent) {
		f.from.Void(f.sum)
		return
	}
	h.flights = append(h.flights, f)
}

func (h *house) fulfill(t *rapid.T) {
	f := h.land(t)
	f.to.Owe(f.sent)
	f.from.Post(f.sum)
	h.earn(amountOf(new(big.Int).SetUint64(f.sum - f.sent).String()))
}

func (h *house) reject(t *rapid.T) {
	f := h.land(t)
	f.to.Free(f.sent)
	f.from.Void(f.sum)
}

// settle ends a settlement at once, one way or the other: what a pending one
// does is the oracle's business.
func (h *house) settle(t *rapid.T) {
	account := h.draw(t, "account")
	amount, due := account.Settle(amountOf("-50"), amountOf("0"))
	switch {
	case !due:
	case rapid.Bool().Draw(t, "sent"):
		account.Settled(amount)
		h.earn(amount)
	default:
		account.Unsettled(amount)
	}
}

func (h *house) credit(t *rapid.T) {
	amount := balance.FromUint64(rapid.Uint64Range(0, 400).Draw(t, "amount"))
	if err := h.draw(t, "account").Credit(amount); err != nil {
		t.Error(err)
	}
	negative, _ := amount.Neg()
	h.earn(negative)
}

func (h *house) adjust(t *rapid.T) {
	diff := balance.FromInt64(rapid.Int64Range(-400, 400).Draw(t, "diff"))
	if h.draw(t, "account").Adjust(diff) == nil {
		h.earn(diff)
	}
}

func (h *house) earn(amount balance.Amount) { h.earned.Add(h.earned, amount.Big()) }

func (h *house) draw(t *rapid.T, label string) *balance.Balance {
	return rapid.SampledFrom(h.accounts).Draw(t, label)
}

// land takes a random packet out of the air.
func (h *house) land(t *rapid.T) flight {
	if len(h.flights) == 0 {
		t.Skip("nothing in flight")
	}
	i := rapid.IntRange(0, len(h.flights)-1).Draw(t, "flight")
	f := h.flights[i]
	h.flights = append(h.flights[:i], h.flights[i+1:]...)
	return f
}
