package route

import (
	"crypto/sha256"
	"slices"
)

// View selects the routes that we advertise, as far as the choice is the same for all
// neighbors (BGP's Adj-RIB-Out, before the policy of each neighbor). It takes the best
// routes of a RIB, leaves out those that concern only us (Identity) or are redundant
// (dragon.go), and records every difference in a Log. Policy.Export decides the rest for
// each neighbor.
//
// A View has no lock and no routes of its own: what to advertise follows from the RIB, and
// what was advertised is in the Log.
type View struct {
	rib    *RIB
	log    *Log
	self   Identity
	hidden func(prefix string) bool // nil for none
}

// NewView returns a view that advertises nothing until Reset.
func NewView(rib *RIB, log *Log) *View { return &View{rib: rib, log: log} }

// Reset changes what a view depends on besides the routes. hidden reports whether
// the policy of any neighbor hides a prefix from it (Policy.Hides); nil stands for
// no such policy. If our address changes, Reset advertises everything again, as each
// path begins with our address.
//
// Reset calls step after each route. step may change the RIB, but not the View.
func (v *View) Reset(self Identity, hidden func(prefix string) bool, step func()) {
	moved := self.Address != v.self.Address
	v.self, v.hidden = self, hidden
	if own := v.rib.Best(self.Address); moved && own != nil && v.advertises(own) {
		v.log.Record(own.Prefix, own) // first of all, as the reference does
	}
	for r := range v.rib.All() {
		if moved && r.Prefix != self.Address && v.advertises(r) {
			v.log.Record(r.Prefix, r)
		} else {
			v.update(r.Prefix)
		}
		step()
	}
}

// Apply follows changes of the RIB. The caller may pass them late and many at once, but it
// must pass every one, after it was made.
func (v *View) Apply(changes []Change) {
	for _, c := range changes {
		before, after := v.cover(c.Old), v.cover(c.New)
		if max(before, after) <= v.covered(c.Prefix) {
			after = before // a shorter prefix covers the longer ones anyway
		}
		if after < before { // advertise the longer prefixes before their cover goes
			v.updateBelow(c.Prefix)
		}
		v.update(c.Prefix)
		if after > before {
			v.updateBelow(c.Prefix)
		}
	}
}

// Announcement returns r as we announce it: with our address in front of the path, and
// with its Auth hashed once more.
func (v *View) Announcement(r *Route) Route {
	return Route{
		Prefix: r.Prefix,
		Path:   slices.Concat([]string{v.self.Address}, r.Path),
		Auth:   sha256.Sum256(r.Auth[:]),
	}
}

// update records the route to advertise for prefix, if it differs from the last one.
func (v *View) update(prefix string) {
	r := v.rib.Best(prefix)
	if r != nil && !v.advertises(r) {
		r = nil
	}
	if !r.equal(v.log.Latest(prefix)) {
		v.log.Record(prefix, r)
	}
}

func (v *View) updateBelow(prefix string) {
	for r := range v.rib.Below(prefix) {
		v.update(r.Prefix)
	}
}

// advertises reports whether we advertise the best route r.
func (v *View) advertises(r *Route) bool { return v.self.exports(r) && !v.redundant(r) }
