package settle

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

// credit makes a new receipt durable, and then visible. The lock of the drawer is held.
func (c *Receiver) credit(d *receiptLog, a *account.Account, r Receipt) (balance.Amount, error) {
	credited, rest, fits := d.rests[a.AssetCode].add(r.Amount, r.Scale, a.AssetScale)
	if !fits || !creditable(a, credited) {
		return balance.Amount{}, balance.ErrOutOfRange
	}
	now := time.Now()
	e := &Credit{Receipt: r, AccountID: a.ID, Credited: credited, At: now, Seen: now}
	old := d.old(now)
	changes := d.changes(old, e, a.AssetCode, rest)
	if err := changes.Validate(); err != nil { // the books would end with it
		return balance.Amount{}, fmt.Errorf("receipt of account %q: %w", a.ID, err)
	}
	delta, _ := credited.Neg() // it is not negative
	if err := c.Ledger.Record(a.ID, delta, changes); err != nil {
		d.loaded, d.unsure = false, true
		return balance.Amount{}, fmt.Errorf("record receipt %s of account %q: %w", r.ID, a.ID, err)
	}
	d.enter(old, e, a.AssetCode, rest)
	a.Counters.IncomingMoney.Succeed(credited)
	c.Log.Info("received a settlement", "account", a.ID, "receipt", r.ID,
		"amount", r.Amount, "scale", r.Scale, "credited", credited)
	c.lower(a, credited)
	return credited, nil
}

// lower credits the balance in memory. The receipt is durable, so nothing that happens
// here may say that it was not credited: its engine would tell of it under another id.
//
// The account may have been removed and added again since it was found. With the same
// asset it has the same Balance, so the credit is not missed: see CashierOptions.Find.
// With another asset it cannot be there yet: Cashier.Remove waits for this receipt, and
// comes first.
func (c *Receiver) lower(a *account.Account, credited balance.Amount) {
	if a.Balance == nil {
		return
	}
	if err := a.Balance.Credit(credited); err != nil { // only if it moved by 2^126 since creditable
		c.Log.Error("a balance in memory cannot follow the store", "account", a.ID, "credited", credited, "error", err)
		c.Alert(a.ID, alertMemory)
		return
	}
	if s := a.Balance.Snapshot(); s.Minimum.Cmp(s.Lowest()) > 0 {
		c.Alert(a.ID, alertMinimum)
	}
	if c.Credited != nil {
		c.Credited(a)
	}
}

// creditable reports whether a credit will fit the balance. It leaves half of the range
// to what packets do until then.
func creditable(a *account.Account, credited balance.Amount) bool {
	if a.Balance == nil {
		return true
	}
	twice, fits := credited.Add(credited)
	if !fits {
		return false
	}
	_, fits = a.Balance.Snapshot().Lowest().Sub(twice)
	return fits
}
