package xrp

import (
	"context"
	"errors"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Ledger is what this package asks of the XRP Ledger. Client of package xrpl answers it. The methods
// block until the answer has come, ctx ends or the connection is lost, and are safe for concurrent use.
type Ledger interface {
	// State returns what is needed to make a transaction.
	State(ctx context.Context) (State, error)
	// Account returns an account in the present ledger. The error wraps ErrNotFound if there is none.
	Account(ctx context.Context, id xrpl.AccountID) (Account, error)
	// Channel returns a channel in the last validated ledger. The error wraps ErrNotFound if there is none.
	Channel(ctx context.Context, id xrpl.Hash) (Channel, error)
	// Channels returns the channels of an owner to a destination.
	Channels(ctx context.Context, owner, destination xrpl.AccountID) ([]Channel, error)
	// Submit hands a signed transaction to the server, and returns its provisional result, such as
	// tesSUCCESS. After an error that does not wrap ErrNotAsked it may apply all the same.
	Submit(ctx context.Context, blob []byte) (result string, err error)
	// Outcome looks for a transaction of the account of the Ledger, with a sequence number, in the validated
	// ledgers from first to last, which alone may have it.
	Outcome(ctx context.Context, id xrpl.Hash, sequence, first, last uint32) (Outcome, error)
	// Changed returns a channel that is closed when a ledger was validated or an account that is watched
	// has changed, after the call.
	Changed() <-chan struct{}
}

// Errors of a Ledger.
var (
	ErrNotFound = errors.New("not found on the ledger")
	ErrNotAsked = errors.New("the ledger server was not asked")
)

// State is the state of the ledger.
type State struct {
	Validated   uint32     // index of the last validated ledger
	CloseTime   uint32     // of that ledger, in seconds since 2000
	Fee         xrpl.Drops // that gets a transaction into the next ledger
	ReserveBase xrpl.Drops // that each account must keep
	ReserveEach xrpl.Drops // and beside that for each channel that it owns
	NetworkID   uint32     // 0 unless transactions must name it
}

// Account is an account of the ledger.
type Account struct {
	Balance    xrpl.Drops
	Sequence   uint32 // of its next transaction
	OwnerCount uint32
}

// Channel is a payment channel on the ledger.
type Channel struct {
	ID          xrpl.Hash
	Owner       xrpl.AccountID
	Destination xrpl.AccountID
	Amount      xrpl.Drops // put in altogether
	Paid        xrpl.Drops // taken out by the destination so far
	Key         xrpl.PublicKey
	SettleDelay uint32 // seconds
	Expiration  uint32 // seconds since 2000, 0 if the owner has not asked to close it
	CancelAfter uint32 // seconds since 2000, 0 if it ends at no time that was set at the beginning
}

// Outcome is what has become of a transaction.
type Outcome struct {
	Found  bool   // in a validated ledger: the result is final
	Result string // such as tesSUCCESS
	Ledger uint32
	// Absent says that no ledger has the transaction and none will: all that may have it are validated.
	Absent bool
}
