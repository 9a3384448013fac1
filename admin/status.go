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
}

func (api *API) getStatus(w http.ResponseWriter, _ *request) error {
	if err := api.checkLoaded(); err != nil {
		return err
	}
	s := Status{
		Balances:          OrderedMap[string]{},
		Connected:         OrderedMap[bool]{},
		LocalRoutingTable: api.node.Routes().Entries(),
	}
	for _, b := range api.balances() {
		s.Balances = append(s.Balances, Member[string]{b.Name, b.Value.Balance})
	}
	for _, a := range api.node.Accounts().All() {
		s.Connected = append(s.Connected, Member[bool]{a.ID, api.node.Link(a.ID).Connected})
	}
	return writeJSON(w, http.StatusOK, s)
}
