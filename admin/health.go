package admin

import "net/http"

// Live is GET /livez. It answers as long as the process serves requests.
type Live struct {
	Alive bool `json:"alive"`
}

// Ready is GET /readyz. Ready reports whether peers should send the connector packets, and
// Reasons say why not. The status is 200 or 503.
type Ready struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
}

func (api *API) getLive(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, Live{true})
}

func (api *API) getReady(w http.ResponseWriter, _ *request) error {
	if reasons := api.node.Unready(); len(reasons) > 0 {
		return writeJSON(w, http.StatusServiceUnavailable, Ready{false, reasons})
	}
	return writeJSON(w, http.StatusOK, Ready{true, []string{}})
}
