package connector

import (
	"fmt"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/config"
)

// beyond returns which limits of a changed account its present balance is beyond. That is no fault,
// since an operator may want the account to settle first.
func beyond(old *account.Account, a config.Account) (odd []config.Warning) {
	s, err := settings(a)
	if err != nil || old.Balance == nil {
		return nil
	}
	next := account.New(a.ID, s)
	if next.Balance == nil {
		return nil
	}
	now, limits := old.Balance.Snapshot(), next.Balance.Snapshot()
	warn := func(name, way string, limit balance.Limit, at balance.Amount) {
		odd = append(odd, config.Warning{
			Path:    config.AccountPath(a.ID) + ".balance." + name,
			Problem: fmt.Sprintf("is %s, and the balance is %s: packets of value %s the account are refused with T04", limit, at, way),
			Hint:    "settle, or choose another limit",
		})
	}
	if limits.Maximum.Cmp(now.Highest()) < 0 {
		warn("maximum", "from", limits.Maximum, now.Highest())
	}
	if limits.Minimum.Cmp(now.Lowest()) > 0 {
		warn("minimum", "to", limits.Minimum, now.Lowest())
	}
	return odd
}
