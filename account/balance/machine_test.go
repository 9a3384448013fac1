package balance_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
)

// TestBalanceAgreesWithAnOracle drives a Balance and the oracle through the same
// random life and compares every answer and, after every step, every part.
func TestBalanceAgreesWithAnOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"":          m.compare,
			"hold":      m.hold,
			"post":      m.post,
			"void":      m.void,
			"reserve":   m.reserve,
			"owe":       m.owe,
			"free":      m.free,
			"settle":    m.settle,
			"settled":   m.settled,
			"unsettled": m.unsettled,
			"reopen":    m.reopen,
			"credit":    m.credit,
			"adjust":    m.adjust,
			"unadjust":  m.unadjust,
			"setLimits": m.setLimits,
		})
	})
}

type machine struct {
	balance *balance.Balance
	oracle  oracle
}

func newMachine(t *rapid.T) *machine {
	m := &machine{balance: balance.New(balance.Limits{})}
	m.setLimits(t)
	m.oracle.posted = rapid.OneOf(smallInt(), smallInt(), bigAmount()).Draw(t, "posted")
	m.balance.Restore(amountOf(m.oracle.posted.String()))
	return m
}

func (m *machine) compare(t *rapid.T) {
	s := m.balance.Snapshot()
	for _, part := range []struct {
		name string
		got  balance.Amount
		want *big.Int
	}{
		{"posted", s.Posted, m.oracle.posted},
		{"pendingIn", s.PendingIn, m.oracle.pendingIn()},
		{"pendingOut", s.PendingOut, m.oracle.pendingOut()},
		{"settling", s.Settling, m.oracle.underWay()},
		{"balance", s.Balance(), m.oracle.shown()},
		{"highest", s.Highest(), m.oracle.highest()},
		{"lowest", s.Lowest(), m.oracle.lowest()},
	} {
		if part.got.Big().Cmp(part.want) != 0 {
			t.Errorf("%s = %s, want %s", part.name, part.got, part.want)
		}
	}
}

func (m *machine) hold(t *rapid.T) {
	room := new(big.Int)
	if m.oracle.maximum != nil {
		room = minus(m.oracle.maximum, m.oracle.highest())
	}
	amount := packetAmount(t, room)
	if got, want := m.balance.Hold(amount), m.oracle.hold(new(big.Int).SetUint64(amount)); got != want {
		t.Errorf("Hold(%d) = %t, want %t", amount, got, want)
	}
}

func (m *machine) post(t *rapid.T) {
	amount := pick(t, &m.oracle.held)
	m.oracle.posted = plus(m.oracle.posted, amount)
	m.balance.Post(amount.Uint64())
}

func (m *machine) void(t *rapid.T) {
	m.balance.Void(pick(t, &m.oracle.held).Uint64())
}

func (m *machine) reserve(t *rapid.T) {
	room := new(big.Int)
	if m.oracle.minimum != nil {
		room = minus(m.oracle.lowest(), m.oracle.minimum)
	}
	amount := packetAmount(t, room)
	if got, want := m.balance.Reserve(amount), m.oracle.reserve(new(big.Int).SetUint64(amount)); got != want {
		t.Errorf("Reserve(%d) = %t, want %t", amount, got, want)
	}
}

func (m *machine) owe(t *rapid.T) {
	amount := pick(t, &m.oracle.reserved)
	m.oracle.posted = minus(m.oracle.posted, amount)
	m.balance.Owe(amount.Uint64())
}

func (m *machine) free(t *rapid.T) {
	m.balance.Free(pick(t, &m.oracle.reserved).Uint64())
}

func (m *machine) settle(t *rapid.T) {
	threshold := moneyAround(t, "threshold", m.oracle.highest())
	edge := m.oracle.highest()
	if m.oracle.maximum != nil {
		edge = m.oracle.maximum
	}
	settleTo := moneyAround(t, "settleTo", edge)
	amount, due := m.balance.Settle(amountOf(threshold.String()), amountOf(settleTo.String()))
	want := m.oracle.settle(threshold, settleTo)
	if due != (want != nil) || due && amount.Big().Cmp(want) != 0 {
		t.Errorf("Settle(%s, %s) = %s, %t; want %s", threshold, settleTo, amount, due, want)
	}
}

func (m *machine) settled(t *rapid.T) {
	amount := pick(t, &m.oracle.settling)
	m.oracle.posted = plus(m.oracle.posted, amount)
	m.balance.Settled(amountOf(amount.String()))
}

