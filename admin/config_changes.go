package admin

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ilp-go/connector/audit"
)

// ConfigChanges is GET /config/changes: what operators have changed of the accounts in the
// configuration.
type ConfigChanges struct {
	Changes []ConfigChange `json:"changes"`
}

// ConfigChange is a difference between an account of the configuration and the account as
// operators want it. It has no value of a setting.
type ConfigChange struct {
	Account string `json:"account,omitempty"`
	// Setting is the name of another setting that was changed. Then there is no account.
	Setting string `json:"setting,omitempty"`
	// What is added, changed, removed or paused.
	What string `json:"what"`
	// Settings has the names of the settings that a changed account has otherwise than the
	// configuration, such as balance.maximum. The options of the plugin are one name.
	Settings []string `json:"settings,omitempty"`
	// At is when the change was made, zero if that is not kept.
	At Time `json:"at,omitzero"`
	// Kept reports whether the change is in the store, so that a restart makes it again.
	Kept bool `json:"kept"`
	// InForce reports whether the account is now as the change says, and Reason why not.
	InForce bool   `json:"inForce"`
	Reason  string `json:"reason,omitempty"`
}

// The words of ConfigChange.What.
const (
	AddedAccountChange   = "added"
	ChangedAccountChange = "changed"
	RemovedAccountChange = "removed"
	PausedAccountChange  = "paused"
)

func (api *API) getConfigChanges(w http.ResponseWriter, _ *request) error {
	changes, err := api.node.ConfigChanges()
	if err != nil {
		return err
	}
	if changes == nil {
		changes = []ConfigChange{}
	}
	return writeJSON(w, http.StatusOK, ConfigChanges{changes})
}

// deleteConfigChange discards the kept change of an account, and answers with the change as it
// was. The account stays as it is until the next start or reload.
func (api *API) deleteConfigChange(w http.ResponseWriter, r *request) error {
	id := r.rest
	if !accountID.MatchString(id) {
		return errorf(http.StatusNotFound, "no change of an account %.100q is kept", id)
	}
	discarded, err := api.node.DiscardConfigChange(Edit{Change: api.newChange(r, audit.DiscardChange, id)})
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen) && !errors.Is(err, ErrNoChange)
	switch {
	case errors.Is(err, ErrNoChange):
		return errorf(http.StatusNotFound, "no change of an account %.100q is kept", id)
	case err != nil:
		return fmt.Errorf("the change of account %s is not discarded: %w", id, err)
	}
	return writeJSON(w, http.StatusOK, discarded)
}

// deleteSettingChange discards the kept change of the setting in the query, as deleteConfigChange
// does for an account.
func (api *API) deleteSettingChange(w http.ResponseWriter, r *request) error {
	name := r.URL.Query().Get("setting")
	if name == "" {
		return errorf(http.StatusBadRequest, "name an account, as in /config/changes/ID, or a setting, as in /config/changes?setting=routes")
	}
	e := Edit{Change: api.newChange(r, audit.DiscardChange, "")}
	discarded, err := api.node.DiscardSettingChange(e, name)
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen) && !errors.Is(err, ErrNoChange)
	switch {
	case errors.Is(err, ErrNoChange):
		return errorf(http.StatusNotFound, "no change of a setting %.100q is kept", name)
	case err != nil:
		return fmt.Errorf("the change of %s is not discarded: %w", name, err)
	}
	return writeJSON(w, http.StatusOK, discarded)
}

// ErrNoPin means that a pair is neither pinned nor paused.
var ErrNoPin = errors.New("the pair is not pinned or paused")

// ErrNoChange means that no change of an account or a setting is kept.
var ErrNoChange = errors.New("no change of it is kept")
