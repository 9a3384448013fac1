package route

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// Damping keeps the routes of one neighbor back that come and go, as RFC 2439 does
// for BGP. Each flap of a prefix adds a penalty, which halves with every half-life:
//
//	penalty  ceiling  8000 ┤
//	         suppress 3000 ┤    /|  /\
//	                       ┤  /|/ |/   \__
//	         reuse    1000 ┤ /            \____   and below 250 it is forgotten
//	                       └─────┬────────────┬──> time
//	                             kept back    used again
//
// So a restart or two pass unpunished, while a link that comes and goes every half
// minute is kept back from the fourth time on, until it has been quiet for some
// minutes; the ceiling limits that to six. Only prefixes that flap are remembered: a neighbor
// whose routes stay costs nothing.
//
// The zero Damping has seen nothing. It belongs to one goroutine, reads no clock and
// needs now to be of one that does not jump, as that of time.Now.
type Damping struct {
	flapping map[string]*flaps // by prefix
	start    time.Time         // of the first tick
	swept    uint32            // tick of the last sweep
}

// The penalties, and what they lead to.
const (
	withdrawalPenalty = 1000 // for a prefix that goes away
	changePenalty     = 500  // for one with another path than before
	penaltyMax        = 8000
	suppressAt        = 3000 // and more: kept back
	reuseBelow        = 1000
	forgetBelow       = 250
	// penaltyHalfLife is long against the half minute between two updates, and short
	// against an operator's patience.
	penaltyHalfLife = 2 * time.Minute
)

// flappingMax bounds the prefixes that a Damping remembers. Flaps of more prefixes at
// once are not counted: what else a neighbor may do is bounded by its PrefixesMax and
// by its rate of packets.
const flappingMax = 1 << 14

// flaps is the recent past of one prefix.
type flaps struct {
	penalty    uint32
	tick       uint32 // up to which penalty has fallen
	suppressed bool
	kept       *Route // what was told while suppressed, nil for nothing
}

// Learn takes note of a route that the neighbor tells us, and reports whether it may
// be used. If not, r is kept for Release, and what is in use for the prefix should be
// withdrawn. used is that, as RIB.From knows it, or nil.
func (d *Damping) Learn(r Route, used *Route, now time.Time) (use bool) {
	tick := d.tick(now)
	f := d.flapping[r.Prefix]
	if f != nil && used == nil {
		used = f.kept
	}
	if used != nil && (used.Auth != r.Auth || !slices.Equal(used.Path, r.Path)) {
		f = d.flap(r.Prefix, changePenalty, tick)
	}
	if f == nil {
		return true
	}
	f.age(tick)
	f.kept = nil
	if f.suppressed {
		r.Path = slices.Clone(r.Path)
		f.kept = &r
	}
	return !f.suppressed
}

// Withdraw takes note that the neighbor withdraws a prefix. used is as for Learn.
func (d *Damping) Withdraw(prefix string, used *Route, now time.Time) {
	f := d.flapping[prefix]
	if used == nil && (f == nil || f.kept == nil) {
		return // it was not there
	}
	if f = d.flap(prefix, withdrawalPenalty, d.tick(now)); f != nil {
		f.kept = nil
	}
}

// Release returns the routes that were kept and may be used now, sorted by prefix,
// and forgets prefixes that flap no more. Its cost grows with the number of flapping
// prefixes; once in some seconds is often enough.
func (d *Damping) Release(now time.Time) (routes Routes) {
	d.sweep(d.tick(now))
	for prefix, f := range d.flapping {
		if f.kept != nil && !f.suppressed {
			routes = append(routes, *f.kept)
			f.kept = nil
			if f.penalty < forgetBelow {
				delete(d.flapping, prefix)
			}
		}
	}
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Prefix, b.Prefix) })
	return routes
}

// Clear forgets the routes that are kept, but not the penalties: for a neighbor that
// is gone.
func (d *Damping) Clear() {
	for _, f := range d.flapping {
		f.kept = nil
	}
}

// Kept is the routes that are kept, in no order.
func (d *Damping) Kept() iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		for _, f := range d.flapping {
			if f.kept != nil && !yield(f.kept) {
				return
			}
		}
	}
}

// flap adds a penalty to a prefix. It returns nil if there is no room for one more.
func (d *Damping) flap(prefix string, penalty uint32, tick uint32) *flaps {
	f := d.flapping[prefix]
	if f == nil {
		if len(d.flapping) >= flappingMax && d.swept != tick {
			d.sweep(tick)
		}
		if len(d.flapping) >= flappingMax {
			return nil
		}
		if d.flapping == nil {
			d.flapping = make(map[string]*flaps)
		}
		f = &flaps{tick: tick}
		d.flapping[strings.Clone(prefix)] = f
	}
	f.age(tick)
	f.penalty = min(f.penalty+penalty, penaltyMax)
	f.suppressed = f.suppressed || f.penalty > suppressAt
	return f
}

// sweep ages all prefixes and forgets those that flap no more.
func (d *Damping) sweep(tick uint32) {
	for prefix, f := range d.flapping {
		f.age(tick)
		if f.penalty < forgetBelow && f.kept == nil {
			delete(d.flapping, prefix)
		}
	}
	d.swept = tick
}

// age lets a penalty fall until tick.
func (f *flaps) age(tick uint32) {
	if tick <= f.tick {
		return
	}
	f.penalty, f.tick = decayed(f.penalty, tick-f.tick), tick
	if f.penalty < reuseBelow {
		f.suppressed = false
	}
}
