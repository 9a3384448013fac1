package connector_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
)

// accounts is a connector, or what embeds one.
type accounts interface {
	Account(id string) (connector.Account, bool)
}

// snapshot returns the balance of an account that has one.
func snapshot(c accounts, id string) balance.State {
	a, _ := c.Account(id)
	return *a.Balance
}

// TestAccountsAreSnapshots holds that what a program does with them changes nothing.
func TestAccountsAreSnapshots(t *testing.T) {
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := start(t, twoAccounts, links(map[string]*testLink{"alice": alice, "bob": bob}))
	awaitReady(t, c)
	all := c.Accounts()
	if len(all) != 2 || all[0].ID != "alice" || all[1].ID != "bob" || all[1].Relation != account.Child || !all[1].Connected {
		t.Fatalf("%+v", all)
	}
	all[1].ID = "mallory"
	all[1].Balance.Posted = balance.FromInt64(1000)
	if a, there := c.Account("bob"); !there || a.Balance.Posted.Sign() != 0 {
		t.Errorf("%t, %+v", there, a)
	}
	if _, there := c.Account("mallory"); there {
		t.Error("there is a mallory")
	}
}
