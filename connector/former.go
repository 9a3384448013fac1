package connector

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// FormerBalances returns what is left of accounts that were removed, or have no balance
// or another unit now, in the order of their ids.
func (n node) FormerBalances() []admin.FormerBalance { return n.formerBalances() }

// formerBalances returns the balances that are not 0, or have an open settlement, and that
// no account has: of the ids named, or of all.
func (c *Connector) formerBalances(accountIDs ...string) (former []admin.FormerBalance) {
	settling := make(map[string]balance.Amount)
	for _, s := range c.formerSettlements(accountIDs...) {
		settling[s.AccountID], _ = settling[s.AccountID].Add(s.Amount) // for display; no debt is that large
	}
	add := func(x *ledger.Account) {
		former = append(former, admin.FormerBalance{
			AccountID: x.ID, AssetCode: x.Asset, AssetScale: x.Scale, Posted: x.Posted().String(), Settling: settling[x.ID].String(),
		})
	}
	listed := make(map[string]bool)
	balances := c.ledger.Former
	if len(accountIDs) > 0 {
		balances = func() (of []*ledger.Account) {
			for _, id := range accountIDs {
				of = append(of, c.ledger.FormerOf(id))
			}
			return slices.DeleteFunc(of, func(x *ledger.Account) bool { return x == nil })
		}
	}
	for _, x := range balances() {
		add(x)
		listed[x.ID] = true
	}
	for id := range settling {
		if x := c.ledger.Lookup(id); x != nil && !listed[id] {
			add(x)
		}
	}
	slices.SortFunc(former, func(a, b admin.FormerBalance) int { return cmp.Compare(a.AccountID, b.AccountID) })
	return former
}

// formerSettlements returns the open settlements of accounts that do not settle now, latest
// first: of the accounts named, or of all.
func (c *Connector) formerSettlements(accountIDs ...string) []settle.Settlement {
	if !c.durable || !c.life.has(loaded) {
		return nil
	}
	all, err := c.payer.Former(accountIDs...)
	if err != nil {
		c.log.Error("open settlements of accounts that do not settle now cannot be read", "error", err)
	}
	return all
}

// resolveFormer records the outcome of a settlement of an account that does not settle now.
func (c *Connector) resolveFormer(ctx context.Context, accountID, id string, paid bool) error {
	c.adding.Lock() // the account does not come meanwhile
	defer c.adding.Unlock()
	if !c.durable || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), settle.ErrNoAccount)
	}
	err := c.payer.ResolveFormer(accountID, id, paid, func(delta balance.Amount, changes store.Batch) error {
		err := c.ledger.Adjust(accountID, delta, func(_, _ balance.Amount) store.Batch { return changes })
		if errors.Is(err, ledger.ErrNoBalance) {
			err = c.ledger.Apply(changes)
		}
		return err
	})
	if err == nil {
		c.checkFormer(accountID)
	}
	return err
}
