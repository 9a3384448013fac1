package connector

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

// Account is an account as it was at one moment.
type Account struct {
	ID         string
	Relation   account.Relation
	AssetCode  string
	AssetScale uint8
	Plugin     string
	Connected  bool           // a packet to it could be sent
	Balance    *balance.State // nil if the account has no limits
}

// Accounts returns all accounts, in the order in which they were added.
func (c *Connector) Accounts() []Account {
	all := c.registry.All()
	accounts := make([]Account, len(all))
	for i, a := range all {
		accounts[i] = c.inspect(a)
	}
	return accounts
}

// Account returns the account of an id. It returns false if there is none.
func (c *Connector) Account(id string) (Account, bool) {
	a := c.registry.Find(id)
	if a == nil {
		return Account{}, false
	}
	return c.inspect(a), true
}

func (c *Connector) inspect(a *account.Account) Account {
	m := c.member(a.ID)
	account := Account{
		ID: a.ID, Relation: a.Relation, AssetCode: a.AssetCode, AssetScale: a.AssetScale, Plugin: a.Plugin,
		Connected: m != nil && c.connected(m),
	}
	if a.Balance != nil {
		state := a.Balance.Snapshot()
		account.Balance = &state
	}
	return account
}
