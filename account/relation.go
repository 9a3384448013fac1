package account

import (
	"encoding"
	"fmt"
)

// Relation says whether the counterparty of an account is our parent, peer or child.
type Relation uint8

// The relations, nearest to the core of the network first.
const (
	Parent Relation = iota + 1
	Peer
	Child
)

// relations are the names of the relations in the configuration.
var relations = [...]string{"unknown", Parent: "parent", Peer: "peer", Child: "child"}

// String returns the name of the relation, "unknown" for any other value.
func (r Relation) String() string {
	if int(r) >= len(relations) {
		r = 0
	}
	return relations[r]
}

// MarshalText returns the name of the relation.
func (r Relation) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText sets the relation to the one with the name.
func (r *Relation) UnmarshalText(name []byte) error {
	for i := Parent; i <= Child; i++ {
		if relations[i] == string(name) {
			*r = i
			return nil
		}
	}
	return fmt.Errorf("relation %q is not parent, peer or child", name)
}

var (
	_ encoding.TextMarshaler   = Relation(0)
	_ encoding.TextUnmarshaler = (*Relation)(nil)
)
