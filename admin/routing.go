package admin

import (
	"net/http"

	"github.com/ilp-go/connector/route"
)

// getRouting shows the routing protocol. What is empty is an empty object, not null.
func (api *API) getRouting(w http.ResponseWriter, _ *request) error {
	r := api.node.Routing()
	if r.LocalRoutingTable == nil {
		r.LocalRoutingTable = map[string]route.Entry{}
	}
	if r.ForwardingRoutingTable == nil {
		r.ForwardingRoutingTable = map[string]*route.Entry{}
	}
	if r.RoutingLog == nil {
		r.RoutingLog = []RoutingChange{}
	}
	if r.Peers == nil {
		r.Peers = map[string]RoutingPeer{}
	}
	return writeJSON(w, http.StatusOK, r)
}
