package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// AccountChange is the answer to a change of an account.
type AccountChange struct {
	Account   string `json:"account"`
	Ephemeral bool   `json:"ephemeral,omitempty"` // a restart forgets it
	// Info is the account as it is now, as in AccountList, empty if it was removed.
	Info json.RawMessage `json:"info,omitempty"`
	// Warnings are what is odd about the account now, such as a limit that is gone.
	Warnings []string `json:"warnings,omitempty"`
	// PausedBy are the pauses because of which the account takes no packets, the widest first.
	PausedBy []PauseOf `json:"pausedBy,omitempty"`
}

// AddAccount adds an account. options is its configuration, as under its id in
// CONNECTOR_ACCOUNTS. A restart forgets an ephemeral account.
func (c *Client) AddAccount(ctx context.Context, id string, options json.RawMessage, ephemeral bool) (AddedAccount, error) {
	body := struct {
		ID      string          `json:"id"`
		Options json.RawMessage `json:"options"`
	}{id, options}
	var a AddedAccount
	err := c.exchange(ctx, http.MethodPost, "/accounts"+switches(false, ephemeral), body, &a)
	return a, err
}

// ChangeAccount applies a JSON Merge Patch to the configuration of an account. With force it may
// send a secret to another server. A restart forgets an ephemeral change.
func (c *Client) ChangeAccount(ctx context.Context, id string, patch json.RawMessage, force, ephemeral bool) (AccountChange, error) {
	return c.changeAccount(ctx, http.MethodPatch, id, "", switches(force, ephemeral), patch)
}

// Rotation gives an account another secret.
type Rotation struct {
	// Side is server or listener, or over HTTP outgoing or incoming. It may be empty if the account
	// has only one of them.
	Side string `json:"side,omitempty"`
	// Secret is the new secret. If it is empty, the connector makes one, and the answer has it.
	Secret string `json:"secret,omitempty"`
	// Overlap is how long the old secret is good too, such as 1h. If it is empty, the connector
	// decides.
	Overlap string `json:"overlap,omitempty"`
	// EndOverlap ends the old secret, and leaves the new one as it is.
	EndOverlap bool `json:"endOverlap,omitempty"`
	// Reason is for the audit log, and may be empty.
	Reason string `json:"reason,omitempty"`
}

// RotateAccount gives an account another secret, or ends the old one. A restart forgets an
// ephemeral rotation.
func (c *Client) RotateAccount(ctx context.Context, id string, r Rotation, ephemeral bool) (a RotatedAccount, err error) {
	return a, c.exchange(ctx, http.MethodPost, "/accounts/"+url.PathEscape(id)+"/rotate"+switches(false, ephemeral), r, &a)
}

// RemoveAccount removes an account. Its balance must be 0, unless force is true: then the
// balance stays in the store.
func (c *Client) RemoveAccount(ctx context.Context, id string, force, ephemeral bool) (AccountChange, error) {
	return c.changeAccount(ctx, http.MethodDelete, id, "", switches(force, ephemeral), nil)
}

// PauseAccount makes an account take no packets until ResumeAccount. The reason, which may be
// empty, is for the audit log.
func (c *Client) PauseAccount(ctx context.Context, id, reason string, ephemeral bool) (AccountChange, error) {
	return c.changeAccount(ctx, http.MethodPost, id, "/pause", switches(false, ephemeral), reasonBody{reason})
}

// ResumeAccount makes an account take packets again, unless another pause concerns it too.
func (c *Client) ResumeAccount(ctx context.Context, id, reason string, ephemeral bool) (AccountChange, error) {
	return c.changeAccount(ctx, http.MethodPost, id, "/resume", switches(false, ephemeral), reasonBody{reason})
}

// reasonBody is the body of a change that has a reason and no more.
type reasonBody struct {
	Reason string `json:"reason,omitempty"`
}

func (c *Client) changeAccount(ctx context.Context, method, id, action, query string, body any) (a AccountChange, err error) {
	err = c.exchange(ctx, method, "/accounts/"+url.PathEscape(id)+action+query, body, &a)
	return a, err
}

// switches returns the query of a change.
func switches(force, ephemeral bool) string {
	var on []string
	if force {
		on = append(on, "force=true")
	}
	if ephemeral {
		on = append(on, "ephemeral=true")
	}
	if on == nil {
		return ""
	}
	return "?" + strings.Join(on, "&")
}

// ConfigChanges returns what operators have changed of the accounts in the configuration.
func (c *Client) ConfigChanges(ctx context.Context) (ConfigChanges, error) {
	return get[ConfigChanges](ctx, c, "/config/changes")
}

// DiscardConfigChange makes the connector forget the kept change of an account, and returns
// that change. The account stays as it is until the next start or reload.
func (c *Client) DiscardConfigChange(ctx context.Context, id string) (discarded ConfigChange, err error) {
	return discarded, c.exchange(ctx, http.MethodDelete, "/config/changes/"+url.PathEscape(id), nil, &discarded)
}

// Pauses returns all that is paused.
func (c *Client) Pauses(ctx context.Context) (all Pauses, err error) {
	return all, c.Get(ctx, "/pauses", &all)
}

// Pause pauses the node, an asset or a prefix. A restart forgets an ephemeral pause. An asset that no
// account has needs force.
func (c *Client) Pause(ctx context.Context, of PauseOf, reason string, force, ephemeral bool) (p Pause, err error) {
	body := struct {
		PauseOf
		Reason string `json:"reason,omitempty"`
	}{of, reason}
	err = c.exchange(ctx, http.MethodPost, "/pauses"+switches(force, ephemeral), body, &p)
	return p, err
}

// Resume ends such a pause, and returns it as it was.
func (c *Client) Resume(ctx context.Context, of PauseOf, reason string) (p Pause, err error) {
	query := url.Values{"scope": {string(of.Scope)}}
	if of.Of != "" {
		query.Set("of", of.Of)
	}
	if reason != "" {
		query.Set("reason", reason)
	}
	err = c.exchange(ctx, http.MethodDelete, "/pauses?"+query.Encode(), nil, &p)
	return p, err
}
