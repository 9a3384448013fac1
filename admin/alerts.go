package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Alerts is GET /alerts, without Alerts if none are raised at all. They are in
// the order in which they were raised.
type Alerts struct {
	Alerts []Alert `json:"alerts,omitzero"`
}

// Alert is something an operator should look at. TriggeredBy and Message are what
// a remote party wrote.
type Alert struct {
	ID          int64  `json:"id"`
	AccountID   string `json:"accountId"`
	TriggeredBy string `json:"triggeredBy"`
	Message     string `json:"message"`
	Count       int    `json:"count"`
	CreatedAt   Time   `json:"createdAt"`
	UpdatedAt   Time   `json:"updatedAt"`
}

func (api *API) getAlerts(w http.ResponseWriter, _ *request) error {
	if !api.node.Enabled("alert") {
		return writeJSON(w, http.StatusOK, Alerts{})
	}
	shown := Alerts{[]Alert{}}
	for _, a := range api.node.Alerts().All() {
		shown.Alerts = append(shown.Alerts, Alert{
			a.ID, a.AccountID, a.TriggeredBy, a.Message, a.Count, Time{a.CreatedAt}, Time{a.UpdatedAt},
		})
	}
	return writeJSON(w, http.StatusOK, shown)
}

// deleteAlert forgets an alert. One that is not there is forgotten already.
func (api *API) deleteAlert(w http.ResponseWriter, r *request) error {
	if !api.node.Enabled("alert") {
		return writeJSON(w, http.StatusOK, Alerts{})
	}
	if r.rest == "" || strings.Trim(r.rest, "0123456789") != "" {
		return errors.New("invalid alert id")
	}
	if id, err := strconv.ParseInt(r.rest, 10, 64); err == nil { // else no alert ever gets so far
		api.node.Alerts().Dismiss(id)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
