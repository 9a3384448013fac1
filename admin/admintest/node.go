// Package admintest has a connector for tests of the admin API and its clients: a Node whose
// answers are values that the test sets.
package admintest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/peering"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// Node is an admin.Node of values. Change them before the API is served.
type Node struct {
	Edits      []admin.Edit // of accounts, so far
	Paused     []admin.Pause
	Odd        []string // what ChangeAccount finds odd
	Changes    []admin.ConfigChange
	Running    admin.RunningConfig // what RunningConfig returns
	Declared   admin.RunningConfig // the same, if the declared one is asked for
	Diff       admin.ConfigDiff
	Export     admin.ConfigExport
	Put        *config.Config // what was put last
	OwnAddress string
	Registry   *account.Registry
	Configs    map[string]config.Account
	Links      map[string]admin.Link
	// LimitsLeft are the limits of accounts, by account.
	LimitsLeft map[string][]admin.AccountLimit
	// Hosts are the clients of accounts, by account. Host adds to them.
	Hosts      map[string]*Children
	Disabled   map[string]bool // middlewares
	Raised     *account.Alerts
	RateTable  *rate.Table
	Priced     rate.PricingState
	Posted     map[string]*big.Rat // the prices that were set last
	Earned     []account.Earning   // in order
	BestRoutes route.Routes
	// Loading makes Loaded false.
	Loading bool
	// Explanations are the answers of Explain, by address. Other addresses have no route.
	Explanations map[string]admin.Explanation
	Protocol     admin.RoutingState
	Reasons      []string
	// Backed is the backup that Backup writes, and BackupError the error it returns then.
	Backed      string
	BackupError error
	// Settled, Credits and Left are the settlements, receipts and leftovers, latest first.
	Settled []settle.Settlement
	Credits map[string][]settle.Credit
	Left    []settle.Leftover
	// Former are the balances that belong to no present account.
	Former []admin.FormerBalance
	// Settle answers SettleNow. If it is nil, we owe nothing.
	Settle func(accountID string) error
	// Write answers WriteOff. If it is nil, the account has a settler that pays.
	Write func(accountID string) error
	// Resume answers ResumeRoutes. If it is nil, nothing is held back.
	Resume func(accountID string) (admin.ResumedRoutes, error)
	// Store holds the audit log. If Broken is set, every write to it returns that error.
	Store  store.Store
	Broken error
	log    *audit.Log
	// Plugins are the plugins of accounts that have admin info, by account.
	Plugins map[string]Plugin
	// NodeProcesses are the processes that run npm modules.
	NodeProcesses []admin.Member[admin.NodeHost]
	// PaymentChannels are the payment channels of accounts, by account, and Funds what our account on the ledger has.
	PaymentChannels map[string]admin.AccountChannels
	Funds           *admin.LedgerFunds
	// Step answers ChangeChannel with the transactions that it makes. If it is nil, there is nothing to do.
	Step func(ctx context.Context, c admin.ChannelChange) ([]admin.ChannelTransaction, error)
	// Pong answers pings. If it is nil, pings are rejected.
	Pong func(ctx context.Context, destination string) (time.Duration, error)
}

