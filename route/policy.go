package route

import "github.com/ilp-go/connector/ilp"

// Policy is what an operator wants of the routes that one neighbor tells us and is
// told. The zero Policy is the default.
type Policy struct {
	// ImportAllow and ImportDeny are prefixes, of whole segments, and decide about
	// the routes that the neighbor tells us: the longest one that covers a route's
	// prefix wins, and if both lists have it, it is denied. With no ImportAllow at
	// all, everything is allowed that is not denied.
	ImportAllow, ImportDeny []string
	// ExportAllow and ExportDeny decide likewise about the routes that it is told.
	ExportAllow, ExportDeny []string
	// PrefixesMax is how many prefixes it may tell us; 0 stands for
	// PrefixesMaxDefault. A Quota watches it.
	PrefixesMax int
	// PathMax is how many connectors its paths may lead through; 0 stands for
	// PathMaxDefault.
	PathMax int
	// LocalPreference is Neighbor.LocalPreference.
	LocalPreference int
}

// What a Policy that says nothing allows: some times more than the largest network
// there was.
const (
	PrefixesMaxDefault = 100_000
	PathMaxDefault     = 64
)

// Import decides whether to believe a route that a neighbor, by the address speaker,
// tells us. reason says why not, and is Accepted if ok.
//
// A refused announcement still replaces what the neighbor said about the prefix
// before, so the caller withdraws that; above all if the new path leads through us,
// where the old one would make a loop.
func (p Policy) Import(r Route, speaker string, home Home) (ok bool, reason Reason) {
	reason = p.refuses(r, speaker, home)
	return reason == Accepted, reason
}

func (p Policy) refuses(r Route, speaker string, home Home) Reason {
	switch {
	case !validPrefix(r.Prefix):
		return InvalidPrefix
	case r.Prefix == home.GlobalPrefix:
		return WholeNetwork
	case !ilp.UnderPrefix(r.Prefix, home.GlobalPrefix):
		return OtherNetwork
	case home.owns(r.Prefix):
		return OurAddress
	case len(r.Path) > orDefault(p.PathMax, PathMaxDefault):
		return PathLong
	case home.passed(r.Path):
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

// Export decides whether to tell neighbor to about a route that a View wants told.
// A route that it is not to be told is listed to it as withdrawn, in case it was
// told before the best route changed.
func (p Policy) Export(r *Route, to Neighbor) bool {
	switch {
	case r.NextHop == to.Account: // it knows, and we would bounce its packets
		return false
	case to.Relation == ParentRelation && (r.relation == peerRank || r.relation == parentRank):
		return false // we do not pay a parent to carry others' packets
	}
	return !p.Hides(r.Prefix)
}

// Hides reports whether the lists keep prefix from the neighbor.
func (p Policy) Hides(prefix string) bool { return !allowed(prefix, p.ExportAllow, p.ExportDeny) }

// Neighbor is the neighbor that this is the policy of, as a RIB wants it.
func (p Policy) Neighbor(account string, relation Relation) Neighbor {
	return Neighbor{Account: account, Relation: relation, LocalPreference: p.LocalPreference}
}

// allowed reports what the longer of the two prefixes says that cover prefix best in
// each list.
func allowed(prefix string, allow, deny []string) bool {
	a, d := longest(prefix, allow), longest(prefix, deny)
	return a > d || d < 0 && len(allow) == 0
}

// longest is the length of the longest of the prefixes that cover prefix, -1 if none
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

// validPrefix is CheckPrefix without an explanation.
func validPrefix(prefix string) bool {
	return len(prefix) <= prefixBytesMax && ilp.ValidSegments(prefix)
}

func allValid(addresses []string) bool {
	for _, a := range addresses {
		if !validPrefix(a) {
			return false
		}
	}
	return true
}
