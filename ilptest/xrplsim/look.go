package xrplsim

import "github.com/ilp-go/connector/settle/xrp/xrpl"

// Channel is a payment channel, as the last closed ledger has it.
type Channel struct {
	ID          xrpl.Hash
	Owner       xrpl.AccountID
	Destination xrpl.AccountID
	Amount      xrpl.Drops // put in altogether
	Balance     xrpl.Drops // paid out so far
	PublicKey   xrpl.PublicKey
	SettleDelay uint32 // seconds
	Expiration  uint32 // seconds since 2000; 0: none
	CancelAfter uint32 // seconds since 2000; 0: none
}

// Account is an account, as the last closed ledger has it.
type Account struct {
	Balance    xrpl.Drops
	Sequence   uint32
	OwnerCount uint32
	Flags      uint32
}

// Transaction is a transaction in a closed ledger.
type Transaction struct {
	*xrpl.Transaction
	ID     xrpl.Hash
	Result string
	Ledger uint32
}

// Balance returns the balance of an account in the last closed ledger, and 0 if there is no such
// account.
func (l *Ledger) Balance(id xrpl.AccountID) xrpl.Drops {
	a, _ := l.Account(id)
	return a.Balance
}

// Account returns an account in the last closed ledger, and false if there is none.
func (l *Ledger) Account(id xrpl.AccountID) (Account, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.last().state.accounts[id]
	return Account{Balance: a.balance, Sequence: a.sequence, OwnerCount: a.owned, Flags: a.flags}, ok
}

// Channels returns the channels of an owner in the last closed ledger, in the order of their ids.
func (l *Ledger) Channels(owner xrpl.AccountID) (all []Channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.last().state.sortedChannels(func(c channel) bool { return c.owner == owner }) {
		all = append(all, c.exported())
	}
	return all
}

// Channel returns a channel in the last closed ledger, and false if there is none.
func (l *Ledger) Channel(id xrpl.Hash) (Channel, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.last().state.channels[id]
	return c.exported(), ok
}

func (c *channel) exported() Channel {
	e := Channel{
		ID: c.id, Owner: c.owner, Destination: c.destination, Amount: c.amount, Balance: c.balance,
		PublicKey: c.key, SettleDelay: c.settleDelay,
	}
	if c.expiration != nil {
		e.Expiration = *c.expiration
	}
	if c.cancelAfter != nil {
		e.CancelAfter = *c.cancelAfter
	}
	return e
}

// Transactions returns all transactions in closed ledgers, in their order.
func (l *Ledger) Transactions() (all []Transaction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.ledgers {
		for _, t := range c.transactions {
			all = append(all, Transaction{Transaction: t.Transaction, ID: t.id, Result: t.result, Ledger: c.index})
		}
	}
	return all
}

// Waiting returns how many transactions are in the open ledger, and how many wait for one.
func (l *Ledger) Waiting() (open, held int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open.transactions), len(l.open.held)
}

// Total adds up all balances, what is in channels, and the fees that were burned. It is always
// xrpl.MaxDrops: no drop is lost.
func (l *Ledger) Total() xrpl.Drops {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last().state.total()
}

// Burned returns all fees that were paid so far.
func (l *Ledger) Burned() xrpl.Drops {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last().state.burned
}

// Requests returns how many requests of a command have come.
func (l *Ledger) Requests(command string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests[command]
}

// Clients returns how many connections there are.
func (l *Ledger) Clients() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.clients)
}
