package balance_test

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

func TestAdjustObeysTheLimits(t *testing.T) {
	tests := []struct {
		name, diff string
		wantError  string
		want       string // the balance after
	}{
		{"up to the maximum", "95", "", "100"},
		{"above the maximum", "96", "exceeded maximum balance.", "5"},
		{"down to the minimum", "-55", "", "-50"},
		{"below the minimum", "-56", "insufficient funds. oldBalance=5 proposedBalance=-51", "5"},
		{"by nothing", "0", "", "5"},
		{"beyond an Amount", "170141183460469231731687303715884105727", "amount out of range", "5"},
		{"far below the minimum", "-170141183460469231731687303715884105728", "insufficient funds. oldBalance=5 proposedBalance=-170141183460469231731687303715884105723", "5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := balance.New(limitsOf("-50", "100"))
			b.Restore(amountOf("5"))
			text := ""
			if err := b.Adjust(amountOf(test.diff)); err != nil {
				text = err.Error()
			}
			if text != test.wantError {
				t.Errorf("error %q, want %q", text, test.wantError)
			}
			if got := b.Snapshot().Balance(); got != amountOf(test.want) {
				t.Errorf("balance %s, want %s", got, test.want)
			}
		})
	}
}

func TestAdjustErrorsHaveTypes(t *testing.T) {
	b := balance.New(limitsOf("0", "0"))
	if err := b.Adjust(amountOf("1")); !errors.Is(err, balance.ErrExceedsMaximum) {
		t.Errorf("above the maximum: %v", err)
	}
	funds, ok := errors.AsType[*balance.InsufficientFundsError](b.Adjust(amountOf("-1")))
	if !ok || funds.Old != amountOf("0") || funds.Proposed != amountOf("-1") {
		t.Errorf("below the minimum: %+v", funds)
	}
}

func TestAdjustCountsWhatIsPending(t *testing.T) {
	b := balance.New(limitsOf("-100", "100"))
	b.Hold(30)
	b.Reserve(40)
	b.Settle(amountOf("50"), amountOf("50")) // 20 under way

	if err := b.Adjust(amountOf("51")); !errors.Is(err, balance.ErrExceedsMaximum) {
		t.Errorf("51 on top of 30 held and 20 settling: %v", err)
	}
	const text = "insufficient funds. oldBalance=30 proposedBalance=-31"
	if err := b.Adjust(amountOf("-61")); err == nil || err.Error() != text {
		t.Errorf("-61 beside 40 reserved: %v, want %s", err, text)
	}
	if err := b.Adjust(amountOf("-60")); err != nil {
		t.Errorf("-60 beside 40 reserved: %v", err)
	}
	want(t, b, -60, 30, 40, 20)
}

func TestAdjustLeadsBackFromOutsideTheLimits(t *testing.T) {
	above := balance.New(limitsOf("0", "10"))
	above.Restore(amountOf("50"))
	if err := above.Adjust(amountOf("-20")); err != nil {
		t.Error(err)
	}
	// As in the reference, an edit of zero asks the maximum.
	if err := above.Adjust(amountOf("0")); !errors.Is(err, balance.ErrExceedsMaximum) {
		t.Error(err)
	}
	below := balance.New(limitsOf("0", "10"))
	below.Restore(amountOf("-50"))
	if err := below.Adjust(amountOf("20")); err != nil {
		t.Error(err)
	}
}

// What has happened since an edit, or how the limits were changed, does not keep it from
// being taken back.
func TestUnadjustObeysNoLimit(t *testing.T) {
	b := balance.New(limitsOf("0", "100"))
	if err := b.Adjust(amountOf("50")); err != nil {
		t.Fatal(err)
	}
	if !b.Reserve(50) {
		t.Fatal("there is no room for the packet")
	}
	if err := b.Unadjust(amountOf("50")); err != nil {
		t.Error(err)
	}
	want(t, b, 0, 0, 50, 0)
}
