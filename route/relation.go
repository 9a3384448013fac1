package route

// Relation is what the counterparty of an account is to us.
type Relation string

// The relations, in the words of the configuration.
const (
	ParentRelation Relation = "parent"
	PeerRelation   Relation = "peer"
	ChildRelation  Relation = "child"
)

// rank is a Relation in one byte, in the order of preference: a child pays us for
// what we carry, a peer may, a parent is paid.
type rank uint8

const (
	noRank rank = iota // of no route, and of an account whose relation nobody said
	parentRank
	peerRank
	childRank
	selfRank // packets have arrived
)

func rankOf(r Relation) rank {
	switch r {
	case ParentRelation:
		return parentRank
	case PeerRelation:
		return peerRank
	case ChildRelation:
		return childRank
	}
	return noRank
}

// relation is empty for ourselves, who are no account.
func (r rank) relation() Relation {
	switch r {
	case parentRank:
		return ParentRelation
	case peerRank:
		return PeerRelation
	case childRank:
		return ChildRelation
	}
	return ""
}
