package admin

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
)

// Edit is a change of the accounts that an operator makes while the connector runs.
type Edit struct {
	audit.Change
	// Ephemeral says that a restart may forget the change. Without a store, each does.
	Ephemeral bool
	// Force makes the change although it leaves money behind that somebody is owed, or sends a
	// secret to another server.
	Force bool
}

// AccountChange is the answer to a change of an account: what holds now.
type AccountChange struct {
	Account   string      `json:"account"`
	Ephemeral bool        `json:"ephemeral,omitempty"` // a restart forgets it
	Info      AccountInfo `json:"info,omitzero"`
	Warnings  []string    `json:"warnings,omitempty"` // what is odd about the account now
	PausedBy  []PauseOf   `json:"pausedBy,omitempty"` // the pauses because of which it takes no packets
}

// newEdit returns the change that a request asks for, with the switches of its query.
func (api *API) newEdit(r *request, what audit.What, account string) (Edit, error) {
	e := Edit{Change: api.newChange(r, what, account)}
	for key, into := range map[string]*bool{"ephemeral": &e.Ephemeral, "force": &e.Force} {
		text := r.URL.Query().Get(key)
		if text == "" {
			continue
		}
		on, err := strconv.ParseBool(text)
		if err != nil {
			return e, errorf(http.StatusBadRequest, "%s in the query is %.20q, not true or false", key, text)
		}
		*into = on
		if on {
			e.Details[key] = "true"
		}
	}
	return e, nil
}

// postBelowAccount pauses or resumes an account or rotates its secret, and otherwise answers as postAdminInfo.
func (api *API) postBelowAccount(w http.ResponseWriter, r *request) error {
	id, action, _ := strings.Cut(r.rest, "/")
	switch action {
	case "pause":
		return api.pauseAccount(w, r, audit.PauseAccount, id, api.node.PauseAccount)
	case "resume":
		return api.pauseAccount(w, r, audit.ResumeAccount, id, func(e Edit) (bool, error) { return !e.Ephemeral, api.node.ResumeAccount(e) })
	case "rotate":
		return api.postRotation(w, r, id)
	}
	return api.postAdminInfo(w, r)
}

// pauseAccount begins or ends the pause of one account. The body may be empty.
func (api *API) pauseAccount(w http.ResponseWriter, r *request, what audit.What, id string, do func(Edit) (kept bool, err error)) error {
	if r.hasNoBody() {
		r.body = []byte("{}")
	}
	fields, err := r.onlyFields("reason")
	if err != nil {
		return err
	}
	reason, err := reasonOf(fields)
	if err != nil {
		return err
	}
	return api.changeAccount(w, r, what, id, func(e *Edit) ([]string, error) {
		e.Reason = reason
		kept, err := do(*e)
		e.Ephemeral = !kept
		return nil, err
	})
}

// patchAccount changes settings of an account: the body is a JSON Merge Patch (RFC 7396).
func (api *API) patchAccount(w http.ResponseWriter, r *request) error {
	if r.hasNoBody() {
		return errorf(http.StatusBadRequest, `the body is empty: write the settings to change, such as {"maxPacketAmount":"1000"}`)
	}
	return api.changeAccount(w, r, audit.ChangeAccount, r.rest, func(e *Edit) ([]string, error) {
		e.Details["settings"] = strings.Join(slices.Sorted(maps.Keys(r.object())), ", ")
		return api.node.ChangeAccount(*e, r.body)
	})
}

// deleteAccount removes an account.
func (api *API) deleteAccount(w http.ResponseWriter, r *request) error {
	return api.changeAccount(w, r, audit.RemoveAccount, r.rest, func(e *Edit) ([]string, error) { return nil, api.node.RemoveAccount(*e) })
}

// changeAccount makes a change of one account, and answers with what holds then.
func (api *API) changeAccount(w http.ResponseWriter, r *request, what audit.What, id string, do func(*Edit) ([]string, error)) error {
	var warnings []string
	e, err := api.editAccount(r, what, id, func(e *Edit) (err error) {
		warnings, err = do(e)
		return err
	})
	if err != nil {
		return err
	}
	answer := AccountChange{Account: id, Ephemeral: e.Ephemeral, Warnings: warnings, PausedBy: api.node.Link(id).PausedBy}
	if configured, there := api.node.Configured(id); there {
		answer.Info = infoOf(configured)
	}
	return writeJSON(w, http.StatusOK, answer)
}

// editAccount makes a change of one account, and returns it as do leaves it.
func (api *API) editAccount(r *request, what audit.What, id string, do func(*Edit) error) (Edit, error) {
	if !accountID.MatchString(id) || api.node.Accounts().Find(id) == nil {
		return Edit{}, errorf(http.StatusNotFound, "there is no account %.100q", id)
	}
	e, err := api.newEdit(r, what, id)
	if err != nil {
		return e, err
	}
	err = do(&e)
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	if err != nil {
		var faults config.Faults
		if errors.As(err, &faults) {
			return e, errorf(http.StatusBadRequest, "account %s is not changed: %v", id, err)
		}
		return e, fmt.Errorf("account %s is not changed: %w", id, err)
	}
	return e, nil
}
