package admin

import "net/http"

// Live is GET /livez. It answers as long as the process serves requests.
type Live struct {
	Alive bool `json:"alive"`
}

// Ready is GET /readyz. Ready reports whether peers should send the connector packets, and
// Reasons say why not. The status is 200 or 503. Reasons is nil if the API needs a token
// and the request had none.
type Ready struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons,omitzero"`
}

func (api *API) getLive(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, Live{true})
}

func (api *API) getReady(w http.ResponseWriter, r *request) error {
	status, answer := http.StatusOK, Ready{true, []string{}}
	if reasons := api.node.Unready(); len(reasons) > 0 {
		status, answer = http.StatusServiceUnavailable, Ready{false, reasons}
	}
	if r.stranger {
		answer.Reasons = nil // they name accounts and the state of the store
	}
	return writeJSON(w, status, answer)
}
