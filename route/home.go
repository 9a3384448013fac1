package route

import (
	"slices"

	"github.com/ilp-go/connector/ilp"
)

// Home is our place in the network.
type Home struct {
	// Address is our own ILP address, empty while it is unknown.
	Address string
	// GlobalPrefix is "g" in production, else "test". Routes outside it, and one to
	// the whole of it, are not exchanged.
	GlobalPrefix string
}

// owns reports whether prefix lies in our own address space: who may have an
// address below ours is for us to say, not for a neighbor.
func (h Home) owns(prefix string) bool {
	return h.Address != "" && ilp.UnderPrefix(prefix, h.Address)
}

// passed reports whether a path leads through us.
func (h Home) passed(path []string) bool {
	return h.Address != "" && slices.Contains(path, h.Address)
}

// announces reports whether neighbors may be told of r at all, whoever they are:
// not while we have no address to put into the path; nothing outside the global
// prefix and nothing as wide, which would be a default route; and not the routes
// below our own address that begin with us, since those packets come to us anyway.
func (h Home) announces(r *Route) bool {
	return h.Address != "" &&
		ilp.UnderPrefix(r.Prefix, h.GlobalPrefix) && r.Prefix != h.GlobalPrefix &&
		(len(r.Path) > 0 || r.Prefix == h.Address || !h.owns(r.Prefix))
}
