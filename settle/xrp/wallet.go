package xrp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// WalletOptions are what a Wallet needs.
type WalletOptions struct {
	Address xrpl.AccountID
	Signer  xrpl.Signer // of the account, or of its regular key
	Ledger  Ledger
	Store   store.Store // the wallet's own part
	// FeeMax is the most that a transaction may cost. 0 stands for FeeMax.
	FeeMax xrpl.Drops
	Log    *slog.Logger
}

// FeeMax is what a transaction costs at most unless options say otherwise: a hundred times what it
// costs on a quiet ledger.
const FeeMax xrpl.Drops = 1000

// window is how many ledgers a transaction may wait for, of about 4 seconds each.
const window = 20

// Wallet makes the transactions of one account of the ledger, one after the other, for all accounts of
// the connector that use it. Its methods are safe for concurrent use.
//
// A transaction is in the journal before it is submitted, and the same bytes are submitted until the
// ledger has them or can no longer take them. So none is made twice, whatever dies or is lost.
type Wallet struct {
	WalletOptions
	turn     chan struct{}     // holds a value while nobody makes a transaction
	journal  map[string]*entry // for whoever has the turn
	counters transactionCounters
}

// NewWallet returns a wallet with the transactions that an earlier process has left.
func NewWallet(o WalletOptions) (*Wallet, error) {
	o.FeeMax = cmp.Or(o.FeeMax, FeeMax)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	journal, err := loadJournal(o.Store)
	if err != nil {
		return nil, err
	}
	w := &Wallet{WalletOptions: o, turn: make(chan struct{}, 1), journal: journal}
	w.turn <- struct{}{}
	return w, nil
}

// Made is a transaction that is in a validated ledger.
type Made struct {
	ID       xrpl.Hash
	Sequence uint32
	Result   string // tesSUCCESS, or a tec code: then it has cost its fee and done nothing
}

// success is the result of a transaction that has done what it is for. A claim or a fund of a channel that
// has expired has closed it, with this result: look at the channel.
const success = "tesSUCCESS"

// Errors of Do.
var (
	// ErrNoReserve says that the account has not enough XRP.
	ErrNoReserve = errors.New("not enough XRP")
	// ErrFee says that the ledger asks for more than FeeMax.
	ErrFee = errors.New("the ledger asks for too high a fee")
	// ErrVoid says that a transaction was made that no ledger has taken or will take.
	ErrVoid = errors.New("no ledger has taken the transaction")
)

// Do makes the transaction of an operation, and blocks until it is in a validated ledger or can get into
// none. op names the operation for ever: if its transaction was made before, also by another process, Do
// looks what has become of that one. The caller writes down the outcome and then calls Forget.
//
// tx is what to make. Do sets the fields that all transactions have. locks is what it takes out of the
// balance of the account beside the fee, and owns says that the account owns one thing more after it.
//
// After an error that wraps ErrNoReserve, ErrFee or ErrVoid nothing was made. After any other error
// something may have been made, and Do must be called again.
func (w *Wallet) Do(ctx context.Context, op string, tx xrpl.Transaction, locks xrpl.Drops, owns bool) (Made, error) {
	made, err := w.do(ctx, op, tx, locks, owns)
	w.counters.ended(op, made, err)
	return made, err
}

func (w *Wallet) do(ctx context.Context, op string, tx xrpl.Transaction, locks xrpl.Drops, owns bool) (Made, error) {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return Made{}, ctx.Err()
	}
	defer func() { w.turn <- struct{}{} }()
	if err := w.finishOthers(ctx, op); err != nil {
		return Made{}, err
	}
	e := w.journal[op]
	if e == nil {
		var err error
		if e, err = w.sign(ctx, op, tx, locks, owns); err != nil {
			return Made{}, err
		}
		if err := w.Store.Apply(store.Batch{e.change()}); err != nil {
			return Made{}, fmt.Errorf("%w: %w", ErrVoid, err) // it was not submitted
		}
		w.journal[op] = e
	}
	if err := w.finish(ctx, e); err != nil {
		return Made{}, err
	}
	return Made{ID: e.ID, Sequence: e.Sequence, Result: e.Result}, nil
}

// Pending reports whether an operation was begun and not forgotten. It blocks while a transaction is made.
func (w *Wallet) Pending(ctx context.Context, op string) (bool, error) {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { w.turn <- struct{}{} }()
	return w.journal[op] != nil, nil
}

// Forget removes an operation from the journal, in one durable step with other changes of the store. Their
// keys are those of the wallet's part.
func (w *Wallet) Forget(ctx context.Context, op string) error {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { w.turn <- struct{}{} }()
	return w.forget(op)
}

func (w *Wallet) forget(op string) error {
	if err := w.Store.Apply(store.Batch{{Key: journalPrefix + op}}); err != nil {
		return err
	}
	delete(w.journal, op)
	return nil
}

