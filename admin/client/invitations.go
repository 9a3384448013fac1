package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/peering"
)

// AcceptedInvitation is the answer to the acceptance of an invitation.
type AcceptedInvitation struct {
	Account string `json:"account"`
	DryRun  bool   `json:"dryRun,omitempty"`
	// Info is the account, as in AccountList.
	Info json.RawMessage `json:"info"`
}

// Invitations returns the invitations that wait to be accepted.
func (c *Client) Invitations(ctx context.Context) (InvitationList, error) {
	return get[InvitationList](ctx, c, "/invitations")
}

// Invite makes an account that waits for a peer, and returns the text for its operator.
func (c *Client) Invite(ctx context.Context, o peering.Offer) (invited NewInvitation, err error) {
	return invited, c.exchange(ctx, http.MethodPost, "/invitations", o, &invited)
}

// AcceptInvitation makes the account of an invitation of another connector. It does not wait for
// the connection. A dry run only says which account that would be.
func (c *Client) AcceptInvitation(ctx context.Context, text string, choices peering.Choices, dryRun bool) (accepted AcceptedInvitation, err error) {
	path := "/invitations/accept"
	if dryRun {
		path += "?dryRun=true"
	}
	return accepted, c.exchange(ctx, http.MethodPost, path, admin.Acceptance{Text: text, Choices: choices}, &accepted)
}

// RevokeInvitation removes the account of an invitation that was not accepted yet.
func (c *Client) RevokeInvitation(ctx context.Context, id string) (gone AccountChange, err error) {
	return gone, c.exchange(ctx, http.MethodDelete, "/invitations/"+url.PathEscape(id), nil, &gone)
}
