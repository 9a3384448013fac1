package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
)

// Alerts is GET /alerts, without Alerts if none are raised at all. They are in
// the order in which they were raised.
type Alerts struct {
	Alerts []Alert `json:"alerts,omitzero"`
}

// Alert is something an operator should look at. TriggeredBy is what a remote party
// wrote, and empty in an alert that we raise ourselves.
type Alert struct {
	ID          int64  `json:"id"`
	AccountID   string `json:"accountId"`
	TriggeredBy string `json:"triggeredBy"`
	Message     string `json:"message"`
	Count       int    `json:"count"`
	CreatedAt   Time   `json:"createdAt"`
	UpdatedAt   Time   `json:"updatedAt"`
	About       string `json:"about,omitempty"` // "money", or nothing
}

func (api *API) getAlerts(w http.ResponseWriter, _ *request) error {
	if !api.node.Enabled("alert") {
		return writeJSON(w, http.StatusOK, Alerts{})
	}
	shown := Alerts{[]Alert{}}
	for _, a := range api.node.Alerts().All() {
		shown.Alerts = append(shown.Alerts, Alert{
			a.ID, a.AccountID, a.TriggeredBy, a.Message, a.Count, Time{a.CreatedAt}, Time{a.UpdatedAt}, a.About,
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
		if err := api.dismiss(r, id); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// dismiss forgets an alert that is there.
func (api *API) dismiss(r *request, id int64) error {
	alerts := api.node.Alerts().All()
	i := slices.IndexFunc(alerts, func(a account.Alert) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	c := api.asked(r, audit.DismissAlert, alerts[i].AccountID)
	c.Details["alert"], c.Details["message"] = r.rest, alerts[i].Message
	return api.change(c, func() error {
		api.node.Alerts().Dismiss(id)
		return nil
	})
}
