package xrp

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// world is a small XRP Ledger: enough of its rules for what this package does. Package xrplsim has all.
type world struct {
	mu       sync.Mutex
	index    uint32
	close    uint32 // time
	accounts map[xrpl.AccountID]*Account
	channels map[xrpl.Hash]*Channel
	waiting  []*pendingTx
	done     map[xrpl.Hash]Outcome
	burned   xrpl.Drops
	changed  chan struct{}
	manual   bool // ledgers close by closeLedger alone
	last     time.Time

	// fault is asked before each request, and returns an error instead of its answer. after says that the
	// request takes effect all the same.
	fault func(request string) (err error, after bool)
}

type pendingTx struct {
	tx *xrpl.Transaction
	id xrpl.Hash
}

const (
	testFee     = 12
	testBase    = 1_000_000
	testEach    = 200_000
	testDelay   = 3600
	testBalance = 1_000_000_000
	ledgerTime  = 4 * time.Second
)

func newWorld() *world {
	return &world{
		index: 100, close: 800_000_000, accounts: make(map[xrpl.AccountID]*Account), channels: make(map[xrpl.Hash]*Channel),
		done: make(map[xrpl.Hash]Outcome), changed: make(chan struct{}), last: time.Now(),
	}
}

var errNet = errors.New("the connection is lost")

func (w *world) ask(request string) (after bool, err error) {
	w.mu.Lock()
	fault := w.fault
	w.mu.Unlock()
	if fault == nil {
		return false, nil
	}
	err, after = fault(request)
	return after, err
}

