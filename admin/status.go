package admin

import (
	"net/http"

	"github.com/ilp-go/connector/route"
)

// Status is GET /status: balances, connections and routes in brief.
type Status struct {
	Balances          OrderedMap[string]     `json:"balances"`
	Connected         OrderedMap[bool]       `json:"connected"`
	LocalRoutingTable map[string]route.Entry `json:"localRoutingTable"`
	// Outages has the accounts that are not connected.
	Outages OrderedMap[Outage] `json:"outages"`
	// NodeHosts has the processes that run npm modules, by the module that each runs, or all. It is
	// left out if there is none.
	NodeHosts OrderedMap[NodeHost] `json:"nodeHosts,omitempty"`
}

func (api *API) getStatus(w http.ResponseWriter, _ *request) error {
	if err := api.checkLoaded(); err != nil {
		return err
	}
	s := Status{
		Balances:          OrderedMap[string]{},
		Connected:         OrderedMap[bool]{},
		LocalRoutingTable: api.node.Routes().Entries(),
		Outages:           OrderedMap[Outage]{},
		NodeHosts:         api.node.NodeHosts(),
	}
	for _, b := range api.balances() {
		s.Balances = append(s.Balances, Member[string]{b.Name, b.Value.Balance})
	}
	for _, a := range api.node.Accounts().All() {
		link := api.node.Link(a.ID)
		s.Connected = append(s.Connected, Member[bool]{a.ID, link.Connected})
		if out := outageOf(link); out != nil {
			s.Outages = append(s.Outages, Member[Outage]{a.ID, *out})
		}
	}
	return writeJSON(w, http.StatusOK, s)
}
