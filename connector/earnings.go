package connector

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
)

// Earnings returns what the spread has earned, in the order of account ids and assets. What
// clients have earned that are accounts counts for the account that they come by.
func (n node) Earnings() []account.Earning {
	all := n.ledger.Earnings()
	for i := range all {
		all[i].AccountID = n.hostOf(all[i].AccountID)
	}
	slices.SortStableFunc(all, func(a, b account.Earning) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.AssetCode, b.AssetCode), cmp.Compare(a.AssetScale, b.AssetScale))
	})
	sums := all[:0]
	for _, e := range all {
		last := len(sums) - 1
		if last < 0 || sums[last].AccountID != e.AccountID || sums[last].AssetCode != e.AssetCode || sums[last].AssetScale != e.AssetScale {
			sums = append(sums, e)
			continue
		}
		if sum, fits := sums[last].Amount.Add(e.Amount); fits {
			sums[last].Amount = sum
		}
		if e.Since.Before(sums[last].Since) {
			sums[last].Since = e.Since
		}
	}
	return sums
}

// EarningsOf returns what the spread has earned of the packets of one account, or of one client
// that is an account.
func (n node) EarningsOf(id string) []account.Earning { return n.ledger.Earnings(id) }

// EarningsOfClients returns the same for each client of an account, in the order of their ids.
func (n node) EarningsOfClients(id string) (list []account.Earning) {
	for _, e := range n.ledger.Earnings() {
		if strings.HasPrefix(e.AccountID, id+".") {
			list = append(list, e)
		}
	}
	return list
}

// hostOf returns the id of the account that a client comes by, or the id itself if it is that of
// no client. A client that is connected is a member.
func (n node) hostOf(id string) string {
	dot := strings.LastIndexByte(id, '.') // the name of a client has none, the id of its account may
	if m := n.member(id); dot < 0 || m != nil && m.host == nil || n.Children(id[:dot]) == nil {
		return id
	}
	return id[:dot]
}