// failing has requests fail as f says from now on, nil for none.
func (w *world) failing(f func(request string) (err error, after bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
}

func (w *world) State(context.Context) (State, error) {
	if _, err := w.ask("state"); err != nil {
		return State{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.manual && time.Since(w.last) >= ledgerTime {
		w.last = w.last.Add(ledgerTime)
		w.closeLocked()
	}
	return State{Validated: w.index, CloseTime: w.close, Fee: testFee, ReserveBase: testBase, ReserveEach: testEach}, nil
}

func (w *world) Account(_ context.Context, id xrpl.AccountID) (Account, error) {
	if _, err := w.ask("account"); err != nil {
		return Account{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.accounts[id]
	if a == nil {
		return Account{}, ErrNotFound
	}
	return *a, nil
}

func (w *world) Channel(_ context.Context, id xrpl.Hash) (Channel, error) {
	if _, err := w.ask("channel"); err != nil {
		return Channel{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	if c == nil {
		return Channel{}, ErrNotFound
	}
	return *c, nil
}

func (w *world) Channels(_ context.Context, owner, destination xrpl.AccountID) (all []Channel, err error) {
	if _, err := w.ask("channels"); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.channels {
		if c.Owner == owner && c.Destination == destination {
			all = append(all, *c)
		}
	}
	return all, nil
}

func (w *world) Submit(_ context.Context, blob []byte) (string, error) {
	after, err := w.ask("submit")
	if err != nil && !after {
		return "", err
	}
	tx, decoded := xrpl.Decode(blob)
	if decoded != nil || tx.VerifySignature() != nil {
		return "temINVALID", nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	result := success
	switch a := w.accounts[tx.Account]; {
	case tx.LastLedgerSequence <= w.index:
		result = "tefMAX_LEDGER"
	case a == nil || tx.Sequence < a.Sequence:
		result = "tefPAST_SEQ"
	default:
		id := xrpl.TransactionID(blob)
		known := false
		for _, p := range w.waiting {
			known = known || p.id == id
		}
		if !known {
			w.waiting = append(w.waiting, &pendingTx{tx, id})
		}
	}
	if !w.manual {
		w.closeLocked()
	}
	if err != nil {
		return "", err
	}
	return result, nil
}

func (w *world) Outcome(_ context.Context, id xrpl.Hash, _, _, last uint32) (Outcome, error) {
	if _, err := w.ask("tx"); err != nil {
		return Outcome{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if o, there := w.done[id]; there {
		return o, nil
	}
	return Outcome{Absent: w.index >= last}, nil
}

func (w *world) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// closeLedger makes a ledger of what waits.
func (w *world) closeLedger() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closeLocked()
}

func (w *world) closeLocked() {
	w.index++
	w.close += 4
	for _, p := range w.waiting {
		a := w.accounts[p.tx.Account]
		if p.tx.Sequence != a.Sequence || p.tx.LastLedgerSequence < w.index {
			continue
		}
		a.Sequence++
		a.Balance -= p.tx.Fee
		w.burned += p.tx.Fee
		w.done[p.id] = Outcome{Found: true, Result: w.apply(p.tx, a), Ledger: w.index}
	}
	w.waiting = nil
	close(w.changed)
	w.changed = make(chan struct{})
}

// apply applies a transaction.
func (w *world) apply(tx *xrpl.Transaction, a *Account) string {
	c := w.channels[tx.Channel]
	if tx.Type != xrpl.PaymentChannelCreate {
		switch {
		case c == nil && tx.Type == xrpl.PaymentChannelFund:
			return "tecNO_ENTRY"
		case c == nil:
			return "tecNO_TARGET"
		case c.Expiration != 0 && c.Expiration <= w.close-4:
			w.remove(c)
			return success
		}
	}
	switch tx.Type {
	case xrpl.PaymentChannelCreate:
		if a.Balance < testBase+xrpl.Drops(a.OwnerCount+1)*testEach+*tx.Amount {
			return "tecUNFUNDED"
		}
		a.Balance -= *tx.Amount
		a.OwnerCount++
		id := xrpl.ChannelID(tx.Account, tx.Destination, tx.Sequence)
		w.channels[id] = &Channel{ID: id, Owner: tx.Account, Destination: tx.Destination, Amount: *tx.Amount, Key: *tx.PublicKey, SettleDelay: tx.SettleDelay}
	case xrpl.PaymentChannelFund:
		if a.Balance < testBase+xrpl.Drops(a.OwnerCount)*testEach+*tx.Amount {
			return "tecUNFUNDED"
		}
		a.Balance -= *tx.Amount
		c.Amount += *tx.Amount
	case xrpl.PaymentChannelClaim:
		if tx.Balance != nil {
			message := xrpl.ClaimMessage(c.ID, *tx.Balance)
			if !c.Key.Verify(message[:], tx.Signature) {
				return "temBAD_SIGNATURE"
			}
			if *tx.Balance <= c.Paid || *tx.Balance > c.Amount {
				return "tecUNFUNDED_PAYMENT"
			}
			w.accounts[c.Destination].Balance += *tx.Balance - c.Paid
			c.Paid = *tx.Balance
		}
		if tx.Flags&xrpl.FlagRenew != 0 {
			c.Expiration = 0
		}
		if tx.Flags&xrpl.FlagClose != 0 {
			if tx.Account == c.Destination || c.Paid == c.Amount {
				w.remove(c)
			} else if c.Expiration == 0 {
				c.Expiration = w.close + c.SettleDelay
			}
		}
	}
	return success
}

func (w *world) remove(c *Channel) {
	owner := w.accounts[c.Owner]
	owner.Balance += c.Amount - c.Paid
	owner.OwnerCount--
	delete(w.channels, c.ID)
}

// total returns all drops there are.
func (w *world) total() (sum xrpl.Drops) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.accounts {
		sum += a.Balance
	}
	for _, c := range w.channels {
		sum += c.Amount - c.Paid
	}
	return sum + w.burned
}

// enter makes an account with a key of its own.
func (w *world) enter(t testing.TB, n byte) xrpl.Key {
	t.Helper()
	key := xrpl.Ed25519Key([32]byte{n})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accounts[key.Public().Account()] = &Account{Balance: testBalance, Sequence: 1}
	return key
}

func (w *world) balance(id xrpl.AccountID) xrpl.Drops {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accounts[id].Balance
}

var _ Ledger = (*world)(nil)
