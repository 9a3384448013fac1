package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/ilp-go/connector/audit"
)

// PluginDetails is GET /accounts/ID if the plugin of the account has admin info: what the
// reference answers, beside all that is known of the account. Its configuration is under another
// name then.
type PluginDetails struct {
	AccountID string `json:"account"`
	Plugin    string `json:"plugin"`
	// Info is what getAdminInfo of the plugin resolves to, as the plugin writes it. It is empty if the
	// plugin was not asked, or resolves to undefined.
	Info          json.RawMessage `json:"info,omitempty"`
	Configuration AccountInfo     `json:"configuration"`
	AccountDetails
}

// PluginAnswer is the answer to POST /accounts/ID.
type PluginAnswer struct {
	AccountID string `json:"account"`
	Plugin    string `json:"plugin"`
	// Result is what sendAdminInfo of the plugin resolves to, empty for undefined.
	Result json.RawMessage `json:"result,omitempty"`
}

// Thrown is the error of a plugin, as JavaScript shows it.
type Thrown string

// Error returns the text.
func (t Thrown) Error() string { return string(t) }

// Unavailable is the error of a request that cannot be answered now, and may be later. It says why.
type Unavailable string

// Error returns the text.
func (u Unavailable) Error() string { return string(u) }

// pluginTimeout is how long a plugin may take for its admin info.
const pluginTimeout = 10 * time.Second

// withPluginInfo answers with the details of an account whose plugin has admin info. The plugin is
// not asked if the query has info=false.
func (api *API) withPluginInfo(w http.ResponseWriter, r *request, d AccountDetails) error {
	answer := PluginDetails{AccountID: d.ID, Plugin: d.Info.Plugin, Configuration: d.Info, AccountDetails: d}
	ask := true
	if text := r.URL.Query().Get("info"); text != "" {
		var err error
		if ask, err = strconv.ParseBool(text); err != nil {
			return errorf(http.StatusBadRequest, "info in the query is %.20q, not true or false", text)
		}
	}
	if ask {
		ctx, cancel := context.WithTimeout(r.Context(), pluginTimeout)
		defer cancel()
		info, err := api.node.AdminInfo(ctx, d.ID)
		if err != nil {
			return late(err)
		}
		answer.Info = info
	}
	return writeJSON(w, http.StatusOK, answer)
}

// postAdminInfo sends admin info to the plugin of an account. Only hosted plugins take any.
func (api *API) postAdminInfo(w http.ResponseWriter, r *request) error {
	if r.hasNoBody() {
		return errors.New("no json body provided to set admin info.") //nolint:staticcheck // the reference's text
	}
	if err := api.checkAccount(r.rest); err != nil {
		return err
	}
	if !api.node.TakesAdminInfo(r.rest) {
		return fmt.Errorf("plugin does not support sending admin info. account=%s", r.rest)
	}
	configured, there := api.node.Configured(r.rest)
	if !there {
		return unknownAccount(r.rest) // it is just being removed
	}
	e := Edit{Change: api.newChange(r, audit.SendAdminInfo, r.rest)} // not what: it may hold credentials
	e.Details["plugin"] = configured.Plugin
	ctx, cancel := context.WithTimeout(r.Context(), pluginTimeout)
	defer cancel()
	result, err := api.node.SendAdminInfo(ctx, e, r.body)
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	if err != nil {
		return late(err)
	}
	return writeJSON(w, http.StatusOK, PluginAnswer{r.rest, configured.Plugin, result})
}

// late returns the error of a call of a plugin, with words for one that took too long.
func late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errorf(http.StatusGatewayTimeout, "the plugin has not answered within %v, and may still do what it was asked for", pluginTimeout)
	}
	return err
}

var (
	_ error = Thrown("")
	_ error = Unavailable("")
)
