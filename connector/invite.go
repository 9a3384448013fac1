package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/peering"
	"github.com/ilp-go/connector/store"
)

// An invitation is an account that listens, with a block that says how far it has come:
//
//	open ──> accepted, by the first login with the token ──> an ordinary account
//	  └────> expired or revoked, and the account is removed
//
// Until it is accepted no connection gets in, and so no packet. Each step is durable before
// anybody sees it.

// Invite makes an account that waits for a peer, and the invitation to give to the operator of
// that peer. Both last over a restart, so it takes a store.
func (c *Connector) Invite(o peering.Offer) (peering.Invitation, string, error) {
	return node{c}.InvitePeer(admin.Edit{Change: audit.Change{What: audit.InvitePeer, Account: o.ID}}, o)
}

// AcceptInvitation makes the account of an invitation that another connector has made, and begins
// to connect it. It returns the account. It does not wait for the connection.
func (c *Connector) AcceptInvitation(text string, choices peering.Choices) (config.Account, error) {
	return node{c}.AcceptInvitation(admin.Edit{Change: audit.Change{What: audit.AcceptInvitation, Account: choices.ID}}, text, choices, false)
}

// RevokeInvitation removes the account of an invitation that was not accepted yet.
func (c *Connector) RevokeInvitation(id string) error {
	return node{c}.RevokeInvitation(admin.Edit{Change: audit.Change{What: audit.RevokeInvitation, Account: id}})
}

// us returns what an invitation depends on.
func (c *Connector) us() peering.Us {
	us := peering.Us{Address: c.Address(), Endpoint: c.cfg().PeerEndpoint, Listen: c.cfg().Listen}
	for i, m := range c.all() {
		a := m.now().config
		switch {
		case i == 0:
			us.Asset = &peering.Asset{Code: a.AssetCode, Scale: a.AssetScale}
		case us.Asset != nil && (us.Asset.Code != a.AssetCode || us.Asset.Scale != a.AssetScale):
			us.Asset = nil
		}
	}
	return us
}

// InvitePeer makes an account that waits for a peer, and its invitation.
func (n node) InvitePeer(e admin.Edit, o peering.Offer) (i peering.Invitation, id string, err error) {
	if o.ID == "" {
		o.ID = fmt.Sprintf("peer-%08x", rand.Uint32())
	}
	i, id, entry, err := o.Invite(n.us(), time.Now())
	if err != nil {
		return peering.Invitation{}, "", admin.Invalid(err.Error())
	}
	a, err := n.peer(&e, id, entry)
	if err != nil {
		return peering.Invitation{}, "", err
	}
	e.Details["expires"], e.Details["endpoint"] = a.Invitation.Expires, i.Endpoint
	if err := n.addPeer(e, a, func() error { return nil }); err != nil {
		return peering.Invitation{}, "", err
	}
	return i, id, nil
}

// AcceptInvitation makes the account of an invitation. A dry run only checks it.
func (n node) AcceptInvitation(e admin.Edit, text string, c peering.Choices, dryRun bool) (config.Account, error) {
	i, err := peering.Parse(text)
	if err != nil {
		return config.Account{}, admin.Invalid(err.Error())
	}
	id, entry, err := i.Accept(c, n.us(), time.Now(), peering.NewName())
	if err != nil {
		return config.Account{}, admin.Invalid(err.Error())
	}
	a, err := n.peer(&e, id, entry)
	if err != nil {
		return config.Account{}, err
	}
	unused := func() error {
		if other := n.dials(i.Token); other != "" {
			return admin.Conflict(fmt.Sprintf("the invitation was accepted already, by account %s", other))
		}
		return nil
	}
	if dryRun {
		n.adding.Lock()
		defer n.adding.Unlock()
		if err := unused(); err != nil {
			return config.Account{}, err
		}
		if n.registry.Find(id) != nil {
			return config.Account{}, admin.Conflict(fmt.Sprintf("account %q is already there: choose another id", id))
		}
		_, err := n.checkWithOthers(a, (*config.Config).ValidateParsed)
		return a, err
	}
	e.Details["from"], e.Details["endpoint"] = i.Address, i.Endpoint
	return a, n.addPeer(e, a, unused)
}

