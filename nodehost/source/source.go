// Package source makes a source of exchange rates of a backend of the reference that runs in a
// node host (nodehost).
//
// The reference asks a backend for each packet. We ask it at an interval, for the pairs of
// accounts in use, and convert packets at what it said last. It is told of packets afterwards,
// and nobody waits for it.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/rate"
)

const (
	// Interval is how often a backend is asked.
	Interval = time.Second
	// MaxAge is how long its rates are used if it does not answer any more.
	MaxAge = time.Minute
	// pairsAll is up to how many accounts each pair of them is asked for. Beyond, it is each pair of
	// assets, of the first accounts that have them.
	pairsAll = 32
)

// Options are the options of a Backend.
type Options struct {
	Host   *nodehost.Host
	Module nodehost.Module
	// Accounts returns the accounts in use.
	Accounts func() []rate.AccountAsset
	Log      *slog.Logger
}

// Backend is a hosted backend. Its methods are safe for concurrent use.
type Backend struct {
	opts   Options
	log    *slog.Logger
	object *nodehost.Object
	wants  atomic.Bool // it has a method submitPacket

	mu      sync.Mutex
	down    error         // why it cannot be asked, nil if it is connected
	settled chan struct{} // closed while it is connected, or has failed to
	failed  string        // how it has failed to when it was asked last
	none    error         // why no pair had a rate when it was asked last, nil if one had
	differs bool          // the log says that accounts with one asset get different rates
}

// New adds a backend to its host.
func New(o Options) *Backend {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Backend{opts: o, log: o.Log, down: nodehost.ErrDown, settled: make(chan struct{})}
	b.object = o.Host.Add(o.Module, (*events)(b))
	return b
}

// events is a Backend as its node host sees it.
type events Backend

// Up connects the backend, as the reference does once.
func (e *events) Up(o *nodehost.Object, c nodehost.Constructed) {
	b := (*Backend)(e)
	b.wants.Store(c.SubmitPacket)
	b.connect(o)
}

// connect has the backend connect, without waiting for it.
func (b *Backend) connect(o *nodehost.Object) {
	b.set(errConnecting)
	o.Begin(func(_ json.RawMessage, err error) {
		switch {
		case err == nil:
			b.set(nil)
		case errors.Is(err, nodehost.ErrDown), errors.Is(err, nodehost.ErrLost): // Down says why
		default:
			b.set(&connectError{err})
		}
	}, "connect")
}

// connectError says why connect() has failed. The reference ends then, and whatever runs it starts it
// again. We have the backend connect again when it is asked next.
type connectError struct{ err error }