// finishOthers finishes the transactions of other operations. Whoever began them has gone, and asks
// again. The next transaction needs their sequence numbers to be used or free.
func (w *Wallet) finishOthers(ctx context.Context, op string) error {
	open := make([]*entry, 0, len(w.journal))
	for _, e := range w.journal {
		if e.Op != op && e.Result == "" {
			open = append(open, e)
		}
	}
	slices.SortFunc(open, func(a, b *entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for _, e := range open {
		if err := w.finish(ctx, e); err != nil && !errors.Is(err, ErrVoid) {
			return err
		}
	}
	return nil
}

// sign makes a transaction that is not in the journal yet.
func (w *Wallet) sign(ctx context.Context, op string, tx xrpl.Transaction, locks xrpl.Drops, owns bool) (*entry, error) {
	state, err := w.Ledger.State(ctx)
	if err != nil {
		return nil, err
	}
	account, err := w.Ledger.Account(ctx, w.Address)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: there is no account %v on this ledger; send it at least %d drops", ErrNoReserve, w.Address, state.ReserveBase)
	}
	if err != nil {
		return nil, err
	}
	if state.Fee > w.FeeMax {
		return nil, fmt.Errorf("%w: %d drops, and the most is %d", ErrFee, state.Fee, w.FeeMax)
	}
	if short := missing(state, account, locks, owns); short > 0 && (locks > 0 || owns) {
		return nil, fmt.Errorf("%w: account %v has %d drops, and %d are missing to keep its reserve", ErrNoReserve, w.Address, account.Balance, short)
	}
	tx.Account, tx.Fee, tx.Sequence = w.Address, state.Fee, account.Sequence
	tx.Flags |= xrpl.FlagFullyCanonicalSig
	tx.NetworkID = state.NetworkID
	tx.LastLedgerSequence = state.Validated + window
	blob, id, err := tx.Sign(w.Signer)
	if err != nil {
		return nil, fmt.Errorf("%w: sign: %w", ErrVoid, err)
	}
	return &entry{
		Op: op, Blob: blob, ID: id, Sequence: tx.Sequence, First: state.Validated + 1, Last: tx.LastLedgerSequence, Made: time.Now().UTC(),
	}, nil
}

// missing returns how many drops an account lacks to make a transaction and keep its reserve.
func missing(s State, a Account, locks xrpl.Drops, owns bool) xrpl.Drops {
	each := uint64(a.OwnerCount)
	if owns {
		each++
	}
	need := uint64(s.ReserveBase) + each*uint64(s.ReserveEach) + uint64(s.Fee) + uint64(locks) // far below 2^64, see xrpl.MaxDrops
	if need <= uint64(a.Balance) {
		return 0
	}
	return xrpl.Drops(need) - a.Balance
}

// submitEvery bounds how long nothing happens while a transaction waits.
const submitEvery = 5 * time.Second

// finishPatience is how long a transaction is waited for before its operation has to ask again. Until then no
// other transaction is made, and no step of the account.
const finishPatience = 5 * time.Minute

// finish submits a transaction until a validated ledger has it or none can take it any more.
func (w *Wallet) finish(ctx context.Context, e *entry) error {
	ctx, stop := context.WithTimeout(ctx, finishPatience)
	defer stop()
	reason := "it was not submitted"
	for e.Result == "" {
		changed := w.Ledger.Changed()
		over, err := w.look(ctx, e)
		switch {
		case over:
			if err := w.forget(e.Op); err != nil {
				return err
			}
			w.Log.Warn("no ledger has taken a transaction", "operation", e.Op, "id", e.ID, "reason", reason)
			return fmt.Errorf("%w: %s: %s", ErrVoid, e.Op, reason)
		case e.Result != "":
			continue
		case err == nil:
			result, err := w.Ledger.Submit(ctx, e.Blob)
			switch {
			case err == nil && result == "tefPAST_SEQ": // of course, if an earlier submission was taken
			case err == nil:
				reason = "the ledger server says " + result
			default:
				reason = err.Error()
			}
		default:
			reason = err.Error()
		}
		if err := wait(ctx, changed, submitEvery); err != nil {
			return fmt.Errorf("the transaction %v of %s is not final: %s: %w", e.ID, e.Op, reason, err)
		}
	}
	return nil
}

// look looks what has become of a transaction, and writes the result down if it is final. over says
// that no ledger has it and none can take it. The servers may lie: nothing counts but a ledger that is
// validated, or that all ledgers are there and do not have it.
func (w *Wallet) look(ctx context.Context, e *entry) (over bool, err error) {
	o, err := w.Ledger.Outcome(ctx, e.ID, e.Sequence, e.First, e.Last)
	if err != nil {
		return false, err
	}
	if !o.Found {
		return o.Absent, nil
	}
	done := *e
	done.Result = o.Result
	if err := w.Store.Apply(store.Batch{done.change()}); err != nil {
		return false, err
	}
	e.Result = o.Result
	w.Log.Info("a transaction is on the ledger", "operation", e.Op, "id", e.ID, "result", e.Result, "ledger", o.Ledger)
	return false, nil
}

// wait waits until something has changed, but not for long.
func wait(ctx context.Context, changed <-chan struct{}, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