// peer reads the account of an invitation, and notes in the audit entry what it is.
func (n node) peer(e *admin.Edit, id string, entry json.RawMessage) (config.Account, error) {
	a, _, err := config.ParseAccount(id, entry, n.parts.known())
	if err != nil {
		return config.Account{}, err
	}
	if !n.durable {
		return config.Account{}, admin.Conflict("there is no store that would keep the account: configure one with storePath, and restart")
	}
	e.Account = id
	if e.Details == nil {
		e.Details = make(map[string]string)
	}
	e.Details["relation"], e.Details["asset"], e.Details["scale"] = a.Relation.String(), a.AssetCode, fmt.Sprint(a.AssetScale)
	return a, nil
}

// addPeer adds the account of an invitation, unless check returns an error. No account comes or
// goes between check and the end.
func (n node) addPeer(e admin.Edit, a config.Account, check func() error) error {
	err := n.edit(e, func(commit func(...store.Change) error) error {
		n.adding.Lock()
		defer n.adding.Unlock()
		if err := errors.Join(check(), n.takesNoBalance(a)); err != nil {
			return err
		}
		return n.addLocked(a, (*config.Config).ValidateParsed, func() error {
			if err := canListen(a); err != nil {
				return err
			}
			return commit(n.keep(a.ID, &a, e.By))
		})
	})
	if err == nil && !e.Ephemeral {
		n.accountFits(a.ID)
	}
	return err
}

// takesNoBalance returns an error if a new account would go on with money of a former one, which a
// stranger must not.
func (n node) takesNoBalance(a config.Account) error {
	if x := n.ledger.Lookup(a.ID); x != nil && (x.Posted().Sign() != 0 || n.openSettlement(x) != nil) && n.registry.Find(a.ID) == nil {
		return admin.Conflict(fmt.Sprintf("the store has a balance of %s in %s of a former account %s: settle or move that first, or choose another id", x.Posted(), x.Unit(), a.ID))
	}
	return nil
}

// canListen returns an error if another program has the port of an account: its invitation would
// lead to that.
func canListen(a config.Account) error {
	for _, s := range (&config.Config{Accounts: config.Accounts{a}}).Sockets() {
		if s.Port == 0 {
			continue
		}
		if err := tryPort(s); err != nil {
			problem, _ := portProblem(s, err)
			return admin.Conflict(problem + ": name another one in endpoint, or in listen, in the command --listen")
		}
	}
	return nil
}

// dials returns the id of the account that dials with a token, empty if none does.
func (c *Connector) dials(token string) string {
	for _, m := range c.all() {
		if m.now().config.Options["btpToken"] == token {
			return m.id
		}
	}
	return ""
}

// RevokeInvitation removes the account of an invitation that is open.
func (n node) RevokeInvitation(e admin.Edit) error { return n.withdraw(e) }

// withdraw removes the account of an invitation, unless it is accepted meanwhile.
func (n node) withdraw(e admin.Edit) error {
	m := n.member(e.Account)
	switch {
	case m == nil || m.now().config.Invitation == nil:
		return fmt.Errorf("%w: there is no invitation %s", ErrNoAccount, e.Account)
	case !m.now().config.Invitation.Open():
		return errAccepted(e.Account)
	}
	return n.edit(e, func(commit func(...store.Change) error) error {
		return n.removeAccount(e.Account, false, func() error {
			if m := n.member(e.Account); m == nil || !m.now().config.Invitation.Open() { // it is leaving, so it stays as it is
				return errAccepted(e.Account)
			}
			return commit(n.keep(e.Account, nil, e.By), store.Change{Key: keptPauses + e.Account})
		})
	})
}

func errAccepted(id string) error {
	return admin.Conflict(fmt.Sprintf("invitation %s was accepted: end the peering with 'ilp-connector accounts remove %s'", id, id))
}

