package connector

import "github.com/ilp-go/connector/admin"

// FormerBalances returns what is left of accounts that were removed, or have no balance
// or another unit now, in the order of their ids.
func (n node) FormerBalances() (former []admin.FormerBalance) {
	for _, x := range n.ledger.Former() {
		former = append(former, admin.FormerBalance{
			AccountID: x.ID, AssetCode: x.Asset, AssetScale: x.Scale, Posted: x.Posted().String(),
		})
	}
	return former
}
