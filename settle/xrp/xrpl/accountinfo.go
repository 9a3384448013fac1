package xrpl

import (
	"context"
	"errors"
	"fmt"
)

// LedgerName names the ledger that a request is about.
type LedgerName string

// Validated is final. Current is the open ledger: it has what was just submitted, and may
// change.
const (
	Validated LedgerName = "validated"
	Current   LedgerName = "current"
)

// Account is an account as a ledger has it.
type Account struct {
	ID         AccountID
	Sequence   uint32 // of its next transaction
	Balance    Drops  // with the reserve
	OwnerCount uint32 // entries that it owns, each with a reserve
	Flags      uint32
	RegularKey *AccountID
	Ledger     uint32 // the ledger that was asked
}

// Bits of Account.Flags.
const (
	AccountFlagRequireDest        uint32 = 0x0002_0000 // payments and channels to it need a destination tag
	AccountFlagDisableMaster      uint32 = 0x0010_0000 // only the regular key signs for it
	AccountFlagDepositAuth        uint32 = 0x0100_0000
	AccountFlagDisallowPayChannel uint32 = 0x1000_0000 // nobody may make channels to it
)

// AccountInfo asks for an account. If the ledger has none, the error is ErrNotFound.
func (c *Client) AccountInfo(ctx context.Context, account AccountID, ledger LedgerName) (Account, error) {
	var answer struct {
		Data struct {
			Account    *AccountID
			Sequence   *uint32
			Balance    *Drops
			OwnerCount *uint32
			Flags      uint32
			RegularKey *AccountID
		} `json:"account_data"`
		of
	}
	params := map[string]any{"account": account, "ledger_index": ledger}
	if err := c.Do(ctx, "account_info", params, &answer); err != nil {
		return Account{}, err
	}
	d := answer.Data
	if d.Account == nil || d.Sequence == nil || d.Balance == nil || d.OwnerCount == nil {
		return Account{}, incomplete("account_info")
	}
	if *d.Account != account {
		return Account{}, fmt.Errorf("account_info: %w", unreadable(fmt.Errorf("it is about %v, not %v", d.Account, account)))
	}
	if err := answer.check(ledger); err != nil {
		return Account{}, fmt.Errorf("account_info: %w", err)
	}
	return Account{account, *d.Sequence, *d.Balance, *d.OwnerCount, d.Flags, d.RegularKey, answer.index()}, nil
}

// of is which ledger an answer is about.
type of struct {
	LedgerIndex        uint32 `json:"ledger_index"`
	LedgerCurrentIndex uint32 `json:"ledger_current_index"`
	IsValidated        bool   `json:"validated"`
}

func (o of) index() uint32 { return max(o.LedgerIndex, o.LedgerCurrentIndex) }

// check refuses an answer about an open ledger to a question about a validated one.
func (o of) check(asked LedgerName) error {
	if asked == Validated && !o.IsValidated {
		return unreadable(errors.New("it is not about a validated ledger"))
	}
	return nil
}

// incomplete is the error of an answer without what it must have.
func incomplete(command string) error {
	return fmt.Errorf("%s: %w", command, unreadable(errors.New("a field is missing")))
}
