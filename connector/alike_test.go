package connector

import (
	"fmt"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

func TestEqualSettingsAreShared(t *testing.T) {
	limits := func(most uint64) *balance.Limits {
		return &balance.Limits{Maximum: balance.Finite(balance.FromUint64(most))}
	}
	var x alike
	first := x.share(account.Settings{AssetCode: "USD", Limits: limits(1), Segment: "a"})
	if again := x.share(account.Settings{AssetCode: "USD", Limits: limits(1), Segment: "b"}); again != first || again.Segment != "" {
		t.Errorf("equal settings are apart: %+v", again)
	}
	for _, other := range []account.Settings{
		{AssetCode: "USD", Limits: limits(2)}, {AssetCode: "USD"}, {AssetCode: "EUR", Limits: limits(1)},
		{AssetCode: "USD", Limits: limits(1), Settle: new(account.Settle)},
	} {
		if got := x.share(other); got == first || got.AssetCode != other.AssetCode || !pointsAtEqual(got.Limits, other.Limits) {
			t.Errorf("%+v became %+v", other, got)
		}
	}
	for i := range 100 { // which it cannot all know
		if got := x.share(account.Settings{AssetCode: fmt.Sprint(i)}); got.AssetCode != fmt.Sprint(i) {
			t.Errorf("%d became %+v", i, got)
		}
	}
}
