package settle

import (
	"context"
	"errors"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Payment is money to be sent to the counterparty of an account.
type Payment struct {
	// ID names the payment for ever. It is a random UUID.
	ID string
	// Amount is positive, in units of 10^-Scale. Scale is that of the account, or that of
	// the Settler if the Settler has the larger unit.
	Amount balance.Amount
	Scale  uint8
}

// Settler sends money to the counterparty of the one account it was made for. Its errors
// are logged and shown, so they must not hold secrets.
type Settler interface {
	// Pay sends the payment. It blocks until the outcome is known, or until soon after ctx
	// ends. While it blocks, it delays nothing but this account and the end of the process.
	//
	// While the outcome is unknown, the Payer calls Pay again with the same Payment, also
	// in another process. Pay must not pay the same ID twice. Unless the Settler is a
	// Rememberer, the Payer does not call it 20 hours after the first call or later.
	//
	// nil says that the money is definitely on its way, by this call or an earlier one. An
	// error that wraps ErrNotSent or ErrVoid says what that error says. After any other
	// error the outcome is unknown. One that wraps ErrAskOperator says that Pay will not learn it
	// either, so that the Payer asks again only once in a while.
	Pay(ctx context.Context, p Payment) error
}

// How a payment can fail for sure.
var (
	// ErrNotSent says that this call sent nothing and never will. It says nothing about
	// earlier calls with the same ID.
	ErrNotSent = errors.New("nothing was sent")
	// ErrVoid says that no call has sent or will send anything for the ID.
	ErrVoid = errors.New("the payment is void")
)

// ErrAskOperator says that only an operator can find out how a payment has ended, because the Settler must
// not ask for it twice.
var ErrAskOperator = errors.New("only an operator can tell")

// OutOfBand is a Settler that can say that it moves no money itself: people move it
// outside the connector. The Payer never calls Pay of such a Settler. See Manual.
type OutOfBand interface {
	SettlesOutOfBand() bool
}

// Starter is a Settler that must do something before the first payment, such as setting
// up the account elsewhere. The Payer calls Start until it succeeds, even when nothing is
// due, and again after a payment that was not sent, so Start must tolerate repetition.
// The Payer does not call it while the outcome of a payment is open: a settler that has
// lost its memory must not get the means to pay again.
type Starter interface {
	Start(ctx context.Context) error
}

// Rememberer is a Settler that can say that it knows the ID of a payment for ever. Any
// other Settler may forget an ID after a day, as RFC 38 allows, and would then pay it
// again. So the Payer does not ask it about a payment that is older than 20 hours: an
// operator must record the outcome.
type Rememberer interface {
	RemembersForever() bool
}

// Remover is a Settler that must learn when its account is gone for good.
type Remover interface {
	Remove(ctx context.Context) error
}

// Scaler is a Settler whose ledger counts in a unit of its own, 10^-Scale. If that unit is
// larger than the account's, the Payer pays only whole units, and the rest stays owed.
type Scaler interface {
	Scale() uint8
}

// Ledger is the durable record of the balances. It is safe for concurrent use.
type Ledger interface {
	// Record moves the posted balance of an account by delta and makes the changes, in one
	// durable step. It blocks until both are durable. After an error the caller can rely
	// on neither, and the Ledger records nothing more. Record does not change the Balance
	// in memory; the caller does.
	Record(accountID string, delta balance.Amount, changes store.Batch) error
	// Load visits the entries whose keys begin with prefix, as store.Store does.
	Load(prefix string, visit func(key string, value []byte) error) error
}
