package route

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// Policy holds the operator's rules for one neighbor: which routes we accept from it, and
// which we advertise to it. The zero Policy is the default.
type Policy struct {
	// ImportAllow and ImportDeny are prefixes, of whole segments, for the routes that
	// the neighbor announces: the longest one that covers a route's prefix decides. If
	// both lists have it, the route is denied. If ImportAllow is empty, all routes are
	// allowed that ImportDeny does not deny.
	ImportAllow, ImportDeny []string
	// ExportAllow and ExportDeny are the same for the routes that we advertise to it.
	ExportAllow, ExportDeny []string
	// PrefixesMax is the number of prefixes that it may announce; 0 stands for
	// PrefixesMaxDefault. A Quota watches it.
	PrefixesMax int
	// PathMax is the number of connectors that its paths may lead through; 0 stands for
	// PathMaxDefault.
	PathMax int
	// LocalPreference is Neighbor.LocalPreference.
	LocalPreference int
	// Undamped says that its routes are used however often they flap: Damping.Off.
	Undamped bool
}

// The bounds without a setting: several times the size of the largest network so far.
const (
	PrefixesMaxDefault = 100_000
	PathMaxDefault     = 64
)

// Import decides whether to accept a route that a neighbor with the address speaker
// announces. reason says why not; it is Accepted if ok.
//
// A refused announcement still replaces the neighbor's last one of the same prefix, so the
// caller must withdraw that. If the new path leads through us, the old route would make a
// loop.
func (p Policy) Import(r Route, speaker string, self Identity) (ok bool, reason Reason) {
	reason = p.refuses(r, speaker, self)
	return reason == Accepted, reason
}

func (p Policy) refuses(r Route, speaker string, self Identity) Reason {
	switch {
	case !ilp.ValidPrefix(r.Prefix):
		return InvalidPrefix
	case r.Prefix == self.GlobalPrefix:
		return WholeNetwork
	case !ilp.UnderPrefix(r.Prefix, self.GlobalPrefix):
		return OtherNetwork
	case self.owns(r.Prefix):
		return OurAddress
	case len(r.Path) > orDefault(p.PathMax, PathMaxDefault):
		return PathLong
	case self.loops(r.Path):
		return PathThroughUs
	case len(r.Path) > 0 && r.Path[0] != speaker:
		return OtherSpeaker
	case !allValid(r.Path):
		return InvalidPath
	case !allowed(r.Prefix, p.ImportAllow, p.ImportDeny):
		return Denied
	}
	return Accepted
}

// Export decides whether to advertise a route of a View to neighbor to. If not, the update
// lists the prefix as withdrawn, in case the neighbor received an earlier route to it.
func (p Policy) Export(r *Route, to Neighbor) bool {
	switch {
	case r.NextHop == to.Account: // split horizon: we would send its packets back
		return false
	case to.Relation == account.Parent && (r.relation == account.Peer || r.relation == account.Parent):
		return false // we do not pay a parent to carry packets between others
	}
	return !p.Hides(r.Prefix)
}

// Hides reports whether the export lists keep prefix from the neighbor.
func (p Policy) Hides(prefix string) bool { return !allowed(prefix, p.ExportAllow, p.ExportDeny) }

// Neighbor returns the neighbor that the policy is for, as a RIB takes it.
func (p Policy) Neighbor(id string, relation account.Relation) Neighbor {
	return Neighbor{Account: id, Relation: relation, LocalPreference: p.LocalPreference}
}

// allowed reports whether the longest prefix that covers prefix is in allow and not in
// deny. Without any in allow, it reports whether deny has none either.
func allowed(prefix string, allow, deny []string) bool {
	a, d := longest(prefix, allow), longest(prefix, deny)
	return a > d || d < 0 && len(allow) == 0
}

// longest returns the length of the longest of the prefixes that cover prefix, -1 if none
// does.
func longest(prefix string, prefixes []string) int {
	length := -1
	for _, p := range prefixes {
		if ilp.UnderPrefix(prefix, p) {
			length = max(length, len(p))
		}
	}
	return length
}

func allValid(addresses []string) bool {
	for _, a := range addresses {
		if !ilp.ValidPrefix(a) {
			return false
		}
	}
	return true
}
