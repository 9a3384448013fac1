package settle

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// ReceiverOptions are what a Cashier needs.
type ReceiverOptions struct {
	Ledger Ledger
	// Store is what the Ledger's batches end up in. It is read when an account is first
	// paid or looked at.
	Store store.Store
	// Find is the account of an id, nil if there is none. An account that is removed and
	// added again under the same id and asset must have the same Balance: see lower.
	Find func(accountID string) *account.Account
	// Credited is told after a balance has fallen: we may owe now. May be nil.
	Credited func(*account.Account)
	// Alert tells the operator; of one kind the text is always the same.
	Alert func(accountID, message string)
	Log   *slog.Logger
}

// Receiver credits what counterparties pay us. Its methods are safe for concurrent use;
// receipts of one account wait for one another.
type Receiver struct {
	ReceiverOptions
	mu      sync.Mutex
	drawers map[string]*receiptLog
}

// Receipt is money that a counterparty has definitely paid.
type Receipt struct {
	// ID names the payment for ever, among those of the account: 1 to 255 bytes of UTF-8
	// without control characters. It becomes a part of a key of the store.
	ID string
	// Amount is in units of 10^-Scale, whatever the scale of the account.
	Amount balance.Amount
	Scale  uint8
}

// What can be wrong with a receipt.
var (
	ErrReceiptID = errors.New("a receipt needs an id of 1 to 255 bytes of UTF-8 without control characters")
	// ErrBusy is for a receipt of an account that tells of very many: see wait.
	ErrBusy = errors.New("too many receipts of the account wait; send this one again")
	// ErrReused is wrapped by ReusedError.
	ErrReused = errors.New("a receipt of that id was for another amount")
)

// ReusedError says that an id has come again with another amount. The first counts, and
// the second was not credited.
type ReusedError struct{ First Receipt }

// Error names the id.
func (e *ReusedError) Error() string { return fmt.Sprintf("%s: %v", e.First.ID, ErrReused) }

// Unwrap is ErrReused.
func (e *ReusedError) Unwrap() error { return ErrReused }

const (
	alertMinimum = "a settlement from the counterparty lowered the balance below the minimum"
	alertMemory  = "a settlement from the counterparty is credited in the store but not in memory: start the connector again"
	receiptIDMax = 255
)

// NewReceiver makes a Cashier.
func NewReceiver(o ReceiverOptions) *Receiver {
	return &Receiver{ReceiverOptions: o, drawers: make(map[string]*receiptLog)}
}

// Receive credits a receipt, once per id, whatever the limits of the account, and
// returns by how much the balance fell, in units of the account. A receipt that comes
// again changes nothing and returns the same. It blocks until the credit is durable.
//
// What does not make a whole unit of the account is kept, to the last digit, and added
// to the next receipt; so the amount may be more or less than the receipt's own.
//
// After ErrNoAccount, ErrReceiptID, ErrReused, ErrBusy and balance.ErrOutOfRange the
// receipt was not credited. After any other error nobody knows: it must come again.
func (c *Receiver) Receive(accountID string, r Receipt) (credited balance.Amount, err error) {
	a := c.Find(accountID)
	switch {
	case a == nil:
		return balance.Amount{}, ErrNoAccount
	case r.Amount.Sign() < 0:
		return balance.Amount{}, balance.ErrOutOfRange
	}
	d := c.drawer(accountID)
	credited, err = c.receive(d, r, a.AssetCode, false)
	if errors.Is(err, errCrowded) {
		if err := d.wait(); err != nil {
			return balance.Amount{}, err
		}
		credited, err = c.receive(d, r, a.AssetCode, true)
	}
	return credited, err
}

// receive credits a receipt in asset, or returns errCrowded if it must wait and has not
// waited. If the account has another asset now, receive returns ErrNoAccount: the account
// that was paid is gone.
func (c *Receiver) receive(d *receiptLog, r Receipt, asset string, waited bool) (balance.Amount, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := c.Find(d.accountID) // under the lock, for it may have been removed, or have another asset now
	if a == nil {
		return balance.Amount{}, ErrNoAccount
	}
	if err := d.check(c.Ledger); err != nil {
		return balance.Amount{}, fmt.Errorf("receipts of account %q: %w", a.ID, err)
	}
	if err := d.load(c.Store, a.AssetCode); err != nil {
		return balance.Amount{}, fmt.Errorf("receipts of account %q: %w", a.ID, err)
	}
	if e := d.find(r.ID); e != nil {
		return c.repeat(d, e, r)
	}
	switch {
	case a.AssetCode != asset:
		return balance.Amount{}, ErrNoAccount
	case !validReceiptID(r.ID):
		return balance.Amount{}, ErrReceiptID
	case !waited && d.crowded(time.Now()):
		return balance.Amount{}, errCrowded
	}
	return c.credit(d, a, r)
}

// validReceiptID reports whether an id can be a key of a store and stand in a log.
func validReceiptID(id string) bool {
	return id != "" && len(id) <= receiptIDMax && utf8.ValidString(id) && strings.IndexFunc(id, unicode.IsControl) < 0
}

// repeat is for a receipt that was credited before.
func (c *Receiver) repeat(d *receiptLog, e *Credit, r Receipt) (balance.Amount, error) {
	if !e.same(r) {
		return balance.Amount{}, &ReusedError{First: e.Receipt}
	}
	if d.touch(e, time.Now()) {
		if err := c.Ledger.Record(d.accountID, balance.Amount{}, store.Batch{e.change()}); err != nil {
			d.loaded, d.unsure = false, true
			return balance.Amount{}, fmt.Errorf("record receipt %s of account %q: %w", r.ID, d.accountID, err)
		}
	}
	return e.Credited, nil
}

func (c *Receiver) drawer(accountID string) *receiptLog {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.drawers[accountID]
	if d == nil {
		d = &receiptLog{accountID: accountID, turn: make(chan struct{}, 1)}
		c.drawers[accountID] = d
	}
	return d
}

var _ error = (*ReusedError)(nil)
