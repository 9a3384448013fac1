package admin

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
)

// Node is the connector as the API sees it. Its methods are safe for concurrent
// use from the moment the API is served, before any account is connected, until
// its Run has returned. None but Ping, Backup and ResolveSettlement waits for anything
// outside the process and its store.
type Node interface {
	Accounts
	Money
	Settlements
	Changes
	Ways
	Kept
	Life
}

// Accounts is who the connector trades with.
type Accounts interface {
	// Address is our own ILP address, empty while it is not known.
	Address() string
	// Accounts is the registry of the accounts.
	Accounts() *account.Registry
	// Configured is the configuration of an account, its defaults filled in;
	// false if there is none. Of its Options nothing leaves this package.
	Configured(id string) (config.Account, bool)
	// Link is how the link of an account is doing, the zero Link if there is none.
	Link(id string) Link
	// AddAccount adds an account, which config.ParseAccount has passed, and begins
	// to connect it. It does not wait for the connection.
	AddAccount(a config.Account) error
}

// Money is what the accounts owe, and what needs somebody to look at it.
type Money interface {
	// Loaded reports whether the balances are known: until a durable store has been
	// read they are not zero, but unknown.
	Loaded() bool
	// Enabled reports whether a built-in middleware, by its name in the
	// configuration, is not disabled.
	Enabled(middleware string) bool
	// AdjustBalance adds diff to the balance of the account that change names, which
	// has one. diff is decimal, 0 or -?[1-9][0-9]*, of any length. What the limits
	// refuse is ErrExceedsMaximum, or an error whose text is shown as it is. The entry
	// of the change, with what was posted before and after, is durable in the same step.
	AdjustBalance(change audit.Change, diff string) error
	// FormerBalances returns the balances that are kept and that no account has, in the
	// order of account ids. AdjustBalance edits them as well.
	FormerBalances() []Former
	// Alerts is what an operator should look at.
	Alerts() *account.Alerts
}

// Settlements is what was paid to counterparties and by them outside Interledger.
type Settlements interface {
	// Settlements is those that are remembered, latest first: of the accounts named, or
	// of all.
	Settlements(accountIDs ...string) []settle.Settlement
	// Receipts is the latest payments of a counterparty, latest first, at most max.
	// settle.ErrNoAccount if there is no such account.
	Receipts(accountID string, max int) ([]settle.Credit, error)
	// Leftovers is what counterparties have paid that is less than a unit of their
	// account.
	Leftovers() ([]settle.Leftover, error)
	// SettleNow begins to settle all that an account owes (settle.Desk.SettleNow: its
	// errors).
	SettleNow(accountID string) error
	// ResolveSettlement ends a settlement whose outcome is unknown
	// (settle.Desk.Resolve).
	ResolveSettlement(ctx context.Context, accountID, id string, paid bool) error
}

// Changes is who changed what.
type Changes interface {
	// Audit is the log of changes. After an error, such as ErrNotOpen, nothing can be
	// noted, so nothing may be changed.
	Audit() (*audit.Log, error)
}

// Ways is where packets go and at what rate.
type Ways interface {
	// Rates is the exchange rates and how fresh they are.
	Rates() rate.State
	// Routes is the best route to every prefix.
	Routes() route.Routes
	// Routing is the state of the routing protocol.
	Routing() Protocol
	// Explain says why packets to an ILP address go where they go. Its lists are
	// not nil.
	Explain(address string) Explanation
}

// Kept is what outlives the connector.
type Kept interface {
	// Backup writes a copy of the store as it is at one moment, from which it can be
	// restored. It is asked once Loaded, waits for w, and holds up nobody. The error
	// says so if nothing is kept.
	Backup(w io.Writer) error
}

// Life is how the connector is doing as a whole.
type Life interface {
	// Unready is why the connector should not be sent packets, one sentence for
	// each reason; none if it is ready.
	Unready() []string
	// Ping sends a packet of no value to a destination that echoes it, and waits
	// until it is back, or ctx ends. An answer that says no is a Rejected.
	Ping(ctx context.Context, destination string) (time.Duration, error)
}

// Link is how the link of an account is doing.
type Link struct {
	// Connected reports whether a packet could be sent now.
	Connected bool
	// State is a word for it, such as connecting or established; Since is when
	// the link came to be in it.
	State string
	Since time.Time
	// Remote is the other end, empty if there is none.
	Remote string
	// LastError is what went wrong last, empty once the link is well again.
	LastError string
	// NextRetry is when the link is tried again, zero if that is not planned.
	NextRetry time.Time
}

// ErrExceedsMaximum says that an edit would lift a balance above its maximum.
// Clients of the reference match its text, full stop included.
var ErrExceedsMaximum = errors.New("exceeded maximum balance.") //nolint:staticcheck // the reference's text

// ErrNotOpen says that the store has not been read yet, or is closed.
var ErrNotOpen = errors.New("the store is not open")

// Rejected is an error of Ping that the network gave us, as an ILP Reject.
type Rejected interface {
	error
	Reject() (code, triggeredBy, message string)
}
