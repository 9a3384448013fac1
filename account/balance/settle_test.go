package balance_test

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

func TestSettlementIsDueBelowTheThreshold(t *testing.T) {
	tests := []struct {
		name                        string
		posted, threshold, settleTo string
		maximum                     string
		want                        string // empty: none due
	}{
		{"below", "-51", "-50", "0", "100", "51"},
		{"at the threshold, for it is strict", "-50", "-50", "0", "100", ""},
		{"above", "-49", "-50", "0", "100", ""},
		{"prefunding at the start", "0", "10", "80", "100", "80"},
		{"only up to a debt", "-100", "-50", "-20", "100", "80"},
		{"settleTo at the maximum", "0", "10", "100", "100", "100"},
		{"settleTo above the maximum", "0", "10", "101", "100", ""},
		{"settleTo above the maximum, however small the rest", "-1", "0", "1", "0", ""},
		{"no maximum", "0", "10", "101", "Infinity", "101"},
		{"settleTo where we are", "5", "10", "5", "100", ""},
		{"settleTo below where we are", "5", "10", "4", "100", ""},
		{"threshold above settleTo", "5", "10", "6", "100", "1"},
		{"more than a packet", "-20000000000000000000", "0", "0", "0", "20000000000000000000"},
		{"further down than an Amount", "100000000000000000000000000000000000000", "100000000000000000000000000000000000001", "-100000000000000000000000000000000000000", "Infinity", ""},
		{"more than an Amount", "-100000000000000000000000000000000000000", "0", "100000000000000000000000000000000000000", "Infinity", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := balance.New(limitsOf("-Infinity", test.maximum))
			b.Restore(amountOf(test.posted))
			amount, due := b.Settle(amountOf(test.threshold), amountOf(test.settleTo))
			if due != (test.want != "") || due && amount.String() != test.want {
				t.Errorf("Settle = %s, %t; want %q", amount, due, test.want)
			}
			if s := b.Snapshot(); s.Settling != amount || s.Posted != amountOf(test.posted) {
				t.Errorf("settling %s, posted %s", s.Settling, s.Posted)
			}
		})
	}
}

func TestDebtIsSettledToZeroWhateverTheMaximum(t *testing.T) {
	for _, test := range []struct{ posted, held, maximum, want string }{
		{"-50", "0", "100", "50"},
		{"-50", "20", "100", "30"}, // what the counterparty may owe us in a moment counts
		{"-50", "0", "-60", "50"},
		{"0", "0", "100", ""},
		{"5", "0", "100", ""},
		{"-20", "20", "100", ""},
	} {
		b := balance.New(limitsOf("-Infinity", "Infinity"))
		b.Restore(amountOf(test.posted))
		b.Hold(amountOf(test.held).Big().Uint64())
		b.SetLimits(limitsOf("-Infinity", test.maximum))
		amount, due := b.SettleDebt()
		if due != (test.want != "") || due && amount.String() != test.want || b.Snapshot().Settling != amount {
			t.Errorf("%+v: SettleDebt = %s, %t", test, amount, due)
		}
		if again, due := b.SettleDebt(); due {
			t.Errorf("%+v: %s more is due while it is under way", test, again)
		}
	}
}

func TestTheSameDebtIsNeverSettledTwice(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "0"))
	b.Restore(amountOf("-100"))
	if _, due := b.Settle(amountOf("-50"), amountOf("0")); !due {
		t.Fatal("not due")
	}
	if amount, due := b.Settle(amountOf("-50"), amountOf("0")); due {
		t.Errorf("%s more is due while 100 is under way", amount)
	}
	b.Reserve(60)
	b.Owe(60)
	if amount, due := b.Settle(amountOf("-50"), amountOf("0")); !due || amount != amountOf("60") {
		t.Errorf("new debt: %s, %t; want 60", amount, due)
	}
	want(t, b, -160, 0, 0, 160)
}

func TestSentSettlementIsPosted(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "0"))
	b.Restore(amountOf("-100"))
	b.Settle(amountOf("0"), amountOf("0"))
	b.Settled(amountOf("100"))
	want(t, b, 0, 0, 0, 0)
}

func TestFailedSettlementLeavesTheDebt(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "0"))
	b.Restore(amountOf("-100"))
	b.Settle(amountOf("0"), amountOf("0"))
	b.Unsettled(amountOf("100"))
	want(t, b, -100, 0, 0, 0)
	if amount, due := b.Settle(amountOf("0"), amountOf("0")); !due || amount != amountOf("100") {
		t.Errorf("next settlement %s, %t; want 100", amount, due)
	}
}

