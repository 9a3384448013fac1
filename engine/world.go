package engine

import (
	"slices"
	"sync/atomic"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
)

// world is everything a packet needs to know, as of one moment. It never changes, but for
// the hops in routes and the ports of accounts; any other change stores a new world.
type world struct {
	address  string
	settings Settings
	draining bool
	paused   prefixSet // prefixes that no packet may go to

	routes *route.Table
	ports  ports

	rates  *rate.Table  // nil until the first were loaded
	assets []rate.Party // each differs from the others in code, scale or spread
	quotes [][]quote    // by Port.asset of the source, then of the destination
}

// Settings hold for all packets.
type Settings struct {
	MinMessageWindow int64 // milliseconds that we keep of a packet's time
	MaxHoldTime      int64 // milliseconds that we wait for an answer at most
	ReflectPayments  bool  // whether a packet may go back to where it came from
	// NoExpiry lets packets wait for an answer without end.
	NoExpiry bool
	// RawFailures gives failures to links as they are, not made into Rejects.
	RawFailures bool
}

// quote is the rate between two assets, or why there is none.
type quote struct {
	rate   rate.Rate
	mid    rate.Rate // the same without the spread
	spread bool      // whether they differ
	err    error
}

// change makes a new world from the present one by edit, and puts it in place.
func (e *Engine) change(edit func(w *world)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changeLocked(edit)
}

func (e *Engine) changeLocked(edit func(w *world)) *world {
	w := *e.world.Load()
	edit(&w)
	e.world.Store(&w)
	return &w
}

// ports are the ports by account number, nil where none is attached. They change in place, as
// accounts of clients come and go too often to copy all of them. Only one goroutine at a time
// changes them.
type ports []atomic.Pointer[Port]

// portsMin is the least room for ports.
const portsMin = 16

// at returns the port of a number, nil if there is none.
func (ps ports) at(number uint32) *Port {
	if int(number) >= len(ps) {
		return nil
	}
	return ps[number].Load()
}

// roomFor returns ps, or a larger copy if ps has no room for a port of the number. What is put
// into the copy is not seen in ps.
func (ps ports) roomFor(number uint32) ports {
	if int(number) < len(ps) {
		return ps
	}
	more := make(ports, max(portsMin, 2*len(ps), int(number)+1))
	for i := range ps {
		more[i].Store(ps[i].Load())
	}
	return more
}

// prepare makes room for a port, and adds its asset and the quotes that it needs.
func (w *world) prepare(port *Port) {
	w.ports = w.ports.roomFor(port.account.Number)
	if port.asset = slices.Index(w.assets, port.assetOf()); port.asset < 0 {
		port.asset = len(w.assets)
		w.assets = append(slices.Clone(w.assets), port.assetOf())
		w.extend()
	}
}

// quote computes the rates between all assets.
func (w *world) quote() {
	w.quotes = make([][]quote, len(w.assets))
	for i, from := range w.assets {
		w.quotes[i] = make([]quote, len(w.assets))
		for j, to := range w.assets {
			w.quotes[i][j] = w.quoteOf(from, to)
		}
	}
}

// extend computes the rates of the last asset, which is new. The rows of the former world
// keep their lengths, so it does not see what is appended to them.
func (w *world) extend() {
	newest := w.assets[len(w.assets)-1]
	w.quotes = slices.Clone(w.quotes)
	for i, from := range w.assets[:len(w.assets)-1] {
		w.quotes[i] = append(w.quotes[i], w.quoteOf(from, newest))
	}
	row := make([]quote, len(w.assets))
	for j, to := range w.assets {
		row[j] = w.quoteOf(newest, to)
	}
	w.quotes = append(w.quotes, row)
}

func (w *world) quoteOf(from, to rate.Party) quote {
	if w.rates == nil {
		return quote{err: rate.ErrNoPrices}
	}
	e := w.rates.Explain(from, to)
	return quote{rate: e.Rate, mid: e.Mid, spread: !e.Spread.None(), err: e.Err}
}
