package engine

import (
	"slices"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
)

// world is everything a packet needs to know, as of one moment. It never changes, but for
// the hops in routes; any other change stores a new world.
type world struct {
	address  string
	settings Settings
	draining bool

	routes *route.Table
	ports  []*Port // by account number, nil where none is attached

	rates  *rate.Table // nil until the first were loaded
	assets []rate.Asset
	quotes [][]quote // by Port.asset of the source, then of the destination
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
	rate rate.Rate
	err  error
}

// change makes a new world from the present one by edit, and puts it in place.
func (e *Engine) change(edit func(w *world)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := *e.world.Load()
	edit(&w)
	e.world.Store(&w)
}

// attach adds a port, its asset, and the quotes that the asset needs.
func (w *world) attach(port *Port) {
	number := int(port.account.Number)
	if number == len(w.ports) { // behind the end of what the world before sees
		w.ports = append(w.ports, port)
	} else {
		w.ports = slices.Grow(slices.Clone(w.ports), number+1)[:max(len(w.ports), number+1)]
		w.ports[number] = port
	}
	port.asset = slices.Index(w.assets, port.assetOf())
	if port.asset < 0 {
		port.asset = len(w.assets)
		w.assets = append(slices.Clone(w.assets), port.assetOf())
		w.extend()
	}
}

// detach removes a port, unless another has its place.
func (w *world) detach(port *Port) {
	number := int(port.account.Number)
	if w.ports[number] == port {
		w.ports = slices.Clone(w.ports)
		w.ports[number] = nil
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

func (w *world) quoteOf(from, to rate.Asset) quote {
	if w.rates == nil {
		return quote{err: ErrNoRates}
	}
	r, err := w.rates.Between(from, to)
	return quote{r, err}
}