func TestSettlementMayEndInParts(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "0"))
	b.Restore(amountOf("-105"))
	b.Settle(amountOf("0"), amountOf("0"))
	b.Settled(amountOf("100"))
	b.Unsettled(amountOf("5"))
	want(t, b, -5, 0, 0, 0)
}

func TestHeldPacketsAreNotSettledInAdvance(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "100"))
	b.Restore(amountOf("-100"))
	b.Hold(70)
	if _, due := b.Settle(amountOf("-50"), amountOf("0")); due {
		t.Error("due although the balance is -30")
	}
	if amount, due := b.Settle(amountOf("-20"), amountOf("0")); !due || amount != amountOf("30") {
		t.Errorf("Settle = %s, %t; want 30", amount, due)
	}
	b.Void(70)
	if amount, due := b.Settle(amountOf("-20"), amountOf("0")); !due || amount != amountOf("70") {
		t.Errorf("after the reject %s, %t; want the other 70", amount, due)
	}
}

func TestSettlementUnderWayCountsTowardsTheMaximumOnly(t *testing.T) {
	b := balance.New(limitsOf("-100", "100"))
	b.Restore(amountOf("-100"))
	b.Settle(amountOf("0"), amountOf("100"))
	if b.Hold(1) {
		t.Error("held 1 on top of a settlement that may reach the maximum")
	}
	if b.Reserve(1) {
		t.Error("reserved 1 against money that may never be sent")
	}
	b.Settled(amountOf("200"))
	if b.Hold(1) || !b.Reserve(200) {
		t.Error("a sent settlement does not count as posted")
	}
}

func TestReopenedSettlementIsNotPaidAgain(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "0"))
	b.Restore(amountOf("-100"))
	if err := b.Reopen(amountOf("100")); err != nil {
		t.Fatal(err)
	}
	if amount, due := b.Settle(amountOf("0"), amountOf("0")); due {
		t.Errorf("%s is due again", amount)
	}
	b.Settled(amountOf("100"))
	want(t, b, 0, 0, 0, 0)
	if err := b.Reopen(amountOf("-1")); !errors.Is(err, balance.ErrOutOfRange) {
		t.Errorf("negative intent: %v", err)
	}
}

// Neither what is under way alone nor the balance with it may leave an Amount.
func TestSettlementsUnderWayFitAnAmount(t *testing.T) {
	const highest = "170141183460469231731687303715884105727"
	b := balance.New(limitsOf("-Infinity", "Infinity"))
	b.Restore(amountOf("-10"))
	if err := b.Reopen(amountOf(highest)); err != nil {
		t.Fatal(err)
	}
	if err := b.Reopen(amountOf("1")); !errors.Is(err, balance.ErrOutOfRange) {
		t.Errorf("reopened beyond an Amount: %v", err)
	}
	if amount, due := b.Settle(amountOf(highest), amountOf(highest)); due {
		t.Errorf("%s is due beyond an Amount", amount)
	}
	b = balance.New(limitsOf("-Infinity", "Infinity"))
	b.Restore(amountOf("10"))
	if err := b.Reopen(amountOf(highest)); !errors.Is(err, balance.ErrOutOfRange) {
		t.Errorf("reopened on top of a balance: %v", err)
	}
}

func TestCreditIsNeverRefusedForALimit(t *testing.T) {
	b := balance.New(limitsOf("-50", "100"))
	if err := b.Credit(amountOf("51")); err != nil {
		t.Fatal(err)
	}
	want(t, b, -51, 0, 0, 0)
	if b.Reserve(1) {
		t.Error("reserved below the minimum")
	}
	if !b.Hold(151) {
		t.Error("a credit does not make room up to the maximum")
	}
}

func TestCreditRefusesOnlyWhatIsNoMoney(t *testing.T) {
	b := balance.New(limitsOf("0", "0"))
	for _, text := range []string{"-1", "-170141183460469231731687303715884105728"} {
		if err := b.Credit(amountOf(text)); !errors.Is(err, balance.ErrOutOfRange) {
			t.Errorf("Credit(%s): %v", text, err)
		}
	}
	want(t, b, 0, 0, 0, 0)
	if err := b.Credit(amountOf("170141183460469231731687303715884105727")); err != nil {
		t.Error(err)
	}
	if err := b.Credit(amountOf("2")); !errors.Is(err, balance.ErrOutOfRange) {
		t.Errorf("beyond an Amount: %v", err)
	}
	if err := b.Credit(amountOf("1")); err != nil {
		t.Error(err)
	}
}
