package admin

import "net/http"

// getStats shows the metrics of the reference as JSON.
func (api *API) getStats(w http.ResponseWriter, _ *request) error {
	stats, err := api.options.Stats()
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, stats)
}

// getMetrics shows all metrics in the format of Prometheus.
func (api *API) getMetrics(w http.ResponseWriter, r *request) error {
	api.options.Metrics.ServeHTTP(w, r.Request)
	return nil
}
