package account_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

func TestLatestSettlementOfEitherKindIsRemembered(t *testing.T) {
	var m account.Money
	if succeeded, failed := m.Last(); succeeded != nil || failed != nil {
		t.Errorf("there was none, and it was %v and %v", succeeded, failed)
	}
	m.Succeed(balance.FromInt64(5))
	if succeeded, failed := m.Last(); *succeeded != balance.FromInt64(5) || failed != nil {
		t.Errorf("got %v and %v", succeeded, failed)
	}
	m.Fail(balance.FromInt64(6))
	m.Succeed(balance.FromInt64(7))
	if succeeded, failed := m.Last(); *succeeded != balance.FromInt64(7) || *failed != balance.FromInt64(6) {
		t.Errorf("got %v and %v", succeeded, failed)
	}
}
