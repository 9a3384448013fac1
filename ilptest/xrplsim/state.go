package xrplsim

import (
	"crypto/sha512"
	"maps"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// account is an AccountRoot. Accounts are compared with ==.
type account struct {
	id         xrpl.AccountID
	balance    xrpl.Drops
	sequence   uint32         // of the next transaction
	owned      uint32         // channels
	flags      uint32         // lsf...
	regularKey xrpl.AccountID // zero: none
	domain     string         // bytes
	changed    mark
}

// channel is a PayChannel. Channels are compared with ==.
type channel struct {
	id             xrpl.Hash
	owner          xrpl.AccountID
	destination    xrpl.AccountID
	amount         xrpl.Drops // put in altogether
	balance        xrpl.Drops // paid out so far
	key            xrpl.PublicKey
	settleDelay    uint32  // seconds
	expiration     *uint32 // of the ledger's time; nil: none
	cancelAfter    *uint32
	sourceTag      *uint32
	destinationTag *uint32
	changed        mark
}

// mark names the last transaction that changed an entry.
type mark struct {
	transaction xrpl.Hash
	ledger      uint32
}

// state is what a ledger says after its transactions. Entries are values, so clone copies all.
type state struct {
	accounts map[xrpl.AccountID]account
	channels map[xrpl.Hash]channel
	burned   xrpl.Drops // fees
}

func newState() *state {
	return &state{
		accounts: map[xrpl.AccountID]account{Genesis: {id: Genesis, balance: xrpl.MaxDrops, sequence: 1}},
		channels: make(map[xrpl.Hash]channel),
	}
}

// clone returns a copy that shares nothing that changes.
func (s *state) clone() *state {
	return &state{accounts: maps.Clone(s.accounts), channels: maps.Clone(s.channels), burned: s.burned}
}

// total adds up all money: balances, what is in channels, and fees.
func (s *state) total() xrpl.Drops {
	sum := s.burned
	for _, a := range s.accounts {
		sum += a.balance
	}
	for _, c := range s.channels {
		sum += c.amount - c.balance
	}
	return sum
}

// fund moves money from the genesis account, without a transaction.
func (s *state) fund(id xrpl.AccountID, d xrpl.Drops, ledger uint32) bool {
	genesis := s.accounts[Genesis]
	if genesis.balance < d || id == Genesis {
		return false
	}
	genesis.balance -= d
	s.accounts[Genesis] = genesis
	to, ok := s.accounts[id]
	if !ok {
		to = account{id: id, sequence: ledger}
	}
	to.balance += d
	s.accounts[id] = to
	return true
}

// half returns the first half of the SHA-512 of some parts.
func half(parts ...[]byte) (h xrpl.Hash) {
	sum := sha512.New()
	for _, p := range parts {
		sum.Write(p)
	}
	copy(h[:], sum.Sum(nil))
	return h
}

// index returns where the ledger has the account.
func (a *account) index() xrpl.Hash { return half([]byte{0, 'a'}, a.id[:]) }
