package xrplsim

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Ledger simulates the XRP Ledger and one server of it. Its methods are safe for concurrent use,
// also in hooks.
type Ledger struct {
	o       Options
	address string // where clients connect, also after Refuse
	stopped context.Context
	stop    context.CancelFunc
	running sync.WaitGroup // goroutines of the clock and of connections

	mu       sync.Mutex // guards what follows
	rules    rules
	ledgers  []*closed // by index, without gaps
	outcomes map[xrpl.Hash]*outcome
	// submissions are what tx says is not validated: all that was submitted until Sweep.
	submissions map[xrpl.Hash]*transaction
	open        open
	published   uint32 // the last ledger that subscribers know
	clockAt     time.Time
	clockSince  time.Time // when the clock was at clockAt, if it runs
	clients     map[*client]bool
	accepted    int // connections so far
	requests    map[string]int
	http        *http.Server // nil while connections are refused
	serving     chan struct{}
	condition
}

// New starts a Ledger, as Start does. It panics if it cannot listen.
func New(o Options) *Ledger {
	l, err := Start(o)
	if err != nil {
		panic(err)
	}
	return l
}

// Start starts a Ledger. Call Close in the end.
func Start(o Options) (*Ledger, error) {
	o = o.withDefaults()
	l := &Ledger{
		o: o,
		rules: rules{
			baseFee: o.BaseFee, openFee: o.BaseFee, reserveBase: o.ReserveBase, reserveEach: o.ReserveEach, networkID: o.NetworkID,
		},
		outcomes: make(map[xrpl.Hash]*outcome), submissions: make(map[xrpl.Hash]*transaction), clients: make(map[*client]bool), requests: make(map[string]int),
		clockAt: o.Time, clockSince: time.Now(),
	}
	l.forgotten = make(map[uint32]bool)
	l.stopped, l.stop = context.WithCancel(context.Background())
	at := rounded(xrpl.Seconds(o.Time))
	first := &closed{index: o.First, state: newState(), closeTime: at, parentClose: at}
	first.sign(o.NetworkID)
	l.append(first)
	l.published = first.index
	l.reopen(nil)
	listener, err := listen(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for clients of the ledger: %w", err)
	}
	l.address = listener.Addr().String()
	l.serve(listener)
	if o.CloseEvery > 0 {
		l.running.Go(l.closeAgainAndAgain)
	}
	return l, nil
}

// Close ends the Ledger, and blocks until nothing of it runs any more.
func (l *Ledger) Close() {
	l.stop()
	l.Refuse(true)
	l.running.Wait()
}

// URL returns where clients connect.
func (l *Ledger) URL() string { return "ws://" + l.address }

// Fund gives drops of the genesis account to another one, without a transaction. It makes the
// account if there is none. It panics if the genesis account has too little.
func (l *Ledger) Fund(id xrpl.AccountID, d xrpl.Drops) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last()
	if !last.state.fund(id, d, last.index) || !l.open.state.fund(id, d, last.index) {
		panic(fmt.Sprintf("xrplsim: the genesis account cannot give %d drops to %v", d, id))
	}
}

// SetRegularKey lets the key of another account sign for an account, without a transaction.
func (l *Ledger) SetRegularKey(id, key xrpl.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range []*state{l.last().state, l.open.state} {
		a, ok := s.accounts[id]
		if !ok {
			panic(fmt.Sprintf("xrplsim: there is no account %v", id))
		}
		a.regularKey = key
		s.accounts[id] = a
	}
}

// CloseLedger closes the open ledger, and returns its index.
func (l *Ledger) CloseLedger() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closeLedger()
	return l.last().index
}

// Advance moves the clock forward. Expirations look at close times of ledgers, so close one, and
// then another one, which has the first as its parent.
func (l *Ledger) Advance(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clockAt = l.clockAt.Add(d)
}

// Index returns the index of the last closed ledger.
func (l *Ledger) Index() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last().index
}

// CloseTime returns the close time of the last closed ledger.
func (l *Ledger) CloseTime() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return xrpl.Time(l.last().closeTime)
}

// SetFees changes the base fee and the fee that gets a transaction into the open ledger, from the
// next transaction on.
func (l *Ledger) SetFees(base, open xrpl.Drops) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules.baseFee, l.rules.openFee = base, max(base, open)
}

// SetReserves changes the reserves, as votes of the network do.
func (l *Ledger) SetReserves(base, each xrpl.Drops) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules.reserveBase, l.rules.reserveEach = base, each
}

// now returns the time of the ledger's clock.
func (l *Ledger) now() time.Time {
	if l.o.CloseEvery == 0 {
		return l.clockAt
	}
	return l.clockAt.Add(time.Since(l.clockSince))
}

// closeAgainAndAgain closes ledgers until the Ledger ends.
func (l *Ledger) closeAgainAndAgain() {
	tick := time.NewTicker(l.o.CloseEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.stopped.Done():
			return
		}
		l.mu.Lock()
		if !l.paused {
			l.closeLedger()
		}
		l.mu.Unlock()
	}
}

// connected returns the connections, in the order in which they were made.
func (l *Ledger) connected() []*client {
	all := slices.Collect(maps.Keys(l.clients))
	slices.SortFunc(all, func(a, b *client) int { return a.number - b.number })
	return all
}
