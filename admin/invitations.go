package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/peering"
)

// InvitationList is GET /invitations: those that wait to be accepted.
type InvitationList struct {
	Invitations []OpenInvitation `json:"invitations"`
}

// OpenInvitation is an invitation that waits to be accepted, by the account that waits for the
// peer.
type OpenInvitation struct {
	Account    string `json:"account"`
	Relation   string `json:"relation"` // what the peer becomes to us
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	Expires    string `json:"expires"`
}

// NewInvitation is the answer to POST /invitations.
type NewInvitation struct {
	Account string `json:"account"`
	Expires string `json:"expires"`
	// Text is for the operator of the peer. It is as secret as a password, and shown only now.
	Text string `json:"text"`
}

// Acceptance is the body of POST /invitations/accept.
type Acceptance struct {
	Text string `json:"text"`
	peering.Choices
}

// AcceptedInvitation is the answer to POST /invitations/accept. The account exists from then on,
// even if it is not connected, unless it was a dry run.
type AcceptedInvitation struct {
	Account string      `json:"account"`
	DryRun  bool        `json:"dryRun,omitempty"`
	Info    AccountInfo `json:"info"`
}

func (api *API) getInvitations(w http.ResponseWriter, _ *request) error {
	list := InvitationList{[]OpenInvitation{}}
	for _, a := range api.node.Accounts().All() {
		if c, there := api.node.Configured(a.ID); there && c.Invitation.Open() {
			list.Invitations = append(list.Invitations, OpenInvitation{a.ID, c.Relation.String(), c.AssetCode, c.AssetScale, c.Invitation.Expires})
		}
	}
	return writeJSON(w, http.StatusOK, list)
}

// postInvitation makes an account that waits for a peer, and answers with the text for it.
func (api *API) postInvitation(w http.ResponseWriter, r *request) error {
	var offer peering.Offer
	if err := r.strict(&offer); err != nil {
		return err
	}
	i, id, err := api.node.InvitePeer(Edit{Change: api.newChange(r, audit.InvitePeer, offer.ID)}, offer)
	if err != nil {
		return notDone("nobody is invited", err)
	}
	r.audited = true
	return writeJSON(w, http.StatusOK, NewInvitation{Account: id, Expires: i.Expires.Format(peering.TimeFormat), Text: i.Text()})
}

// postAcceptance makes the account of an invitation of another connector. With ?dryRun=true it
// only says which.
func (api *API) postAcceptance(w http.ResponseWriter, r *request) error {
	var body Acceptance
	if err := r.strict(&body); err != nil {
		return err
	}
	dryRun := false
	if text := r.URL.Query().Get("dryRun"); text != "" {
		var err error
		if dryRun, err = strconv.ParseBool(text); err != nil {
			return errorf(http.StatusBadRequest, "dryRun in the query is %.20q, not true or false", text)
		}
	}
	a, err := api.node.AcceptInvitation(Edit{Change: api.newChange(r, audit.AcceptInvitation, body.ID)}, body.Text, body.Choices, dryRun)
	if err != nil {
		return notDone("the invitation is not accepted", err)
	}
	r.audited = true
	return writeJSON(w, http.StatusOK, AcceptedInvitation{Account: a.ID, DryRun: dryRun, Info: infoOf(a)})
}

// deleteInvitation ends an invitation that nobody has accepted, and removes its account.
func (api *API) deleteInvitation(w http.ResponseWriter, r *request) error {
	id := r.rest
	c, there := config.Account{}, false
	if accountID.MatchString(id) {
		c, there = api.node.Configured(id)
	}
	if !there || c.Invitation == nil {
		return errorf(http.StatusNotFound, "there is no invitation %.100q", id)
	}
	if err := api.node.RevokeInvitation(Edit{Change: api.newChange(r, audit.RevokeInvitation, id)}); err != nil {
		return fmt.Errorf("invitation %s is not revoked: %w", id, err)
	}
	r.audited = true
	return writeJSON(w, http.StatusOK, AccountChange{Account: id})
}

// notDone says what was not done, and why. What is wrong with a request has the status 400.
func notDone(what string, err error) error {
	var faults config.Faults
	var invalid Invalid
	if errors.As(err, &faults) || errors.As(err, &invalid) {
		return errorf(http.StatusBadRequest, "%s: %v", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// strict reads the body into a struct that has a field for each of its members.
func (r *request) strict(into any) error {
	if r.object() == nil {
		return errorf(http.StatusBadRequest, "the body is not an object")
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		var mistyped *json.UnmarshalTypeError
		if errors.As(err, &mistyped) { // it may be in a secret, so show no value
			return errorf(http.StatusBadRequest, "%s in the body is a %.20s, not a %s", mistyped.Field, mistyped.Value, mistyped.Type)
		}
		return errorf(http.StatusBadRequest, "the body: %v", err)
	}
	return nil
}
