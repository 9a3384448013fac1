package route

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// Damping suppresses the flapping routes of one neighbor, as RFC 2439 does for BGP. Each
// flap of a prefix adds a penalty, which halves with every half-life:
//
//	penalty  ceiling  8000 ┤
//	         suppress 3000 ┤    /|  /\
//	                       ┤  /|/ |/   \__
//	         reuse    1000 ┤ /            \____   below 250 it is forgotten
//	                       └─────┬────────────┬──> time
//	                             suppressed   used again
//
// So a restart or two have no effect. A route that flaps every half minute is suppressed
// from the fourth time on, until it has been stable for some minutes; the ceiling limits
// that to six. Only prefixes that flap take memory: stable routes cost nothing.
//
// An Off Damping counts nothing and suppresses nothing. The zero Damping has seen no flap. It has no lock and reads no clock: now must come from
// a monotonic one, as time.Now does.
type Damping struct {
	Off      bool              // set it before the first flap, and leave it
	flapping map[string]*flaps // by prefix
	start    time.Time         // of the first tick
	swept    uint32            // tick of the last sweep
}

// The penalties, and their thresholds.
const (
	withdrawalPenalty = 1000
	changePenalty     = 500 // for another path
	penaltyMax        = 8000
	suppressAbove     = 3000
	reuseBelow        = 1000
	forgetBelow       = 250
	// penaltyHalfLife is long against the half minute between two heartbeats, and short
	// enough for an operator to wait for.
	penaltyHalfLife = 2 * time.Minute
)

// flappingMax bounds the prefixes that a Damping remembers. It does not count flaps of
// more prefixes at once: PrefixesMax and the rate limit of the neighbor bound those.
const flappingMax = 1 << 14

// flaps is the recent history of one prefix.
type flaps struct {
	penalty    uint32
	tick       uint32 // at which penalty was computed
	suppressed bool
	route      *Route // the last announcement while suppressed, nil for none
}

// Learn counts a flap if the neighbor announces r in place of another path, and reports
// whether r may be used. If not, Damping keeps r for Release, and the caller must withdraw
// used: the route of the neighbor in the RIB (RIB.From), or nil.
func (d *Damping) Learn(r Route, used *Route, now time.Time) (use bool) {
	tick := d.tick(now)
	f := d.flapping[r.Prefix]
	if f != nil && used == nil {
		used = f.route
	}
	if used != nil && (used.Auth != r.Auth || !slices.Equal(used.Path, r.Path)) {
		f = d.flap(r.Prefix, changePenalty, tick)
	}
	if f == nil {
		return true
	}
	f.age(tick)
	f.route = nil
	if f.suppressed {
		r.Path = slices.Clone(r.Path)
		f.route = &r
	}
	return !f.suppressed
}

// Withdraw counts a flap if the neighbor withdraws a prefix that it had announced. used is
// the same as for Learn.
func (d *Damping) Withdraw(prefix string, used *Route, now time.Time) {
	f := d.flapping[prefix]
	if used == nil && (f == nil || f.route == nil) {
		return // it was not announced
	}
	if f = d.flap(prefix, withdrawalPenalty, d.tick(now)); f != nil {
		f.route = nil
	}
}

// Release returns the suppressed routes that may be used again, sorted by prefix,
// and forgets prefixes that flap no more. Its cost grows with the number of flapping
// prefixes; a call every few seconds is enough.
func (d *Damping) Release(now time.Time) (routes Routes) {
	d.sweep(d.tick(now))
	for prefix, f := range d.flapping {
		if f.route != nil && !f.suppressed {
			routes = append(routes, *f.route)
			f.route = nil
			if f.penalty < forgetBelow {
				delete(d.flapping, prefix)
			}
		}
	}
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Prefix, b.Prefix) })
	return routes
}

// Clear forgets the suppressed routes of a neighbor that is gone, but not the penalties.
func (d *Damping) Clear() {
	for _, f := range d.flapping {
		f.route = nil
	}
}

// Forgive forgets all flaps, so that the next Release returns the suppressed routes, and returns
// how many those are.
func (d *Damping) Forgive() (suppressed int) {
	for prefix, f := range d.flapping {
		if f.route == nil {
			delete(d.flapping, prefix)
			continue
		}
		if f.suppressed {
			suppressed++
		}
		f.penalty, f.suppressed = 0, false
	}
	return suppressed
}

// Suppressed yields the suppressed routes, in no order, each with the time from which on
// Release returns it if it does not flap again.
func (d *Damping) Suppressed() iter.Seq2[*Route, time.Time] {
	return func(yield func(*Route, time.Time) bool) {
		for _, f := range d.flapping {
			if f.route != nil && !yield(f.route, d.at(f.reuseTick())) {
				return
			}
		}
	}
}

// flap adds a penalty to a prefix. It returns nil if damping is off, or if there is no room
// for another prefix.
func (d *Damping) flap(prefix string, penalty uint32, tick uint32) *flaps {
	if d.Off {
		return nil
	}
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
	f.suppressed = f.suppressed || f.penalty > suppressAbove
	return f
}

// sweep ages all prefixes and forgets those that flap no more.
func (d *Damping) sweep(tick uint32) {
	for prefix, f := range d.flapping {
		f.age(tick)
		if f.penalty < forgetBelow && f.route == nil {
			delete(d.flapping, prefix)
		}
	}
	d.swept = tick
}

// age reduces the penalty to what is left of it at tick.
func (f *flaps) age(tick uint32) {
	if tick <= f.tick {
		return
	}
	f.penalty, f.tick = decayed(f.penalty, tick-f.tick), tick
	if f.penalty < reuseBelow {
		f.suppressed = false
	}
}

// reuseTick returns the tick at which the penalty falls below reuseBelow, if none is added
// and each tick ages it. Ticks without a look round less off, and may make it a tick later.
func (f *flaps) reuseTick() uint32 {
	rest := *f
	for rest.suppressed {
		rest.age(rest.tick + 1)
	}
	return rest.tick
}
