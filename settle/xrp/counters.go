package xrp

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// ClaimResult says what became of a claim of the peer.
type ClaimResult uint8

// The results of claims.
const (
	ClaimTaken        ClaimResult = iota // it was credited
	ClaimCovered                         // a higher one that came with it was credited
	ClaimRepeated                        // for what the best one is for
	ClaimRegressed                       // below the best one, with a good signature
	ClaimLower                           // below the best one, with another signature
	ClaimBadSignature                    // not signed with the key of the channel
	ClaimAboveChannel                    // for more than the channel holds
	ClaimClosing                         // on a channel that closes
	ClaimNoChannel                       // the channel that it is for is not known
	ClaimUnreadable                      // not as claims are written
	ClaimTooMany                         // too many claims wait
	ClaimUncredited                      // the books, the store or the ledger failed
	claimResults
)

// String returns the result in a word or two, for metrics.
func (r ClaimResult) String() string {
	return [claimResults]string{
		"taken", "covered", "repeated", "regressed", "lower", "bad_signature", "above_channel", "closing", "no_channel", "unreadable", "too_many", "uncredited",
	}[r]
}

// claimCounters count claims of a peer since the Settler was made.
type claimCounters struct {
	counts [claimResults]atomic.Uint64
	// regressed counts those in a row, with none between that was taken. creditAll alone changes it.
	regressed int
}

// refused counts a claim that is refused, and returns the reason.
func (c *claimCounters) refused(r ClaimResult, err error) error {
	c.counts[r].Add(1)
	return err
}

// Claims returns how many claims of the peer there were since New, by what became of them. It does not block.
func (s *Settler) Claims() map[ClaimResult]uint64 {
	all := make(map[ClaimResult]uint64, claimResults)
	for r := range claimResults {
		all[r] = s.claims.counts[r].Load()
	}
	return all
}

// regressedMost is how many lower claims with good signatures may come in a row before that is an alert: one
// may have overtaken another on its way.
const regressedMost = 1

// TransactionResult says how an operation on the ledger ended.
type TransactionResult string

// The results of operations.
const (
	TransactionDone    TransactionResult = "done"    // a ledger has it, with tesSUCCESS
	TransactionFailed  TransactionResult = "failed"  // a ledger has it, and it has cost its fee for nothing
	TransactionVoid    TransactionResult = "void"    // no ledger has taken it
	TransactionRefused TransactionResult = "refused" // it was not made: there is not enough XRP, or the fee is too high
)

// TransactionKind is what a Wallet counts: operations of an account of the connector, by step and result.
type TransactionKind struct {
	AccountID string
	Step      string // open, fund, claim, close, renew or remove
	Result    TransactionResult
}

// Transaction is one that a ledger has.
type Transaction struct {
	AccountID string
	Step      string
	ID        xrpl.Hash
	Result    string // such as tesSUCCESS
	At        time.Time
}

// Done reports whether the transaction has done what it is for.
func (t *Transaction) Done() bool { return t.Result == success }

// transactionsKept is how many transactions a Wallet remembers, of all accounts.
const transactionsKept = 64

// transactionCounters count what a Wallet has made since it was made, and remember the latest.
type transactionCounters struct {
	mu     sync.Mutex
	counts map[TransactionKind]uint64
	latest []Transaction // the last transactionsKept
	made   uint64        // of all time
}

// ended counts an operation that has ended, unless its outcome is not known yet.
func (c *transactionCounters) ended(op string, made Made, err error) {
	id, step := readOp(op)
	kind := TransactionKind{AccountID: id, Step: step}
	switch {
	case err == nil && made.Result == success:
		kind.Result = TransactionDone
	case err == nil:
		kind.Result = TransactionFailed
	case errors.Is(err, ErrNoReserve), errors.Is(err, ErrFee):
		kind.Result = TransactionRefused
	case errors.Is(err, ErrVoid):
		kind.Result = TransactionVoid
	default:
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[TransactionKind]uint64)
	}
	c.counts[kind]++
	if err != nil {
		return
	}
	c.made++
	c.latest = append(c.latest, Transaction{id, step, made.ID, made.Result, time.Now()})
	if len(c.latest) > transactionsKept {
		c.latest = c.latest[1:]
	}
}

// since returns how many transactions there were, and those of an account after the first from, if they are
// still remembered.
func (c *transactionCounters) since(from uint64, accountID string) (made uint64, all []Transaction) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.made - uint64(len(c.latest))
	for i, t := range c.latest {
		if first+uint64(i) >= from && t.AccountID == accountID {
			all = append(all, t)
		}
	}
	return c.made, all
}

// readOp returns the account and the step that the name of an operation begins with.
func readOp(op string) (accountID, step string) {
	accountID, rest, _ := strings.Cut(op, "/")
	step, _, _ = strings.Cut(rest, "/")
	return accountID, step
}

// Transactions returns how many operations ended since NewWallet, by account, step and result. It does not
// block.
func (w *Wallet) Transactions() map[TransactionKind]uint64 {
	w.counters.mu.Lock()
	defer w.counters.mu.Unlock()
	all := make(map[TransactionKind]uint64, len(w.counters.counts))
	for kind, n := range w.counters.counts {
		all[kind] = n
	}
	return all
}
