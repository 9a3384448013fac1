package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/ilp"
)

// PauseScope says what is paused.
type PauseScope string

// The scopes of pauses.
const (
	PausedNode   PauseScope = "node"   // every account
	PausedAsset  PauseScope = "asset"  // every account of an asset
	PausedPrefix PauseScope = "prefix" // every destination under an address prefix
	PausedOne    PauseScope = "account"
)

// PauseOf names a pause: its scope and what it is of, which is empty for the node.
type PauseOf struct {
	Scope PauseScope `json:"scope"`
	Of    string     `json:"of,omitempty"`
}

// pausedMax bounds what is paused, in bytes, so that the store can keep it.
const pausedMax = 1000

// Check returns an error if there can be no such pause, or its scope is an account, which has
// endpoints of its own.
func (p PauseOf) Check() error {
	switch {
	case len(p.Of) > pausedMax:
		return Invalid(fmt.Sprintf("of has %d bytes, more than %d", len(p.Of), pausedMax))
	case p.Scope == PausedNode && p.Of != "":
		return Invalid("the node is one thing: leave out of")
	case p.Scope == PausedNode:
	case p.Scope == PausedAsset && p.Of == "":
		return Invalid("of is empty: write the asset code of the accounts, such as USD")
	case p.Scope == PausedAsset:
	case p.Scope == PausedPrefix && (p.Of == "" || !ilp.ValidPrefix(p.Of)):
		return Invalid(fmt.Sprintf("of is %.100q, which is no address prefix: write one such as g.acme, without a dot at the end; node pauses everything", p.Of))
	case p.Scope == PausedPrefix && !ilp.ValidScheme(schemeOf(p.Of)):
		return Invalid(fmt.Sprintf("no address begins with %.100q: write a prefix that begins with g or test, such as g.acme, "+
			"or pause the account of that id", schemeOf(p.Of)))
	case p.Scope == PausedPrefix && under(p.Of, "peer"):
		return Invalid("addresses under peer are for neighbors only, and cannot be paused: pause the account")
	case p.Scope == PausedPrefix:
	default:
		return Invalid(fmt.Sprintf("scope is %.100q; write node, asset or prefix, and pause an account with POST /accounts/ID/pause", p.Scope))
	}
	return nil
}

// schemeOf returns the first segment of a prefix.
func schemeOf(prefix string) string {
	scheme, _, _ := strings.Cut(prefix, ".")
	return scheme
}

// under reports whether a prefix is another one, or below it.
func under(prefix, other string) bool {
	return prefix == other || len(prefix) > len(other) && prefix[:len(other)+1] == other+"."
}

// String returns the pause in words, for messages.
func (p PauseOf) String() string {
	if p.Scope == PausedNode {
		return "the node"
	}
	return string(p.Scope) + " " + p.Of
}

// Pause is a pause that holds, or one that a restart would begin again.
type Pause struct {
	PauseOf
	// At is when it was begun, and Reason why, in the words of an operator.
	At     Time   `json:"at,omitzero"`
	Reason string `json:"reason,omitempty"`
	// Accounts counts the accounts that take no packets because of it. A prefix has none.
	Accounts int `json:"accounts,omitempty"`
	// Kept reports whether a restart begins it again.
	Kept bool `json:"kept"`
}

// Pauses is GET /pauses.
type Pauses struct {
	Pauses []Pause `json:"pauses"`
}

func (api *API) getPauses(w http.ResponseWriter, _ *request) error {
	all, err := api.node.Pauses()
	if err != nil {
		return err
	}
	if all == nil {
		all = []Pause{}
	}
	return writeJSON(w, http.StatusOK, Pauses{all})
}

// postPause begins a pause, and answers with it.
func (api *API) postPause(w http.ResponseWriter, r *request) error {
	fields := r.object()
	scope, ok := stringOf(fields["scope"])
	if !ok {
		return errorf(http.StatusBadRequest, `the body needs a "scope": node, asset or prefix`)
	}
	of, _ := stringOf(fields["of"])
	reason, err := reasonOf(fields)
	if err != nil {
		return err
	}
	return api.changePause(w, r, audit.Pause, PauseOf{PauseScope(scope), of}, reason, api.node.BeginPause)
}

// deletePause ends a pause, and answers with it as it was.
func (api *API) deletePause(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	return api.changePause(w, r, audit.Resume, PauseOf{PauseScope(q.Get("scope")), q.Get("of")}, q.Get("reason"), api.node.EndPause)
}

func (api *API) changePause(w http.ResponseWriter, r *request, what audit.What, of PauseOf, reason string, do func(Edit, PauseOf) (Pause, error)) error {
	if err := of.Check(); err != nil {
		return errorf(http.StatusBadRequest, "%v", err)
	}
	if len(reason) > audit.ReasonMax {
		return errorf(http.StatusBadRequest, "the reason has %d bytes, more than %d", len(reason), audit.ReasonMax)
	}
	e, err := api.newEdit(r, what, "")
	if err != nil {
		return err
	}
	e.Reason = reason
	e.Details["scope"] = string(of.Scope)
	if of.Of != "" {
		e.Details["of"] = of.Of
	}
	pause, err := do(e, of)
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	if errors.Is(err, ErrNoPause) {
		return errorf(http.StatusNotFound, "%s is not paused", of)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", of, err)
	}
	return writeJSON(w, http.StatusOK, pause)
}

// ErrNoPause means that there is no such pause.
var ErrNoPause = errors.New("there is no such pause")
