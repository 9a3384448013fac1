package admin

import (
	"errors"
	"net/http"

	"github.com/ilp-go/connector/audit"
)

// ResumedRoutes is the answer to POST /routing/resume.
type ResumedRoutes struct {
	// Suspended reports whether the neighbor was suspended. It is asked for its routes now.
	Suspended bool `json:"suspended"`
	// Damped counts its routes that were held back because they come and go. They are used now.
	Damped int `json:"damped"`
}

// postResume ends the suspension of a neighbor and the damping of its routes at once.
func (api *API) postResume(w http.ResponseWriter, r *request) error {
	fields := r.object()
	id, ok := stringOf(fields["accountId"])
	if !ok {
		return errorf(http.StatusBadRequest, `the body needs the "accountId"`)
	}
	reason, err := reasonOf(fields)
	if err != nil {
		return err
	}
	if api.node.Accounts().Find(id) == nil {
		return unknownAccount(id)
	}
	c := api.newChange(r, audit.ResumeRoutes, id)
	c.Reason = reason
	var resumed ResumedRoutes
	err = api.makeChange(r, c, func() (err error) {
		resumed, err = api.node.ResumeRoutes(id)
		return err
	})
	if conflict, ok := errors.AsType[Conflict](err); ok {
		return errorf(http.StatusConflict, "%s", conflict)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, resumed)
}
