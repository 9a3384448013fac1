package route

import (
	"slices"

	"github.com/ilp-go/connector/ilp"
)

// Identity is our own place in the network.
type Identity struct {
	// Address is our own ILP address, empty while it is unknown.
	Address string
	// GlobalPrefix is "g" in production, else "test". We exchange no routes outside it,
	// and none to the whole of it.
	GlobalPrefix string
}

// owns reports whether prefix lies in our own address space. No neighbor may announce
// such a prefix: we assign the addresses below ours.
func (id Identity) owns(prefix string) bool {
	return id.Address != "" && ilp.UnderPrefix(prefix, id.Address)
}

// loops reports whether a path leads through us.
func (id Identity) loops(path []string) bool {
	return id.Address != "" && slices.Contains(path, id.Address)
}

// exports reports whether r may be advertised to any neighbor at all. It may not
//   - while we have no address to put into the path,
//   - if it is outside the global prefix, or to the whole of it, which would be a
//     default route,
//   - if it begins with us and is below our own address: packets for it come to us anyway.
func (id Identity) exports(r *Route) bool {
	return id.Address != "" &&
		ilp.UnderPrefix(r.Prefix, id.GlobalPrefix) && r.Prefix != id.GlobalPrefix &&
		(len(r.Path) > 0 || r.Prefix == id.Address || !id.owns(r.Prefix))
}
