package connector

import (
	"cmp"
	"slices"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/books"
)

// FormerBalances returns what is left of accounts that were removed, or have no balance
// or another unit now, in the order of their ids.
func (n node) FormerBalances() (former []admin.Former) {
	b := n.ledger.books.Load()
	if b == nil {
		return nil
	}
	for _, line := range b.Lines() {
		posted := line.Posted()
		if posted.Sign() != 0 && !n.holds(line) {
			former = append(former, admin.Former{
				AccountID: line.ID, AssetCode: line.Asset, AssetScale: line.Scale, Posted: posted.String(),
			})
		}
	}
	slices.SortFunc(former, func(a, b admin.Former) int { return cmp.Compare(a.AccountID, b.AccountID) })
	return former
}

// holds reports whether an account has the balance of a line.
func (c *Connector) holds(line *books.Line) bool {
	a := c.registry.Find(line.ID)
	return a != nil && c.ledger.line(a) == line
}

// adjustFormer edits a balance that no account has, or changes nothing. The caller holds
// adding, so that nobody takes the balance over meanwhile.
func (c *Connector) adjustFormer(id string, diff balance.Amount, note *audit.Note) error {
	b := c.ledger.books.Load()
	if b == nil {
		return errNoBalance
	}
	line := b.Find(id)
	if line == nil || c.holds(line) {
		return errNoBalance
	}
	if err := c.openSettlement(line); err != nil { // its end will move the balance
		return err
	}
	before := line.Posted()
	after, fits := before.Add(diff)
	if !fits {
		return balance.ErrOutOfRange
	}
	note.Detail(audit.PostedBefore, before.String())
	note.Detail(audit.PostedAfter, after.String())
	if err := b.Record(line, diff, note.Batch()); err != nil {
		return err
	}
	if h := c.ledger.find(id); h != nil && h.asset == line.Asset && h.scale == line.Scale {
		back, _ := diff.Neg()
		return h.balance.Unadjust(back) // the next account of that id goes on with it
	}
	return nil
}
