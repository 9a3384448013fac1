package admin

import (
	"net/http"
	"net/url"

	"github.com/ilp-go/connector/ilp"
)

// Explanation is GET /routes/ADDRESS: why packets to an address go where they go.
type Explanation struct {
	Address string `json:"address"`
	// Candidates are all routes to the longest prefix that covers the address, from
	// the best, which packets take, to the worst. It is empty if there is none.
	Candidates []Candidate `json:"candidates"`
	// Shorter are the best routes to the other prefixes that cover it, the longest
	// first: they would take over, one after the other.
	Shorter []Candidate `json:"shorter"`
	// Refused is what neighbors say of prefixes that cover the address and we do not
	// use.
	Refused []RefusedRoute `json:"refused"`
}

// Candidate is a route that could be taken.
type Candidate struct {
	Prefix  string `json:"prefix"`
	NextHop string `json:"nextHop"` // an account, empty for ourselves
	Path    string `json:"path"`    // addresses, joined by a space
	// Source is local, child, default, configured or learned.
	Source string `json:"source"`
	// Relation is what the next hop is to us, empty for ourselves.
	Relation string `json:"relation,omitempty"`
	// LocalPreference is that of the next hop in the configuration.
	LocalPreference int `json:"localPreference"`
	// Stale says that the neighbor who told the route is gone. Such routes are kept
	// for a moment, and come after all others.
	Stale bool `json:"stale,omitempty"`
	// LostBy names the comparison that the route lost against the one that is taken,
	// and is empty for that one itself.
	LostBy string `json:"lostBy,omitempty"`
}

// RefusedRoute is a route that is not used.
type RefusedRoute struct {
	Prefix  string `json:"prefix"`
	NextHop string `json:"nextHop"`
	Reason  string `json:"reason"`
}

// getRoute explains the route to an address.
func (api *API) getRoute(w http.ResponseWriter, r *request) error {
	address, err := url.PathUnescape(r.rest)
	switch {
	case err != nil || address == "":
		return refusal(http.StatusBadRequest, "the path needs an ILP address, as in /routes/g.acme.alice")
	case !ilp.ValidAddress(address):
		return refusal(http.StatusBadRequest, "%.80q is not an ILP address: it takes a scheme, such as g or test, "+
			"and at least one more segment of letters, digits, _, ~ and -, with dots between", address)
	}
	return writeJSON(w, http.StatusOK, api.node.Explain(address))
}
