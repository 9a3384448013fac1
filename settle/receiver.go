package settle

import (
	"context"
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

// ReceiverOptions are what a Receiver needs.
type ReceiverOptions struct {
	Ledger Ledger
	// Find returns the account with an id, nil if there is none. An account that is removed
	// and added again under the same id and asset must have the same Balance: see lower.
	Find func(accountID string) *account.Account
	// Credited is called after a balance has fallen, because we may owe now. May be nil.
	Credited func(*account.Account)
	// Alert tells the operator. Alerts of one kind have the same text.
	Alert func(accountID, message string)
	Log   *slog.Logger
}

// Receiver credits what counterparties pay us. Its methods are safe for concurrent use;
// receipts of one account wait for one another.
type Receiver struct {
	ReceiverOptions
	mu   sync.Mutex
	logs map[string]*receiptLog
}

// Receipt is money that a counterparty has definitely paid.
type Receipt struct {
	// ID names the payment for ever, among those of the account: 1 to 255 bytes of UTF-8
	// without control characters. It becomes a part of a key of the store.
	ID string
	// Amount is in units of 10^-Scale, whatever the scale of the account.
	Amount balance.Amount
	Scale  uint8

	once bool // it does not come again
}

const receiptIDMax = 255

// Why a receipt is not credited.
var (
	ErrReceiptID = errors.New("a receipt needs an id of 1 to 255 bytes of UTF-8 without control characters")
	// ErrBusy refuses a receipt of an account with very many receipts: see waitForTurn.
	ErrBusy = errors.New("too many receipts of the account wait; send this one again")
	// ErrHeld refuses a receipt that may not wait until the account has changed.
	ErrHeld = errors.New("the account is being changed")
	// ErrReused is wrapped by ReusedError.
	ErrReused = errors.New("the id was used before, for another amount")
)

// ReusedError says that an id has come again with another amount. The first receipt counts,
// and the second was not credited.
type ReusedError struct{ First Receipt }

// Error names the id.
func (e *ReusedError) Error() string { return fmt.Sprintf("receipt %s: %v", e.First.ID, ErrReused) }

// Unwrap returns ErrReused.
func (e *ReusedError) Unwrap() error { return ErrReused }

// NewReceiver returns a Receiver that has read nothing yet.
func NewReceiver(o ReceiverOptions) *Receiver {
	return &Receiver{ReceiverOptions: o, logs: make(map[string]*receiptLog)}
}

// Receive credits a receipt once per id, whatever the limits of the account. It returns by
// how much the balance fell, in units of the account. A receipt that comes again changes
// nothing and returns the same. Receive blocks until the credit is durable.
//
// What is less than a unit of the account is kept, to the last digit, and added to the next
// receipt. So the credit may be more or less than the receipt's own amount.
//
// After ErrNoAccount, ErrReceiptID, ErrReused, ErrBusy and balance.ErrOutOfRange the
// receipt was not credited. After any other error the outcome is unknown, and the caller
// must send the receipt again.
func (r *Receiver) Receive(accountID string, receipt Receipt) (credited balance.Amount, err error) {
	a := r.Find(accountID)
	switch {
	case a == nil:
		return balance.Amount{}, ErrNoAccount
	case receipt.Amount.Sign() < 0:
		return balance.Amount{}, balance.ErrOutOfRange
	}
	receipts := r.logOf(accountID)
	credited, err = r.receive(receipts, receipt, a.AssetCode, false)
	if errors.Is(err, errThrottled) {
		if err := receipts.waitForTurn(); err != nil {
			return balance.Amount{}, err
		}
		credited, err = r.receive(receipts, receipt, a.AssetCode, true)
	}
	return credited, err
}

// receive credits a receipt in asset, or returns errThrottled if it must wait and has not
// waited. If the account has another asset now, the account that was paid is gone, and
// receive returns ErrNoAccount.
func (r *Receiver) receive(receipts *receiptLog, receipt Receipt, asset string, waited bool) (balance.Amount, error) {
	receipts.lockUnheld(nil)
	defer receipts.mu.Unlock()
	return r.receiveLocked(receipts, receipt, asset, waited, nil)
}

// ReceiveOnce credits a receipt as Receive does, if its sender never sends a receipt again. So it is
// not remembered for longer than operators like to see it, and an account may have any number. While
// the account is held, ReceiveOnce waits until ctx ends, and then returns ErrHeld: the receipt was not
// credited. After an error that Receive does not name the outcome is unknown here too.
//
// The changes in with are made in the same durable step as the credit, if it is made: they are the proof
// of the payment, for instance. Their keys are those of the whole store.
func (r *Receiver) ReceiveOnce(
	ctx context.Context, accountID string, receipt Receipt, with ...store.Change,
) (credited balance.Amount, err error) {
	receipt.once = true
	a := r.Find(accountID)
	switch {
	case a == nil:
		return balance.Amount{}, ErrNoAccount
	case receipt.Amount.Sign() < 0:
		return balance.Amount{}, balance.ErrOutOfRange
	}
	receipts := r.logOf(accountID)
	if !receipts.lockUnheld(ctx.Done()) {
		return balance.Amount{}, ErrHeld
	}
	defer receipts.mu.Unlock()
	return r.receiveLocked(receipts, receipt, a.AssetCode, true, with)
}

// receiveLocked is receive, once the lock is held.
func (r *Receiver) receiveLocked(
	receipts *receiptLog, receipt Receipt, asset string, waited bool, with store.Batch,
) (balance.Amount, error) {
	a := r.Find(receipts.accountID) // under the lock, for it may have been removed, or have another asset now
	if a == nil {
		return balance.Amount{}, ErrNoAccount
	}
	if err := receipts.check(r.Ledger); err != nil {
		return balance.Amount{}, fmt.Errorf("receipts of account %q: %w", a.ID, err)
	}
	if err := receipts.load(r.Ledger, a.AssetCode); err != nil {
		return balance.Amount{}, fmt.Errorf("receipts of account %q: %w", a.ID, err)
	}
	if c := receipts.find(receipt.ID); c != nil {
		return r.repeat(receipts, c, receipt)
	}
	switch {
	case a.AssetCode != asset:
		return balance.Amount{}, ErrNoAccount
	case !validReceiptID(receipt.ID):
		return balance.Amount{}, ErrReceiptID
	case !waited && receipts.throttled(time.Now()):
		return balance.Amount{}, errThrottled
	}
	return r.credit(receipts, a, receipt, with)
}

// validReceiptID reports whether an id can be a part of a key of the store and of a log line.
func validReceiptID(id string) bool {
	return id != "" && len(id) <= receiptIDMax && utf8.ValidString(id) && strings.IndexFunc(id, unicode.IsControl) < 0
}

// repeat answers a receipt that was credited before as c.
func (r *Receiver) repeat(receipts *receiptLog, c *Credit, receipt Receipt) (balance.Amount, error) {
	if !c.same(receipt) {
		return balance.Amount{}, &ReusedError{First: c.Receipt}
	}
	if receipts.touch(c, time.Now()) {
		if err := r.record(receipts, receipt, balance.Amount{}, store.Batch{c.change()}); err != nil {
			return balance.Amount{}, err
		}
	}
	return c.Credited, nil
}

// credit makes a new receipt durable and then visible. The caller holds receipts.mu.
func (r *Receiver) credit(receipts *receiptLog, a *account.Account, receipt Receipt, with store.Batch) (balance.Amount, error) {
	credited, rest, fits := receipts.leftovers[a.AssetCode].add(receipt.Amount, receipt.Scale, a.AssetScale)
	if !fits || !creditable(a, credited) {
		return balance.Amount{}, balance.ErrOutOfRange
	}
	now := time.Now()
	c := &Credit{Receipt: receipt, AccountID: a.ID, Credited: credited, At: now, Seen: now}
	old := receipts.old(now)
	changes := append(receipts.changes(old, c, a.AssetCode, rest), with...)
	if err := changes.Validate(); err != nil { // the Ledger would fail for good
		return balance.Amount{}, fmt.Errorf("receipt of account %q: %w", a.ID, err)
	}
	delta, _ := credited.Neg() // it is not negative
	if err := r.record(receipts, receipt, delta, changes); err != nil {
		return balance.Amount{}, err
	}
	receipts.add(old, c, a.AssetCode, rest)
	a.Counters.IncomingMoney.Succeed(credited)
	level := slog.LevelInfo
	if receipt.once { // plugins may tell of many small payments
		level = slog.LevelDebug
	}
	r.Log.Log(context.Background(), level, "received a settlement", "account", a.ID, "receipt", receipt.ID,
		"amount", receipt.Amount, "scale", receipt.Scale, "credited", credited)
	r.lower(a, credited)
	return credited, nil
}

// record makes changes durable. After a failure, check must come before the next use.
func (r *Receiver) record(receipts *receiptLog, receipt Receipt, delta balance.Amount, changes store.Batch) error {
	if err := r.Ledger.Record(receipts.accountID, delta, changes); err != nil {
		receipts.loaded, receipts.unsure = false, true
		return fmt.Errorf("record receipt %s of account %q: %w", receipt.ID, receipts.accountID, err)
	}
	return nil
}

// lower credits the balance in memory. The receipt is durable, so no failure here may say
// that it was not credited: the engine would send the money again under another id.
//
// The account may have been removed and added again since it was found. With the same
// asset it has the same Balance, so the credit is not missed: see ReceiverOptions.Find.
// With another asset it cannot be there yet: Receiver.Remove comes first, and waits for
// this receipt.
func (r *Receiver) lower(a *account.Account, credited balance.Amount) {
	if a.Balance == nil {
		return
	}
	if err := a.Balance.Credit(credited); err != nil { // only if it moved by 2^126 since creditable
		r.Log.Error("a balance in memory cannot follow the store", "account", a.ID, "credited", credited, "error", err)
		r.Alert(a.ID, alertMemory)
		return
	}
	if belowMinimum(a) {
		r.Alert(a.ID, alertMinimum)
	}
	if r.Credited != nil {
		r.Credited(a)
	}
}

// creditable reports whether a credit will fit the balance. It leaves half of the range
// for what packets do until then.
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

// Hold waits until no receipt of an account is being credited, and lets those that come wait until
// release is called. So the balance of an account stays as it was checked while the account
// changes. Each Hold of an account comes after the release of the one before.
func (r *Receiver) Hold(accountID string) (release func()) {
	receipts := r.logOf(accountID)
	receipts.mu.Lock()
	defer receipts.mu.Unlock()
	held := make(chan struct{})
	receipts.held = held
	return sync.OnceFunc(func() {
		receipts.mu.Lock()
		defer receipts.mu.Unlock()
		receipts.held = nil
		close(held)
	})
}

// lockUnheld takes the lock once no one holds the receipts. It returns false, without the lock, if
// they are still held when end is closed.
func (l *receiptLog) lockUnheld(end <-chan struct{}) bool {
	l.mu.Lock()
	for l.held != nil {
		held := l.held
		l.mu.Unlock()
		select {
		case <-held:
		case <-end:
			l.mu.Lock()
			if l.held == nil {
				return true
			}
			l.mu.Unlock()
			return false
		}
		l.mu.Lock()
	}
	return true
}

// Remove waits until no receipt of an account is being credited, and forgets what is in
// memory of it. Call it once Find does not return the account any more, and before another
// account with that id is added. Then no receipt that found this account is credited to one
// with another asset. Remove also writes down the asset of a leftover of an earlier version,
// while that is still known. The error says that this cannot be recorded.
func (r *Receiver) Remove(a *account.Account) error {
	receipts := r.logOf(a.ID)
	receipts.mu.Lock()
	defer receipts.mu.Unlock()
	moved, err := receipts.moved, error(nil)
	if !receipts.loaded {
		_, moved, err = loadLeftovers(r.Ledger, a.ID, a.AssetCode)
	}
	receipts.loaded, receipts.byID, receipts.bySeen, receipts.once, receipts.leftovers, receipts.moved = false, nil, nil, nil, nil, nil
	if err == nil && moved != nil {
		err = r.Ledger.Record(a.ID, balance.Amount{}, moved)
	}
	if err != nil {
		return fmt.Errorf("leftovers of account %q: %w", a.ID, err)
	}
	return nil
}

func (r *Receiver) logOf(accountID string) *receiptLog {
	r.mu.Lock()
	defer r.mu.Unlock()
	receipts := r.logs[accountID]
	if receipts == nil {
		receipts = &receiptLog{accountID: accountID, turn: make(chan struct{}, 1)}
		r.logs[accountID] = receipts
	}
	return receipts
}

var _ error = (*ReusedError)(nil)
