package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
)

// Alerts is GET /alerts. Alerts is in the order in which they were raised. It is left out
// if the alert middleware is disabled.
type Alerts struct {
	Alerts []Alert `json:"alerts,omitzero"`
}

// Alert is a problem that needs an operator. A remote party wrote TriggeredBy, which is
// empty if the connector raised the alert by itself.
type Alert struct {
	ID          int64  `json:"id"`
	AccountID   string `json:"accountId"`
	TriggeredBy string `json:"triggeredBy"`
	Message     string `json:"message"`
	Count       int    `json:"count"`
	CreatedAt   Time   `json:"createdAt"`
	UpdatedAt   Time   `json:"updatedAt"`
	About       string `json:"about,omitempty"` // "money" or empty
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

// deleteAlert dismisses an alert. Dismissing an alert twice succeeds.
func (api *API) deleteAlert(w http.ResponseWriter, r *request) error {
	if !api.node.Enabled("alert") {
		return writeJSON(w, http.StatusOK, Alerts{})
	}
	if r.rest == "" || strings.Trim(r.rest, "0123456789") != "" {
		return errors.New("invalid alert id")
	}
	if id, err := strconv.ParseInt(r.rest, 10, 64); err == nil { // no alert has a larger id
		if err := api.dismiss(r, id); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// dismiss removes an alert and adds an entry to the audit log, if the alert exists.
func (api *API) dismiss(r *request, id int64) error {
	alerts := api.node.Alerts().All()
	i := slices.IndexFunc(alerts, func(a account.Alert) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	c := api.newChange(r, audit.DismissAlert, alerts[i].AccountID)
	c.Details["alert"], c.Details["message"] = r.rest, alerts[i].Message
	return api.makeChange(c, func() error {
		api.node.Alerts().Dismiss(time.Now(), id)
		return nil
	})
}
