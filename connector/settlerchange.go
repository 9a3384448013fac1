package connector

import (
	"fmt"
	"slices"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
)

// mayChangeSettler returns an error if an account, or its clients that are accounts, would be paid
// by another settler while a settlement is open. That settler does not know the settlement, and
// would pay it a second time.
func (c *Connector) mayChangeSettler(m *member, a config.Account) error {
	old := m.now().config
	settling := []*account.Account{m.now().account}
	if settledBy(old) == settledBy(a) {
		settling = nil
	}
	if old.Children != nil && (a.Children == nil || settledBy(old.Child("x")) != settledBy(a.Child("x"))) {
		settling = slices.Concat(settling, c.registry.Hosted(m.id))
	}
	for _, one := range settling {
		if one.Balance == nil {
			continue
		}
		if open := one.Balance.Snapshot().Settling; open.Sign() != 0 {
			return fmt.Errorf("account %s: %s is being settled, and only the present settler knows whether that is paid: wait until it has ended, "+
				"or say how it ended with 'ilp-connector settlements resolve'", one.ID, open)
		}
	}
	return nil
}

// settledBy names what pays an account: its engine, or its plugin.
func settledBy(a config.Account) string {
	if a.SettlementEngine != nil {
		return a.SettlementEngine.URL
	}
	return a.Plugin
}
