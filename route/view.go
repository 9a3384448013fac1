package route

import (
	"crypto/sha256"
	"slices"
)

// View is what neighbors are told, as far as it is the same for all of them: it
// takes the best routes of a RIB, leaves out what is nobody's business (Home) or
// redundant (dragon.go), and writes every difference into a Log. What is left to
// decide for each neighbor is Policy.Export.
//
// A View belongs to the goroutine of its RIB. It keeps nothing itself: what should
// be told follows from the RIB, and what has been told stands in the Log.
type View struct {
	rib    *RIB
	log    *Log
	home   Home
	hidden func(prefix string) bool // nil for none
}

// NewView is a view that tells nothing, for Reset to begin.
func NewView(rib *RIB, log *Log) *View { return &View{rib: rib, log: log} }

// Reset changes what a view depends on besides the routes. hidden reports whether
// the policy of any neighbor keeps a prefix from it (Policy.Hides); nil stands for
// no such policy. If our address is another one, everything is told again, as its
// path begins with our address.
//
// All changes that the RIB has returned so far must have been applied.
func (v *View) Reset(home Home, hidden func(prefix string) bool) {
	moved := home.Address != v.home.Address
	v.home, v.hidden = home, hidden
	if own := v.rib.Best(home.Address); moved && own != nil && v.wants(own) {
		v.log.Record(own.Prefix, own) // first of all, as the reference does
	}
	for r := range v.rib.All() {
		if moved && r.Prefix != home.Address && v.wants(r) {
			v.log.Record(r.Prefix, r)
		} else {
			v.update(r.Prefix)
		}
	}
}

// Apply follows changes of the RIB. They may come late and many at once, but each
// must come, after it was made.
func (v *View) Apply(changes []Change) {
	for _, c := range changes {
		before, after := v.cover(c.Old), v.cover(c.New)
		if max(before, after) <= v.covered(c.Prefix) {
			after = before // what it covers is covered anyway
		}
		if after < before { // what it made redundant is told before it goes
			v.updateBelow(c.Prefix)
		}
		v.update(c.Prefix)
		if after > before {
			v.updateBelow(c.Prefix)
		}
	}
}

// Announcement is r as neighbors are told it: by way of us, and with its Auth
// hashed once more.
func (v *View) Announcement(r *Route) Route {
	return Route{
		Prefix: r.Prefix,
		Path:   slices.Concat([]string{v.home.Address}, r.Path),
		Auth:   sha256.Sum256(r.Auth[:]),
	}
}

// update tells what is to be told about prefix now, if that differs from what was.
func (v *View) update(prefix string) {
	r := v.rib.Best(prefix)
	if r != nil && !v.wants(r) {
		r = nil
	}
	if !r.same(v.log.Told(prefix)) {
		v.log.Record(prefix, r)
	}
}

func (v *View) updateBelow(prefix string) {
	for r := range v.rib.Below(prefix) {
		v.update(r.Prefix)
	}
}

// wants reports whether the best route r is to be told.
func (v *View) wants(r *Route) bool { return v.home.announces(r) && !v.redundant(r) }
