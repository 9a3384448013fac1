package settle

import (
	"context"
	"errors"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Payment is money to be sent to the counterparty of an account.
type Payment struct {
	// ID names the payment for ever: a random UUID.
	ID string
	// Amount is positive and in units of 10^-Scale. The scale is that of the account,
	// or that of the Settler if its unit is the larger.
	Amount balance.Amount
	Scale  uint8
}

// Settler sends money to the counterparty of the one account it was made for. Its
// errors are logged and shown, so they must not hold secrets.
type Settler interface {
	// Pay sends the payment. It may be called again with the same Payment, by another
	// process too, as long as nobody knows how an earlier call ended; it must not pay the
	// same ID twice. It is not called again 20 hours after the first call, unless the
	// Settler is a Rememberer. It blocks until it knows, or soon after ctx ends: nobody else is kept
	// waiting but the end of the process.
	//
	// nil says that the money is definitely on its way, by this call or an earlier one.
	// An error that wraps ErrNotSent or ErrVoid says what they say. After any other error
	// nobody knows.
	Pay(ctx context.Context, p Payment) error
}

// How a payment can fail for sure.
var (
	// ErrNotSent says that this call sent nothing and never will. It says nothing of
	// earlier calls with the same ID.
	ErrNotSent = errors.New("nothing was sent")
	// ErrVoid says that no call has sent or will send anything for the ID.
	ErrVoid = errors.New("the payment is void")
)

// Starter is a Settler that has something to do before the first payment, such as
// setting up the account elsewhere. Start is tried until it succeeds, also when nothing
// is due, and again after a payment that was not sent; it must bear being repeated. It
// is not called while the outcome of a payment is open: a settler that has lost its
// memory must not get the means to pay again.
type Starter interface {
	Start(ctx context.Context) error
}

// Rememberer is a Settler that says whether it knows the ID of a payment for ever. Any
// other may forget one after a day, as RFC 38 allows, and would then pay it again. So it
// is not asked about a payment that is older than 20 hours: an operator has to say how
// that ended.
type Rememberer interface {
	RemembersForever() bool
}

// Remover is a Settler that is told when its account is gone for good.
type Remover interface {
	Remove(ctx context.Context) error
}

// Scaler is a Settler whose ledger has a unit of its own, 10^-Scale. If that is larger
// than the account's, only whole ones of it are paid, and the rest stays owed.
type Scaler interface {
	Scale() uint8
}

// Ledger is the durable record of the balances. It is safe for concurrent use.
type Ledger interface {
	// Record moves the posted balance of an account by delta, and makes the changes of
	// the batch, in one durable step. When it returns nil, both are durable; after an
	// error, neither may be relied on, and nothing more can be recorded. It blocks. The
	// Balance in memory is the caller's to change.
	Record(accountID string, delta balance.Amount, changes store.Batch) error
}
