package admin

import (
	"errors"
	"net/http"

	"github.com/ilp-go/connector/audit"
)

// Reloaded is the answer to POST /reload.
type Reloaded struct {
	Changed  []string `json:"changed"`           // what holds now: "accounts.bob.balance changed"
	Restart  []string `json:"restart,omitempty"` // settings that have changed, and take a restart
	Dropped  []string `json:"dropped,omitempty"` // accounts and settings whose changes by operators gave way
	Warnings []string `json:"warnings,omitempty"`
	ETag     string   `json:"etag,omitempty"` // of the configuration then, after PUT /config
}

// postReload reads the configuration again and makes it the one that holds, or changes nothing.
func (api *API) postReload(w http.ResponseWriter, r *request) error {
	e, err := api.newEdit(r, audit.Reload, "")
	if err != nil {
		return err
	}
	done, err := api.node.Reload(e)
	r.audited = true // it logs itself
	if err != nil {
		return errorf(statusOfReload(err), "the configuration is not reloaded; the one from before holds: %v", err)
	}
	return writeJSON(w, http.StatusOK, done)
}

func statusOfReload(err error) int {
	if errors.Is(err, audit.ErrUnwritable) || errors.Is(err, ErrNotOpen) {
		return http.StatusServiceUnavailable
	}
	return http.StatusConflict
}