func (e *connectError) Error() string { return "connect: " + e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// errConnecting says that the backend is not ready yet.
var errConnecting = errors.New("connect() of the module has not resolved yet")

// Down notes why the backend cannot be asked.
func (e *events) Down(why error) { (*Backend)(e).set(why) }

func (b *Backend) set(down error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch before, now := unsettled(b.down), unsettled(down); {
	case before && !now:
		close(b.settled)
	case now && !before:
		b.settled = make(chan struct{})
	}
	b.down = down
}

// unsettled reports whether what keeps a backend from being asked may end by itself.
func unsettled(down error) bool {
	return errors.Is(down, nodehost.ErrDown) || errors.Is(down, errConnecting)
}

// ready waits until the backend is connected, or has failed to. It returns one failure at once, and the
// same failure again only when ctx ends, so that it is not asked and logged all the time.
func (b *Backend) ready(ctx context.Context) error {
	b.mu.Lock()
	settled := b.settled
	b.mu.Unlock()
	select {
	case <-settled:
	case <-ctx.Done():
	}
	b.mu.Lock()
	down, again := b.down, b.down != nil && b.down.Error() == b.failed
	b.failed = ""
	if down != nil {
		b.failed = down.Error()
	}
	b.mu.Unlock()
	if again {
		<-ctx.Done()
	}
	if down != nil {
		return down
	}
	return ctx.Err()
}

// Rates asks the backend for the rates between the accounts in use. The backend has charged its
// spread.
func (b *Backend) Rates(ctx context.Context) (*rate.Table, error) {
	if err := b.ready(ctx); err != nil {
		if _, failed := errors.AsType[*connectError](err); failed {
			b.connect(b.object)
		}
		return nil, err
	}
	pairs := pairsOf(b.opts.Accounts())
	asked := make([][2]string, len(pairs))
	for i, p := range pairs {
		asked[i] = [2]string{p[0].ID, p[1].ID}
	}
	text, err := b.object.Call(ctx, "getRates", asked)
	var said []said
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	switch {
	case err != nil:
		return nil, err
	case len(said) != len(pairs):
		return nil, fmt.Errorf("%d rates came for %d pairs", len(said), len(pairs))
	}
	b.judge(pairs, said)
	t := rate.NewAssetTable(time.Now(), b.quote(pairs, said))
	t.MaxAge, t.Source = MaxAge, "module "+b.opts.Module.Name
	return t, nil
}

// judge notes whether there is a rate between any two accounts.
func (b *Backend) judge(pairs [][2]rate.AccountAsset, all []said) {
	var none error
	for i, p := range pairs {
		if p[0].ID == p[1].ID && len(pairs) > 1 {
			continue // packets seldom go back to where they come from
		}
		_, err := all[i].rat()
		if err == nil {
			none = nil
			break
		}
		if none == nil {
			none = fmt.Errorf("getRate of %s fails for every pair, such as %s to %s: %w", b.opts.Module.Name, p[0].ID, p[1].ID, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.none = none
}

// None returns why there is no rate between any two accounts, nil if there is one: the module throws, or
// says what is no rate.
func (b *Backend) None() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.none
}

// said is what a backend has said of a pair.
type said struct {
	Rate  string          `json:"rate"`
	Error *nodehost.Error `json:"error"`
}

// rat returns the exact rate, or why there is none.
func (s said) rat() (*big.Rat, error) {
	if s.Error != nil {
		return nil, &ModuleError{Thrown: s.Error}
	}
	r, err := rate.ParseDecimal(s.Rate)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the backend says %.40q, which is no rate", s.Rate)
	case r.Sign() < 0:
		return nil, fmt.Errorf("the backend says %.40q, which is negative", s.Rate)
	}
	return r, nil
}

// ModuleError is what getRate has thrown.
type ModuleError struct{ Thrown *nodehost.Error }

// Error returns the message alone, which is what the reference tells the sender of a packet.
func (e *ModuleError) Error() string { return e.Thrown.Message }

// Unwrap returns the error of the module.
func (e *ModuleError) Unwrap() error { return e.Thrown }

// ILPCode returns the code that the module has given its error, F00 if it gave none.
func (e *ModuleError) ILPCode() ilp.Code {
	if code, ok := ilp.ParseCode(e.Thrown.Code); ok {
		return code
	}
	return ilp.F00
}

// pair is two assets.
type pair struct{ from, to rate.Asset }

// quote makes an AssetQuote of what the backend has said of pairs of accounts. If accounts with one
// asset have different rates, the lowest counts for all: we cannot lose by it.
func (b *Backend) quote(pairs [][2]rate.AccountAsset, all []said) rate.AssetQuote {
	type outcome struct {
		rate *big.Rat
		err  error
	}
	by := make(map[pair]outcome, len(pairs))
	differs := ""
	for i, p := range pairs {
		key := pair{p[0].Asset, p[1].Asset}
		var o outcome
		o.rate, o.err = all[i].rat()
		before, there := by[key]
		switch {
		case !there:
			by[key] = o
		case before.err != nil || o.err == nil && before.rate.Cmp(o.rate) == 0:
		default:
			differs = p[0].ID + " to " + p[1].ID
			if o.err != nil || o.rate.Cmp(before.rate) < 0 {
				by[key] = o
			}
		}
	}
	b.warn(differs)
	return func(from, to rate.Asset) (*big.Rat, error) {
		o, there := by[pair{from, to}]
		if !there {
			return nil, rate.ErrNoPrices // of accounts that were added since
		}
		return o.rate, o.err
	}
}

// warn logs once that accounts with one asset have different rates.
func (b *Backend) warn(accounts string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if accounts != "" && !b.differs {
		b.log.Warn("the backend has different rates for accounts with one asset, and the lowest is used for all", "module", b.opts.Module.Name, "accounts", accounts)
	}
	b.differs = accounts != ""
}

// pairsOf returns the ordered pairs of accounts that a backend is asked for.
func pairsOf(accounts []rate.AccountAsset) (pairs [][2]rate.AccountAsset) {
	if len(accounts) > pairsAll {
		seen := make(map[rate.Asset]bool)
		var first []rate.AccountAsset
		for _, a := range accounts {
			if !seen[a.Asset] {
				seen[a.Asset] = true
				first = append(first, a)
			}
		}
		// A pair of two accounts with one asset needs no two of them: the reference asks for an
		// account and itself too.
		accounts = first
	}
	for _, from := range accounts {
		for _, to := range accounts {
			pairs = append(pairs, [2]rate.AccountAsset{from, to})
		}
	}
	return pairs
}

// Observe tells the backend of fulfilled packets, by its submitPayment.
func (b *Backend) Observe(_ context.Context, batch []rate.Forwarded) {
	for _, p := range batch {
		b.object.Tell("submitPayment", told(p))
	}
}

// payment is what a backend is told of a packet, in the words of the reference.
type payment struct {
	SourceAccount      string `json:"sourceAccount"`
	SourceAmount       string `json:"sourceAmount"`
	DestinationAccount string `json:"destinationAccount"`
	DestinationAmount  string `json:"destinationAmount"`
	Packet             []byte `json:"packet,omitempty"`
	Result             []byte `json:"result,omitempty"`
}

func told(p rate.Forwarded) payment {
	return Packet{From: p.From, To: p.To, Incoming: p.Incoming, Outgoing: p.Outgoing}.told()
}

// Packet is a packet that the next account has answered.
type Packet struct {
	From, To           string // accounts
	Incoming, Outgoing uint64
	Packet, Result     []byte // as they came: the Prepare, and its answer
}

func (p Packet) told() payment {
	return payment{p.From, strconv.FormatUint(p.Incoming, 10), p.To, strconv.FormatUint(p.Outgoing, 10), p.Packet, p.Result}
}

// WantsPackets reports whether the backend has a method submitPacket.
func (b *Backend) WantsPackets() bool { return b.wants.Load() }

// SubmitPacket tells the backend of a packet, by its submitPacket. It does not block. While the
// process does not keep up, the backend misses packets.
func (b *Backend) SubmitPacket(p Packet) { b.object.Tell("submitPacket", p.told()) }

// Close ends the backend.
func (b *Backend) Close() { b.object.Remove() }

var (
	_ rate.Backend  = (*Backend)(nil)
	_ rate.Observer = (*Backend)(nil)
	_ rate.Coded    = (*ModuleError)(nil)
)
