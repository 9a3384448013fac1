// Package account holds the accounts that we trade with: their settings, their
// counters and the registry of them.
//
//   - [Account] is one relationship with a counterparty: what it is configured to
//     be ([Settings]), its money (Balance) and its counts (Counters).
//   - [Registry] holds all accounts and numbers them. Reading it takes no lock.
//   - [Alerts] holds the alerts that need an operator, and the latest that have ended.
//
// Links carry the packets of an account, routes say where packets go, and
// account/balance has the arithmetic of its money.
package account

import (
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// Account is one relationship with a counterparty. Its settings never change: an account
// configured anew is a new Account with the same id, see Changed.
type Account struct {
	ID string
	// Number is the account's place in the Registry: dense, and never given to
	// another id while the process lives.
	Number uint32
	// Settings may be shared with other accounts, so nobody changes them.
	*Settings
	// Segment is what follows our own address in that of a child.
	Segment string
	// Balance is the account's money, nil if it is not limited. An account that is added
	// again has the same Balance as before.
	Balance *balance.Balance
	// LedgerNumber is the number of the balance in the ledger, 0 if there is none. It is set
	// before the first packet.
	LedgerNumber uint32
	*State
}

// State is how an account is doing. It stays when the settings change.
type State struct {
	Counters Counters
	// Dispute says whether the counterparty refuses packets because of its balance.
	Dispute Dispute

	address atomic.Pointer[string] // of the counterparty, nil while it is not known
}

// SetAddress records the ILP address of the counterparty.
func (s *State) SetAddress(address string) { s.address.Store(&address) }

// Speaks reports whether address is the known ILP address of the counterparty itself, and
// not of a node behind it.
func (s *State) Speaks(address []byte) bool {
	own := s.address.Load()
	return own != nil && string(address) == *own
}

// Settings is the configuration of an account.
type Settings struct {
	Relation   Relation
	AssetCode  string
	AssetScale uint8
	// Plugin is the configured name of the link and the settler.
	Plugin string
	// Segment is what follows our own address in that of a child, unless its settings are shared: then
	// it has a segment of its own.
	Segment string
	// Host is the id of the account by whose listener a client of many came to its own, and
	// empty for all other accounts.
	Host string
	// Limits bounds the balance. Nil is no limit: the account may owe any amount.
	Limits *balance.Limits
	// Settle says when and how much to settle. Nil is never.
	Settle *Settle
	// Spread is what we keep of the account's money instead of the spread of the node, as
	// rate.Spread.String has it, empty for that of the node.
	Spread string
	// PacketAmountMax is the largest incoming amount, 0 for no bound.
	PacketAmountMax uint64
	RateLimit       RateLimit
	Throughput      Throughput
	InFlight        InFlight
	// DedupeLifetime is how long we remember a packet that we sent to this
	// account after it expired. DedupeSweep is how often we forget old packets.
	DedupeLifetime time.Duration
	DedupeSweep    time.Duration
	SendRoutes     bool
	ReceiveRoutes  bool
}

// Settle says when and how much to settle: when the balance falls below
// Threshold, we pay what brings it to To.
type Settle struct {
	Threshold, To balance.Amount
}

// RateLimit is a token bucket of packets.
type RateLimit struct {
	Period   time.Duration
	Count    uint64 // tokens added each period
	Capacity uint64
}

// Throughput is a token bucket of money in each direction, in units of the
// account. An amount of 0 is no limit.
type Throughput struct {
	Period             time.Duration
	Incoming, Outgoing uint64
}

// New returns an account. Registry.Add gives it its number.
func New(id string, s Settings) *Account { return with(id, s, new(State)) }

// Changed returns an account with other settings and the same state. It has no balance of the
// ledger yet, and Registry.Replace gives it its number.
func (a *Account) Changed(s Settings) *Account { return with(a.ID, s, a.State) }

// NewSharing returns an account with settings that it shares with others, and a segment of its own.
func NewSharing(id, segment string, shared *Settings) *Account {
	a := &Account{ID: id, Settings: shared, Segment: segment, State: new(State)}
	if shared.Limits != nil {
		a.Balance = balance.New(*shared.Limits)
	}
	return a
}

func with(id string, s Settings, state *State) *Account {
	a := &Account{ID: id, Settings: &s, Segment: s.Segment, State: state}
	if s.Limits != nil {
		a.Balance = balance.New(*s.Limits)
	}
	return a
}