// What a peer is told whose login an account does not admit.
const (
	refusedExpired btplink.Refusal = "the invitation has expired: ask for a new one"
	refusedUsed    btplink.Refusal = "the invitation was used already, by another connector: ask for a new one"
	refusedNow     btplink.Refusal = "the account is being changed or removed: try again"
)

// admits decides about the login of a peer whose token is right. The first such login accepts an
// open invitation. It runs on a goroutine of the account's link, which may be told to end
// meanwhile: it waits for nothing that waits for the link.
func (c *Connector) admits(m *member, who btplink.Login, now time.Time) error {
	a := m.now().config
	if t := who.Asset; t != nil && (t.Code != a.AssetCode || t.Scale != a.AssetScale) {
		return btplink.Refusal(fmt.Sprintf("the asset of this account is %.40s with scale %d, and yours is %.40q with scale %d: both must be the same",
			a.AssetCode, a.AssetScale, t.Code, t.Scale))
	}
	i := a.Invitation
	switch {
	case i == nil:
		return nil
	case i.Open():
		return c.accept(m, who, now.UTC())
	case i.AcceptedAs != hashOfName(who.User):
		return refusedUsed
	}
	return nil
}

func hashOfName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// accept makes a login accept the invitation of an account, in a durable step.
func (c *Connector) accept(m *member, who btplink.Login, now time.Time) error {
	if there, err := c.leave(m.id); err != nil {
		return refusedNow // not ours to wait for: it may wait for this link
	} else if there != m {
		c.stay(there)
		return refusedNow
	}
	defer c.stay(m)
	a := *m.now().config // nobody else changes it now
	if !a.Invitation.Open() {
		if a.Invitation != nil && a.Invitation.AcceptedAs != hashOfName(who.User) {
			return refusedUsed
		}
		return nil
	}
	if !now.Before(a.Invitation.Deadline()) {
		return refusedExpired
	}
	patch, _ := json.Marshal(map[string]any{"invitation": config.Invitation{ // texts never fail
		Expires: a.Invitation.Expires, AcceptedAt: now.Format(time.RFC3339), AcceptedAs: hashOfName(who.User),
	}})
	n := node{c}
	change := audit.Change{What: audit.InvitationAccepted, Account: m.id, By: audit.By{Remote: who.Remote}, Details: map[string]string{}}
	err := n.edit(admin.Edit{Change: change}, func(commit func(...store.Change) error) error {
		c.adding.Lock()
		defer c.adding.Unlock()
		accepted := func(a config.Account) (config.Account, error) {
			next, _, err := c.cfg().Patch(a, patch, false, c.parts.known())
			return next, err
		}
		next, err := accepted(a)
		if err != nil {
			return err
		}
		return c.adjust(m, next, func() error {
			kept, err := c.keepEdit(a, next, change.By, accepted)
			if err != nil {
				return err
			}
			return commit(kept)
		})
	})
	if err != nil {
		c.log.Error("an invitation could not be accepted", "account", m.id, "remote", who.Remote, "error", err)
		return err
	}
	c.log.Info("the peer has accepted the invitation", "account", m.id, "remote", who.Remote)
	return nil
}

// stillAccepted returns an account as it is declared, but with its invitation accepted as it was. A
// file may be older than the login: it does not let a second connector take the place of the peer.
// It returns false if the invitation is not the same, or was not accepted.
func (c *Connector) stillAccepted(declared config.Account, was *config.Invitation) (a config.Account, is bool, err error) {
	if i := declared.Invitation; !i.Open() || was == nil || was.Open() || was.Expires != i.Expires {
		return declared, false, nil
	}
	patch, _ := json.Marshal(map[string]any{"invitation": was}) // texts never fail
	a, _, err = c.cfg().Patch(declared, patch, false, c.parts.known())
	return a, err == nil, err
}

