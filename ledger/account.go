package ledger

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unique"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// keyPrefix begins the keys of the balances in the store. The id of the account follows.
// A value is the posted balance, the scale and the asset code:
//
//	balances/alice  ->  -1500 9 USD
const keyPrefix = "balances/"

// Account is the balance of an account id in one unit.
type Account struct {
	ID    string
	Asset string
	Scale uint8

	number  uint32           // account.Account.LedgerNumber, 0 until an account has taken it over
	balance *balance.Balance // in memory, nil until an account has taken it over

	key string

	mu     sync.Mutex
	posted balance.Amount // in the store

	// Of the goroutine in Ledger.Run alone.
	next    balance.Amount // posted, and what is being written
	touched bool
	value   []byte
}

func newAccount(id, asset string, scale uint8) *Account {
	key := keyPrefix + id
	return &Account{ID: key[len(keyPrefix):], Asset: unique.Make(asset).Value(), Scale: scale, key: key}
}

// IsBalance reports whether an entry of a store is a balance. The error says that it
// cannot be read.
func IsBalance(key string, value []byte) (yes bool, err error) {
	if yes = strings.HasPrefix(key, keyPrefix); yes {
		_, err = parseAccount(key, value)
	}
	return yes, err
}

// parseAccount reads what change writes.
func parseAccount(key string, value []byte) (*Account, error) {
	amount, unit, ok := bytes.Cut(value, []byte(" "))
	scale, asset, ok2 := strings.Cut(string(unit), " ")
	posted, err := balance.Parse(string(amount))
	n, err2 := strconv.ParseUint(scale, 10, 8)
	if !ok || !ok2 || err != nil || err2 != nil {
		return nil, fmt.Errorf("%s: %.100q is no balance: restore the store from a backup", key, value)
	}
	x := newAccount(strings.TrimPrefix(key, keyPrefix), asset, uint8(n))
	x.posted, x.next = posted, posted
	return x, nil
}

// Unit returns the asset and the scale for operators.
func (x *Account) Unit() string { return unit(x.Asset, x.Scale) }

func unit(asset string, scale uint8) string { return fmt.Sprintf("%s with scale %d", asset, scale) }

// fits reports whether x is in the unit of an account.
func (x *Account) fits(a *account.Account) bool {
	return x.Asset == a.AssetCode && x.Scale == a.AssetScale
}

// Posted returns the balance in the store. It is positive if the counterparty owes us.
func (x *Account) Posted() balance.Amount {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.posted
}

// change returns what to write. It is valid until the next call.
func (x *Account) change() store.Change {
	x.value, _ = x.next.AppendText(x.value[:0])
	x.value = append(strconv.AppendUint(append(x.value, ' '), uint64(x.Scale), 10), ' ')
	x.value = append(x.value, x.Asset...)
	return store.Change{Key: x.key, Value: x.value}
}

// finish ends a write.
func (x *Account) finish(written bool) {
	x.touched = false
	if written {
		x.mu.Lock()
		x.posted = x.next
		x.mu.Unlock()
	}
}

// idle returns why a balance in the configured unit cannot take the place of x, nil if it
// can. The caller must have made durable what was entered.
func (x *Account) idle(configured string) error {
	posted := x.Posted()
	if x.balance != nil && posted.Sign() == 0 {
		posted = x.balance.Snapshot().Posted
	}
	switch {
	case posted.Sign() != 0:
		return &UnitError{AccountID: x.ID, Posted: posted, Kept: x.Unit(), Configured: configured}
	case x.pending():
		return fmt.Errorf("account %s: packets or settlements in %s are still under way: wait until they have ended to change its asset or scale",
			x.ID, x.Unit())
	}
	return nil
}

// pending reports whether packets or settlements of x are under way.
func (x *Account) pending() bool {
	if x.balance == nil {
		return false
	}
	s := x.balance.Snapshot()
	return s.PendingIn.Sign() != 0 || s.PendingOut.Sign() != 0 || s.Settling.Sign() != 0
}

// UnitError says that a balance that is not zero is in another asset or scale than the
// account.
type UnitError struct {
	AccountID        string
	Posted           balance.Amount
	Kept, Configured string
}

// Error returns what is wrong and what to do.
func (e *UnitError) Error() string {
	opposite, _ := e.Posted.Neg()
	return fmt.Sprintf("account %s: its balance of %s is kept in %s, and the configuration says %s: bring the balance to 0 first, "+
		"or use another account id; start with the former asset and scale, or without the account, and settle, or enter what was "+
		"paid elsewhere with 'ilp-connector balance adjust %[1]s %[5]s'", e.AccountID, e.Posted, e.Kept, e.Configured, opposite)
}
