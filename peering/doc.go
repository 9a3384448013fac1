// Package peering writes and reads invitations: one line of text in which the operator of a
// connector tells another one all that a peering takes.
//
// An [Offer] is what the operator that invites wants. [Offer.Invite] makes of it an
// [Invitation], and the account that waits for the peer. [Invitation.Text] and [Parse] turn an
// invitation into text and back. [Invitation.Accept] makes the account of the other side, and
// [Invitation.JavaScript] the entry for the npm ilp-connector.
//
// An invitation comes from somebody else, so nothing in it is believed: every field is bounded
// and checked. Its checksum finds damage, not forgery. The text is as secret as a password,
// since it holds one.
//
// The package makes values alone: it adds no account and asks no network.
package peering