// carryAccepted makes those accounts of a configuration accepted whose invitation was accepted since.
// It returns what the store has to hold of them.
func (c *Connector) carryAccepted(accounts config.Accounts) (carried config.Accounts, kept map[string]store.Change, err error) {
	kept = make(map[string]store.Change)
	for _, declared := range accounts {
		a := declared
		_, isDiscarded := c.discarded.Load(a.ID)
		if m := c.member(a.ID); m != nil && !isDiscarded {
			var is bool
			if a, is, err = c.stillAccepted(declared, m.now().config.Invitation); err != nil {
				return nil, nil, err
			} else if is {
				kept[a.ID] = keptChange(keptAccounts+a.ID, keptAccount{Base: declared.Hash(), Account: a.Text(), At: time.Now().UTC()})
			}
		}
		carried = append(carried, a)
	}
	return carried, kept, nil
}

// acceptedMeanwhile makes a kept account build on an entry that was edited, if that declares an
// invitation open which the kept account says is accepted. change is what the store has to hold.
func (c *Connector) acceptedMeanwhile(id string, k keptAccount) (now keptAccount, change store.Change, is bool) {
	declared, there := c.cfg().Accounts.Find(id)
	if !there || k.Account == nil {
		return k, change, false
	}
	was, _, err := c.cfg().Kept(id, k.Account, c.parts.known())
	if err != nil {
		return k, change, false
	}
	a, is, err := c.stillAccepted(declared, was.Invitation)
	if err != nil || !is {
		return k, change, false
	}
	k.Base, k.Account = declared.Hash(), a.Text()
	return k, keptChange(keptAccounts+id, k), true
}

// invitationsPoll is the longest pause between two looks at the invitations: the clock of the
// machine may be set, and a removal may have failed.
const invitationsPoll = time.Minute

// invitationsRetry is the pause before the next look at an account that is just being changed.
const invitationsRetry = 100 * time.Millisecond

// watchInvitations makes expireInvitations look at an account that may have an invitation.
func (c *Connector) watchInvitations(a config.Account) {
	if !a.Invitation.Open() {
		return
	}
	select {
	case c.invited <- struct{}{}:
	default:
	}
}

// expireInvitations removes the accounts of invitations that expire, until ctx ends.
func (c *Connector) expireInvitations(ctx context.Context) {
	for {
		wait := c.expireDue(time.Now())
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.invited:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// expireDue removes the accounts whose invitations have expired, and returns when to look again.
func (c *Connector) expireDue(now time.Time) (wait time.Duration) {
	wait = invitationsPoll
	for _, m := range c.all() {
		i := m.now().config.Invitation
		if !i.Open() {
			continue
		}
		if left := i.Deadline().Sub(now); left > 0 {
			wait = min(wait, left)
			continue
		}
		change := audit.Change{What: audit.InvitationExpired, Account: m.id, Details: map[string]string{"expires": i.Expires}}
		switch err := (node{c}).withdraw(admin.Edit{Change: change}); {
		case errors.Is(err, ErrLeaving): // a change of it is about to end
			wait = min(wait, invitationsRetry)
		case err != nil:
			c.log.Warn("an invitation has expired, so its token is void, but its account cannot be removed", "account", m.id, "error", err)
		}
	}
	return wait
}

// expiredMeanwhile reports whether a kept account is an invitation that has expired while we did
// not run. It is not made again: nobody was let in, so nothing is lost.
func (c *Connector) expiredMeanwhile(id string, k keptAccount) bool {
	if k.Account == nil {
		return false
	}
	a, _, err := c.cfg().Kept(id, k.Account, c.parts.known())
	if err != nil || !a.Invitation.Open() || time.Now().Before(a.Invitation.Deadline()) {
		return false
	}
	if x := c.ledger.Lookup(id); x != nil && x.Posted().Sign() != 0 {
		c.log.Warn("an invitation has expired, and its account has a balance", "account", id, "balance", balance.Amount(x.Posted()))
	}
	c.log.Info("an invitation has expired, so its account is removed", "account", id, "expires", a.Invitation.Expires)
	return true
}