func (m *machine) unsettled(t *rapid.T) {
	m.balance.Unsettled(amountOf(pick(t, &m.oracle.settling).String()))
}

func (m *machine) reopen(t *rapid.T) {
	amount := moneyAround(t, "amount", new(big.Int))
	err := m.balance.Reopen(amountOf(amount.String()))
	if ok := m.oracle.reopen(amount); ok != (err == nil) || !ok && !errors.Is(err, balance.ErrOutOfRange) {
		t.Errorf("Reopen(%s): %v", amount, err)
	}
}

func (m *machine) credit(t *rapid.T) {
	amount := moneyAround(t, "amount", minus(m.oracle.lowest(), amountMin))
	err := m.balance.Credit(amountOf(amount.String()))
	if ok := m.oracle.credit(amount); ok != (err == nil) || !ok && !errors.Is(err, balance.ErrOutOfRange) {
		t.Errorf("Credit(%s): %v", amount, err)
	}
}

func (m *machine) adjust(t *rapid.T) {
	edge := new(big.Int)
	switch up := rapid.Bool().Draw(t, "up"); {
	case up && m.oracle.maximum != nil:
		edge = minus(m.oracle.maximum, m.oracle.highest())
	case !up && m.oracle.minimum != nil:
		edge = minus(m.oracle.minimum, m.oracle.lowest())
	}
	diff := moneyAround(t, "diff", edge)
	got := ""
	if err := m.balance.Adjust(amountOf(diff.String())); err != nil {
		got = err.Error()
	}
	if want := m.oracle.adjust(diff); got != want {
		t.Errorf("Adjust(%s) says %q, want %q", diff, got, want)
	}
}

func (m *machine) unadjust(t *rapid.T) {
	diff := rapid.OneOf(smallInt(), bigAmount()).Draw(t, "diff")
	if got, want := m.balance.Unadjust(amountOf(diff.String())) == nil, m.oracle.unadjust(diff); got != want {
		t.Errorf("Unadjust(%s) is %t, want %t", diff, got, want)
	}
}

func (m *machine) setLimits(t *rapid.T) {
	limits := balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Infinity()}
	m.oracle.minimum, m.oracle.maximum = nil, nil
	if rapid.IntRange(0, 3).Draw(t, "minimum finite") > 0 {
		m.oracle.minimum = smallInt().Draw(t, "minimum")
		limits.Minimum = limitOf(m.oracle.minimum.String())
	}
	if rapid.IntRange(0, 3).Draw(t, "maximum finite") > 0 {
		m.oracle.maximum = smallInt().Draw(t, "maximum")
		limits.Maximum = limitOf(m.oracle.maximum.String())
	}
	m.balance.SetLimits(limits)
}

// pick takes a random entry out of one of the oracle's logs.
func pick(t *rapid.T, log *[]*big.Int) *big.Int {
	if len(*log) == 0 {
		t.Skip("nothing pending")
	}
	return remove(log, rapid.IntRange(0, len(*log)-1).Draw(t, "which"))
}

// packetAmount draws what a Prepare may carry, often just what there is room for.
func packetAmount(t *rapid.T, room *big.Int) uint64 {
	amount := plus(room, big.NewInt(rapid.Int64Range(-1, 1).Draw(t, "off")))
	if rapid.Bool().Draw(t, "at the limit") && amount.IsUint64() {
		return amount.Uint64()
	}
	return rapid.OneOf(
		rapid.Uint64Range(0, 200),
		rapid.Uint64Range(0, 200),
		rapid.Just(uint64(math.MaxUint64)),
	).Draw(t, "amount")
}

// moneyAround draws an Amount, often at an edge or one off it.
func moneyAround(t *rapid.T, label string, edge *big.Int) *big.Int {
	v := rapid.OneOf(smallInt(), smallInt(), bigAmount()).Draw(t, label)
	if rapid.Bool().Draw(t, label+" at the edge") {
		v = plus(edge, big.NewInt(rapid.Int64Range(-1, 1).Draw(t, "off")))
	}
	if !inRange(v) {
		t.Skip("not an Amount")
	}
	return v
}

// smallInt draws integers close enough for packets and limits to meet.
func smallInt() *rapid.Generator[*big.Int] {
	return rapid.Map(rapid.Int64Range(-1000, 1000), big.NewInt)
}
