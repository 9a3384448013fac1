package xrp

import (
	"context"
	"errors"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// Options are what a Settler needs.
type Options struct {
	AccountID string
	Scale     uint8 // of the account, and of all amounts on the wire
	Wallet    *Wallet
	Ledger    Ledger
	// ChannelKey returns what signs claims on our channel to a peer.
	ChannelKey func(peer xrpl.AccountID) xrpl.Signer
	Owners     *Owners
	Messenger  settle.Messenger
	// Peer is the peer's address. With the zero AccountID the peer is asked.
	Peer xrpl.AccountID

	// ChannelAmount is what a new channel gets. Above the share FundThreshold of what it holds it gets as
	// much again, up to ChannelMax in one channel, and up to FundingMax in all channels within a day.
	ChannelAmount, ChannelMax, FundingMax xrpl.Drops
	FundThreshold                         *big.Rat
	SettleDelay                           uint32 // of our channels, in seconds
	// ClaimInterval is how often claims of the peer are taken to the ledger, if the fee is at most the share
	// MaxFee of what that brings.
	ClaimInterval time.Duration
	MaxFee        *big.Rat

	// Credit credits what the peer has paid, in one durable step with changes of our part of the store. It
	// blocks until that is durable. After an error that wraps ErrUncredited nothing was credited.
	Credit func(ctx context.Context, id string, amount balance.Amount, changes store.Batch) error
	Alerts Alerts
	Log    *slog.Logger
}

// ErrUncredited says that a payment was definitely not credited.
var ErrUncredited = errors.New("the payment was not credited")

// Alerts takes the alerts of a Settler. There is one for each kind. The methods do not block.
type Alerts interface {
	Raise(kind, message string)
	Resolve(kind string)
}

// Settler pays a peer, and is paid, by claims on payment channels of the XRP Ledger, as the npm plugin
// ilp-plugin-xrp-paychan does. Its methods are safe for concurrent use.
type Settler struct {
	Options
	units    units
	store    store.Store
	inbox    chan received // claims of the peer
	named    chan naming   // channels that the peer names
	commands chan command  // of operators
	woken    chan struct{} // holds a value if tend has to look
	claims   claimCounters

	// For the goroutine of tend.
	keptPeer xrpl.AccountID           // the peer's address in the store
	claimed  time.Time                // when claims were last taken to the ledger
	absent   map[xrpl.Hash]absence    // channels that were not found of late
	taken    map[xrpl.Hash]xrpl.Drops // what channels had paid when they were last found

	adopting sync.Mutex // held while a channel of the peer is taken
	paying   sync.Mutex // held while a payment is made, so that one comes after the other
	editing  sync.Mutex // held while the record of our channel is changed, by a payment or by tend

	mu      sync.Mutex // guards what follows
	kept    kept
	unsure  bool               // a change of kept may be durable or not: read it again first
	settled map[xrpl.Hash]bool // former channels of the peer on which nothing is left to claim
	ours    *Channel           // our channel on the ledger, as last read; nil if it was not read or is gone
	theirs  *Channel           // the channel of the peer that we take claims on
	read    time.Time          // when theirs was read
	greeted greeting           // of this connection
	wanted  xrpl.Drops         // what our channel must hold for a payment that waits
	fault   error              // why tend could not do all that it should, nil if it could
	changed chan struct{}      // closed, and made anew, when any of these changes
}

// inboxMax is how many claims of a peer may wait, and how many channels that it names.
const inboxMax = 256

// scaleMax is the largest scale: all XRP in its units fits an Amount.
const scaleMax = 18

// New returns a Settler with what is in its part of the store. It does nothing until Run.
func New(o Options, part store.Store) (*Settler, error) {
	if o.Scale > scaleMax {
		return nil, errors.New("a scale above 18 is too fine: amounts of XRP would not fit")
	}
	k, err := load(part, o.Scale)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Peer != (xrpl.AccountID{}) {
		k.peer = o.Peer
	}
	return &Settler{
		Options: o, units: units{o.Scale}, store: part, kept: k,
		inbox: make(chan received, inboxMax), named: make(chan naming, inboxMax), commands: make(chan command), woken: make(chan struct{}, 1),
		changed: make(chan struct{}), keptPeer: k.peer, settled: make(map[xrpl.Hash]bool),
		absent: make(map[xrpl.Hash]absence), taken: make(map[xrpl.Hash]xrpl.Drops),
	}, nil
}

// Run keeps the channels open, funded and claimed until ctx ends. Then it takes the best claim of the peer
// to the ledger, for endPatience at most. It blocks, and is called once.
func (s *Settler) Run(ctx context.Context) {
	var others sync.WaitGroup
	others.Go(func() { s.creditAll(ctx) })
	others.Go(func() { s.adoptAll(ctx) })
	s.tend(ctx)
	others.Wait()
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer stop()
	if err := s.claimAtEnd(ending); err != nil {
		s.Log.Warn("the best claim was not taken to the ledger; it is kept", "error", err)
	}
}

// endPatience is how long the end waits for the ledger.
const endPatience = 15 * time.Second

// Connected says that the link of the account has become connected. It does not block.
func (s *Settler) Connected() {
	s.update(func() { s.greeted = greeting{} })
	s.wake()
}

// wake makes tend look at everything again.
func (s *Settler) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// update changes the state in memory, and tells who waits.
func (s *Settler) update(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// await waits until a condition holds that is looked at under the lock.
func (s *Settler) await(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		done, changed := holds(), s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keep makes changes of our part durable, and then f in memory. After an error memory may be behind, and
// what is kept is read again before it is used.
func (s *Settler) keep(f func(k *kept), changes ...store.Change) error {
	if err := s.store.Apply(changes); err != nil {
		s.update(func() { s.unsure = true })
		return err
	}
	s.update(func() { f(&s.kept) })
	return nil
}

// editOut changes the record of our channel durably. f returns it as it is to be, and false if there is
// nothing to change.
func (s *Settler) editOut(f func(out outgoing) (outgoing, bool)) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	s.mu.Lock()
	out := s.kept.out
	s.mu.Unlock()
	next, changes := f(out)
	if !changes {
		return nil
	}
	return s.keep(func(k *kept) { k.out = next }, change(keyOut, next))
}

// sure reads what is kept again, if that is not sure.
func (s *Settler) sure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.unsure {
		return nil
	}
	k, err := load(s.store, s.Scale)
	if err != nil {
		return err
	}
	if s.Peer != (xrpl.AccountID{}) {
		k.peer = s.Peer
	}
	s.kept, s.unsure = k, false
	return nil
}
