package admin

import (
	"net/http"
	"net/url"

	"github.com/ilp-go/connector/ilp"
)

// Explanation is GET /routes/ADDRESS: why packets to an address go where they go.
type Explanation struct {
	Address string `json:"address"`
	// Candidates are the routes to the longest prefix that covers the address. Packets
	// take the first, and the worst is the last. It is empty if there is no route.
	Candidates []Candidate `json:"candidates"`
	// Shorter are the best routes to the shorter prefixes that cover the address, the
	// longest first. If all candidates go, packets take the first of these.
	Shorter []Candidate `json:"shorter"`
	// Refused are the routes that neighbors advertise, that cover the address, and that
	// we do not accept.
	Refused []RefusedRoute `json:"refused"`
}

// Candidate is a route that could be taken.
type Candidate struct {
	Prefix  string `json:"prefix"`
	NextHop string `json:"nextHop"` // an account, empty for ourselves
	Path    string `json:"path"`    // addresses, joined by a space
	// Source is local, child, default, configured or learned.
	Source string `json:"source"`
	// Relation is the relation of the next hop, empty for ourselves.
	Relation string `json:"relation,omitempty"`
	// LocalPreference is the configured preference of the next hop.
	LocalPreference int `json:"localPreference"`
	// Stale reports whether the neighbor that advertised the route has disconnected. The
	// route stays for a moment and comes after all others.
	Stale bool `json:"stale,omitempty"`
	// LostBy names the comparison in which the route lost to the first candidate. It is
	// empty for the first candidate.
	LostBy string `json:"lostBy,omitempty"`
}

// RefusedRoute is a route that we do not accept from a neighbor.
type RefusedRoute struct {
	Prefix  string `json:"prefix"`
	NextHop string `json:"nextHop"`
	Reason  string `json:"reason"`
	// Until is when we use a route again that comes and goes too often, if it does not
	// change any more. It is zero for other reasons.
	Until Time `json:"until,omitzero"`
}

// getRoute explains the route to an address.
func (api *API) getRoute(w http.ResponseWriter, r *request) error {
	address, err := url.PathUnescape(r.rest)
	switch {
	case err != nil || address == "":
		return errorf(http.StatusBadRequest, "the path needs an ILP address, as in /routes/g.acme.alice")
	case !ilp.ValidAddress(address):
		return errorf(http.StatusBadRequest, "%.80q is not an ILP address: it takes a scheme, such as g or test, "+
			"and at least one more segment of letters, digits, _, ~ and -, with dots between", address)
	}
	return writeJSON(w, http.StatusOK, api.node.Explain(address))
}