// New makes a node. accounts is the JSON of CONNECTOR_ACCOUNTS. The node converts every asset
// one to one.
func New(address, accounts string) (*Node, error) {
	c, _, err := config.Parse("", nil, []string{"CONNECTOR_ILP_ADDRESS=" + address, "CONNECTOR_ACCOUNTS=" + accounts}, config.Known{})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	n := &Node{
		OwnAddress: address,
		Registry:   account.NewRegistry(),
		Configs:    make(map[string]config.Account),
		Links:      make(map[string]admin.Link),
		Disabled:   make(map[string]bool),
		Raised:     account.NewAlerts(now),
		RateTable:  rate.NewTable(now, rate.Par, rate.Spread{}),
		BestRoutes: route.Routes{{Prefix: address}},
		Store:      memory.New(slog.New(slog.DiscardHandler)),
	}
	if n.log, err = audit.Open(audit.Options{Ledger: auditLedger{n}, Log: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	for _, a := range c.Accounts {
		if err := n.add(a); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// AddAccount adds an account to the registry, with its configured limits.
func (n *Node) AddAccount(e admin.Edit, a config.Account) error {
	return n.edit(e, func() error { return n.add(a) })
}

// edit makes a change, and notes it.
func (n *Node) edit(e admin.Edit, do func() error) error {
	l, err := n.Audit()
	if err != nil {
		return err
	}
	n.Edits = append(n.Edits, e)
	return l.Do(e.Change, do)
}

// RotateAccount gives an account another secret in its configuration.
func (n *Node) RotateAccount(e admin.Edit, r config.Rotation) (done config.Rotated, err error) {
	return done, n.edit(e, func() error {
		a, rotated, _, err := new(config.Config).Rotate(n.Configs[e.Account], r, config.Known{})
		switch {
		case errors.As(err, new(config.Faults)):
			return err
		case err != nil:
			return admin.Conflict(err.Error())
		}
		n.Configs[e.Account], done = a, rotated
		return nil
	})
}

// ChangeAccount applies a patch to the configuration of an account.
func (n *Node) ChangeAccount(e admin.Edit, patch []byte) ([]string, error) {
	a, _, err := new(config.Config).Patch(n.Configs[e.Account], patch, e.Force, config.Known{})
	if err != nil {
		return nil, err
	}
	return n.Odd, n.edit(e, func() error { n.Configs[a.ID] = a; return nil })
}

// RemoveAccount takes an account out.
func (n *Node) RemoveAccount(e admin.Edit) error {
	return n.edit(e, func() error { n.Registry.Remove(e.Account); delete(n.Configs, e.Account); return nil })
}

// PauseAccount makes Link say that the account is paused.
func (n *Node) PauseAccount(e admin.Edit) (kept bool, err error) {
	return !e.Ephemeral, n.edit(e, func() error { n.Links[e.Account] = admin.Link{State: admin.Paused}; return nil })
}

// ResumeAccount makes Link say that the account is established, or still paused if Paused has the
// node.
func (n *Node) ResumeAccount(e admin.Edit) error {
	node := admin.PauseOf{Scope: admin.PausedNode}
	l := admin.Link{State: "established", Connected: true}
	if slices.ContainsFunc(n.Paused, func(p admin.Pause) bool { return p.PauseOf == node }) {
		l = admin.Link{State: admin.Paused, PausedBy: []admin.PauseOf{node}}
	}
	return n.edit(e, func() error { n.Links[e.Account] = l; return nil })
}

// Pauses returns Paused.
func (n *Node) Pauses() ([]admin.Pause, error) { return n.Paused, nil }

// BeginPause adds to Paused.
func (n *Node) BeginPause(e admin.Edit, of admin.PauseOf) (p admin.Pause, err error) {
	p = admin.Pause{PauseOf: of, Reason: e.Reason, Kept: !e.Ephemeral}
	return p, n.edit(e, func() error { n.Paused = append(n.Paused, p); return nil })
}

// EndPause returns one of Paused, and leaves it there.
func (n *Node) EndPause(e admin.Edit, of admin.PauseOf) (admin.Pause, error) {
	i := slices.IndexFunc(n.Paused, func(p admin.Pause) bool { return p.PauseOf == of })
	if i < 0 {
		return admin.Pause{}, admin.ErrNoPause
	}
	return n.Paused[i], n.edit(e, func() error { return nil })
}

// InvitePeer adds the account of an invitation.
func (n *Node) InvitePeer(e admin.Edit, o peering.Offer) (peering.Invitation, string, error) {
	if o.ID == "" {
		o.ID = "peer-1"
	}
	i, id, entry, err := o.Invite(peering.Us{Address: n.OwnAddress}, time.Now())
	if err != nil {
		return i, "", admin.Invalid(err.Error())
	}
	return i, id, n.addPeer(&e, id, entry)
}

// AcceptInvitation adds the account of an invitation, and makes Link say that it is established.
func (n *Node) AcceptInvitation(e admin.Edit, text string, c peering.Choices, dryRun bool) (config.Account, error) {
	i, err := peering.Parse(text)
	var id string
	var entry []byte
	if err == nil {
		id, entry, err = i.Accept(c, peering.Us{Address: n.OwnAddress}, time.Now(), peering.NewName())
	}
	if err != nil {
		return config.Account{}, admin.Invalid(err.Error())
	}
	if dryRun {
		a, _, err := config.ParseAccount(id, entry, config.Known{})
		return a, err
	}
	if _, is := n.Links[id]; !is {
		n.Links[id] = admin.Link{State: "established", Connected: true}
	}
	err = n.addPeer(&e, id, entry)
	return n.Configs[id], err
}

func (n *Node) addPeer(e *admin.Edit, id string, entry []byte) error {
	a, _, err := config.ParseAccount(id, entry, config.Known{})
	if err != nil {
		return err
	}
	e.Account = id
	return n.edit(*e, func() error { return n.add(a) })
}

// RevokeInvitation takes the account of an invitation out.
func (n *Node) RevokeInvitation(e admin.Edit) error {
	if !n.Configs[e.Account].Invitation.Open() {
		return admin.Conflict("it was accepted")
	}
	return n.RemoveAccount(e)
}

func (n *Node) add(a config.Account) error {
	s := account.Settings{AssetCode: a.AssetCode, AssetScale: a.AssetScale}
	if a.Balance != nil {
		limits, err := a.Balance.Limits()
		if err != nil {
			return err
		}
		s.Limits = &limits
	}
	if err := n.Registry.Add(account.New(a.ID, s)); err != nil {
		return err
	}
	n.Configs[a.ID] = a
	return nil
}

// FormerBalances returns Former.
func (n *Node) FormerBalances() []admin.FormerBalance { return n.Former }

// AdjustBalance edits the balance of an account in the registry, or one of Former.
func (n *Node) AdjustBalance(change audit.Change, diff string) error {
	amount, err := balance.Parse(diff)
	if err != nil {
		return err
	}
	return n.log.Write(change, func(note *audit.Note) error {
		for i := range n.Former {
			if n.Former[i].AccountID == change.Account {
				n.Former[i].Posted = diff
				return nil
			}
		}
		b := n.Registry.Find(change.Account).Balance
		note.Detail(audit.PostedBefore, b.Snapshot().Posted.String())
		if err := b.Adjust(amount); errors.Is(err, balance.ErrExceedsMaximum) {
			return admin.ErrExceedsMaximum
		} else if err != nil {
			return err
		}
		note.Detail(audit.PostedAfter, b.Snapshot().Posted.String())
		if err := (auditLedger{n}).Apply(note.Batch()); err != nil {
			return errors.Join(err, b.Unadjust(amount))
		}
		return nil
	})
}

// MoveBalance moves a balance of Former to an account in the registry.
func (n *Node) MoveBalance(change audit.Change, from string) error {
	return n.log.Write(change, func(note *audit.Note) error {
		i := slices.IndexFunc(n.Former, func(f admin.FormerBalance) bool { return f.AccountID == from })
		b := n.Registry.Find(change.Account).Balance
		if i < 0 || b == nil {
			return admin.Conflict("the balance is not moved: there is none, or no account for it")
		}
		moved, err := balance.Parse(n.Former[i].Posted)
		if err == nil {
			err = b.Adjust(moved)
		}
		if err != nil {
			return err
		}
		n.Former = slices.Delete(n.Former, i, i+1)
		note.Detail("amount", moved.String())
		return auditLedger{n}.Apply(note.Batch())
	})
}

// ImportBalances sets balances of accounts in the registry.
func (n *Node) ImportBalances(i admin.Import) (before map[string]balance.Amount, err error) {
	ids := slices.Sorted(maps.Keys(i.Balances))
	settings := make([]balance.Setting, len(ids))
	changes := make([]audit.Change, len(ids))
	for k, id := range ids {
		a := n.Registry.Find(id)
		if a.Balance == nil {
			return nil, admin.Conflict("no balance is imported: " + id + " has none")
		}
		settings[k] = balance.Setting{Balance: a.Balance, Posted: i.Balances[id]}
		changes[k] = i.Change
		changes[k].Account = id
	}
	set := func() error {
		set := balance.Set
		if i.DryRun {
			set = balance.Try
		}
		was, refused := set(settings, i.Allow)
		if refused != nil {
			return admin.Conflict(fmt.Sprintf("no balance is imported: %v", errors.Join(refused...)))
		}
		before = make(map[string]balance.Amount)
		for k, id := range ids {
			before[id] = was[k]
		}
		return nil
	}
	if i.DryRun {
		err = set()
		return before, err
	}
	err = n.log.WriteAll(changes, func(notes []*audit.Note) error {
		if err := set(); err != nil {
			return err
		}
		var b store.Batch
		for _, note := range notes {
			b = append(b, note.Batch()...)
		}
		return auditLedger{n}.Apply(b)
	})
	return before, err
}

// Audit returns a log in Store, or ErrNotOpen while Loading is set.
func (n *Node) Audit() (*audit.Log, error) {
	if n.Loading {
		return nil, admin.ErrNotOpen
	}
	return n.log, nil
}

// auditLedger is the store of the audit log, which may be broken.
type auditLedger struct{ *Node }

// Apply applies a batch to Store, unless Broken is set.
func (l auditLedger) Apply(b store.Batch) error {
	if l.Broken != nil {
		return l.Broken
	}
	return l.Store.Apply(b)
}

// Load visits the entries of Store.
func (l auditLedger) Load(prefix string, visit func(key string, value []byte) error) error {
	return l.Store.Load(prefix, visit)
}

// Backup writes Backed, and returns BackupError.
func (n *Node) Backup(w io.Writer) error {
	if n.Backed != "" {
		if _, err := io.WriteString(w, n.Backed); err != nil {
			return err
		}
	}
	return n.BackupError
}

// Configured returns the configuration that AddAccount got.
func (n *Node) Configured(id string) (config.Account, bool) {
	a, there := n.Configs[id]
	return a, there
}

// Ping calls Pong.
func (n *Node) Ping(ctx context.Context, destination string) (time.Duration, error) {
	if n.Pong == nil {
		return 0, &Reject{"F02", n.OwnAddress, "no route found. source=" + n.OwnAddress + " destination=" + destination}
	}
	return n.Pong(ctx, destination)
}

// Settlements returns Settled, or its part of the named accounts.
func (n *Node) Settlements(accountIDs ...string) (all []settle.Settlement) {
	for _, s := range n.Settled {
		if len(accountIDs) == 0 || slices.Contains(accountIDs, s.AccountID) {
			all = append(all, s)
		}
	}
	return all
}

// Receipts returns the first max of Credits.
func (n *Node) Receipts(accountID string, max int) ([]settle.Credit, error) {
	if n.Registry.Find(accountID) == nil {
		return nil, settle.ErrNoAccount
	}
	all := n.Credits[accountID]
	return all[:min(max, len(all))], nil
}

// Leftovers returns Left.
func (n *Node) Leftovers() ([]settle.Leftover, error) { return n.Left, nil }

// ResumeRoutes calls Resume.
func (n *Node) ResumeRoutes(accountID string) (admin.ResumedRoutes, error) {
	if n.Resume == nil {
		return admin.ResumedRoutes{}, admin.Conflict("nothing of " + accountID + " is held back")
	}
	return n.Resume(accountID)
}

// SettleNow calls Settle.
func (n *Node) SettleNow(accountID string) error {
	if n.Settle == nil {
		return settle.ErrNothingOwed
	}
	return n.Settle(accountID)
}

// WriteOff calls Write, and notes the change.
func (n *Node) WriteOff(change audit.Change) error {
	return n.log.Write(change, func(note *audit.Note) error {
		if n.Write == nil {
			return settle.ErrPays
		}
		if err := n.Write(change.Account); err != nil {
			return err
		}
		return auditLedger{n}.Apply(note.Batch())
	})
}

// ResolveSettlement ends one of Settled.
func (n *Node) ResolveSettlement(_ context.Context, accountID, id string, paid bool) error {
	for i := range n.Settled {
		if s := &n.Settled[i]; s.AccountID == accountID && s.ID == id && s.State == settle.Unknown {
			if s.State = settle.NotSent; paid {
				s.State = settle.Confirmed
			}
			return nil
		}
	}
	return settle.ErrNotUnknown
}

// Address returns OwnAddress.
func (n *Node) Address() string { return n.OwnAddress }

// Accounts returns Registry.
func (n *Node) Accounts() *account.Registry { return n.Registry }

// Link returns the one of Links. A client of Hosts that is blocked is disabled.
func (n *Node) Link(id string) admin.Link {
	l := n.Links[id]
	for parent, c := range n.Hosts {
		if name, is := strings.CutPrefix(id, parent+"."); is && c.Blocked[name] {
			l.State, l.Problems = admin.Disabled, []admin.Problem{{Reason: "an operator has blocked the client"}}
		}
	}
	return l
}

// Limits returns those of LimitsLeft.
func (n *Node) Limits(id string) []admin.AccountLimit { return n.LimitsLeft[id] }

// SettledBy returns that an operator settles every account with a balance.
func (n *Node) SettledBy(id string) string {
	if a := n.Registry.Find(id); a == nil || a.Balance == nil {
		return admin.SettlerNone
	}
	return admin.SettlerOperator
}

// RoutesOf returns what Protocol says of an account, and its routes of BestRoutes.
func (n *Node) RoutesOf(id string, _ int) (of admin.AccountRoutes) {
	of.Learned.Prefixes, of.Announced.Prefixes, of.Configured.Prefixes = []string{}, []string{}, []string{}
	peer := n.Protocol.Peers[id]
	of.Learned.Count, of.Announced.Count = peer.Session.Accepted, peer.Session.Advertised
	for _, r := range n.BestRoutes {
		if r.NextHop == id {
			of.Learned.Prefixes = append(of.Learned.Prefixes, r.Prefix)
		}
	}
	return of
}

// Loaded reports whether Loading is false.
func (n *Node) Loaded() bool { return !n.Loading }

// Enabled reports whether a middleware is not in Disabled.
func (n *Node) Enabled(middleware string) bool { return !n.Disabled[middleware] }

// Alerts returns Raised.
func (n *Node) Alerts() *account.Alerts { return n.Raised }

// Routes returns BestRoutes.
func (n *Node) Routes() route.Routes { return n.BestRoutes }

// Routing returns Protocol.
func (n *Node) Routing() admin.RoutingState { return n.Protocol }

// Explain returns the one of Explanations, or one without a route.
func (n *Node) Explain(address string) admin.Explanation {
	if e, there := n.Explanations[address]; there {
		return e
	}
	return admin.Explanation{
		Address: address, Candidates: []admin.Candidate{}, Shorter: []admin.Candidate{}, Refused: []admin.RefusedRoute{},
	}
}

// Unready returns Reasons.
func (n *Node) Unready() []string { return n.Reasons }

// Reject is the error of a ping that a connector rejected.
type Reject struct{ Code, TriggeredBy, Message string }

// Error returns which connector rejected the ping, and why.
func (r *Reject) Error() string {
	return fmt.Sprintf("rejected with %s by %s: %s", r.Code, r.TriggeredBy, r.Message)
}

// Reject returns the fields of the ILP Reject.
func (r *Reject) Reject() (code, triggeredBy, message string) {
	return r.Code, r.TriggeredBy, r.Message
}

var (
	_ admin.Node     = (*Node)(nil)
	_ admin.Rejected = (*Reject)(nil)
)
