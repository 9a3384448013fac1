// Package account is who we trade with: the accounts, what each may do, what
// it has done, and the registry of them.
//
//   - [Account] is one relationship with a counterparty: what it is configured to
//     be ([Settings]), its money (Balance) and its counts (Counters).
//   - [Registry] is all of them, numbered; reading it takes no lock.
//   - [Alerts] are what an operator should look at.
//
// How an account's packets travel is the business of links, where they go that
// of routes, and the arithmetic of its money is in account/balance.
package account

import (
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// Relation is what the counterparty of an account is to us.
type Relation uint8

// The relations, nearest to the core of the network first.
const (
	Parent Relation = iota + 1
	Peer
	Child
)

// String is the relation as the configuration spells it.
func (r Relation) String() string {
	switch r {
	case Parent:
		return "parent"
	case Peer:
		return "peer"
	case Child:
		return "child"
	}
	return "unknown"
}

// Account is one relationship with a counterparty. Its settings never change;
// an account configured anew is a new Account with the same id.
type Account struct {
	ID string
	// Number is the account's place in the Registry: dense, and never given to
	// another id while the process lives.
	Number uint32
	Settings
	// Balance is the account's money, nil if it is not limited. An account that is added
	// again has the same Balance as before.
	Balance *balance.Balance
	// LedgerNumber is the number of the balance in the ledger, 0 if there is none. It is set
	// before the first packet.
	LedgerNumber uint32
	Counters     Counters

	address atomic.Pointer[string] // of the counterparty, nil while it is not known
}

// SetAddress notes the ILP address of the counterparty.
func (a *Account) SetAddress(address string) { a.address.Store(&address) }

// Speaks reports whether address is the ILP address of the counterparty itself, as far as
// it is known: not that of a node behind it.
func (a *Account) Speaks(address []byte) bool {
	own := a.address.Load()
	return own != nil && string(address) == *own
}

// Settings is what an account is configured to be.
type Settings struct {
	Relation   Relation
	AssetCode  string
	AssetScale uint8
	// Plugin is the configured name of the link and the settler.
	Plugin string
	// Segment is the last segment of a child's address.
	Segment string
	// Limits of the balance, nil for none: the account may owe without end.
	Limits *balance.Limits
	// Settle is when and how much to settle, nil for never.
	Settle *Settle
	// PacketAmountMax is the largest incoming amount, 0 for no bound.
	PacketAmountMax uint64
	RateLimit       RateLimit
	Throughput      Throughput
	// DedupeLifetime is how long after its expiry a packet that was sent to
	// this account is remembered, DedupeSweep how often the old are forgotten.
	DedupeLifetime time.Duration
	DedupeSweep    time.Duration
	SendRoutes     bool
	ReceiveRoutes  bool
}

// Settle is when to settle and up to where: when the balance falls under
// Threshold, enough is paid to bring it to To.
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

// New makes an account. Its number is given when it enters a Registry.
func New(id string, s Settings) *Account {
	a := &Account{ID: id, Settings: s}
	if s.Limits != nil {
		a.Balance = balance.New(*s.Limits)
	}
	return a
}
