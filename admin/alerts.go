package admin

import (
	"cmp"
	"errors"
	"fmt"
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
	// State is "raised", "resolved" or "dismissed", and EndedAt is when the alert ended. Only
	// GET /alerts?all=true has these two, and Kind, which is empty for an alert whose
	// message says what it is about.
	State   string `json:"state,omitempty"`
	Kind    string `json:"kind,omitempty"`
	EndedAt Time   `json:"endedAt,omitzero"`
}

// getAlerts shows the alerts that are raised, as the reference does. With ?all=true it also
// shows the latest that have ended.
func (api *API) getAlerts(w http.ResponseWriter, r *request) error {
	all := r.URL.Query().Get("all")
	switch {
	case all != "" && all != "true" && all != "false":
		return errorf(http.StatusBadRequest, "all is neither true nor false")
	case !api.node.Enabled("alert"):
		return writeJSON(w, http.StatusOK, Alerts{})
	case all == "true":
		return showAlerts(w, api.node.Alerts().History(), true)
	}
	return showAlerts(w, api.node.Alerts().All(), false)
}

func showAlerts(w http.ResponseWriter, alerts []account.Alert, states bool) error {
	shown := Alerts{[]Alert{}}
	for _, a := range alerts {
		one := Alert{
			ID: a.ID, AccountID: a.AccountID, TriggeredBy: a.TriggeredBy, Message: a.Message, Count: a.Count,
			CreatedAt: Time{a.CreatedAt}, UpdatedAt: Time{a.UpdatedAt}, About: a.About,
		}
		if states {
			one.State, one.Kind, one.EndedAt = cmp.Or(a.State, "raised"), a.Kind, Time{a.EndedAt}
		}
		shown.Alerts = append(shown.Alerts, one)
	}
	return writeJSON(w, http.StatusOK, shown)
}

// deleteAlerts is DELETE /alerts?all=true: it dismisses all alerts that are raised, and shows
// them. Without all it is not found, so that a client that lacks an id dismisses nothing.
func (api *API) deleteAlerts(w http.ResponseWriter, r *request) error {
	if r.URL.Query().Get("all") != "true" {
		return errNotFound
	}
	if !api.node.Enabled("alert") {
		return writeJSON(w, http.StatusOK, Alerts{})
	}
	raised := len(api.node.Alerts().All())
	if raised == 0 {
		return writeJSON(w, http.StatusOK, Alerts{[]Alert{}})
	}
	c := api.newChange(r, audit.DismissAlert, "")
	c.Details["alert"], c.Details["message"] = "all", fmt.Sprintf("%d alerts", raised)
	var dismissed []account.Alert
	if err := api.makeChange(r, c, func() error {
		dismissed = api.node.Alerts().DismissAll(time.Now())
		return nil
	}); err != nil {
		return err
	}
	return showAlerts(w, dismissed, true)
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

// dismiss ends an alert and adds an entry to the audit log, if the alert exists.
func (api *API) dismiss(r *request, id int64) error {
	alerts := api.node.Alerts().All()
	i := slices.IndexFunc(alerts, func(a account.Alert) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	c := api.newChange(r, audit.DismissAlert, alerts[i].AccountID)
	c.Details["alert"], c.Details["message"] = r.rest, alerts[i].Message
	return api.makeChange(r, c, func() error {
		api.node.Alerts().Dismiss(time.Now(), id)
		return nil
	})
}
