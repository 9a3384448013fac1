package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/peering"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
)

// Node is the connector, as the API needs it. Its methods are safe for concurrent use from
// before the first account connects until its Run has returned. Only Ping, Backup,
// ResolveSettlement, AdminInfo, SendAdminInfo, ChannelsNow and ChangeChannel wait for anything outside
// the process and its store.
type Node interface {
	// Address returns our ILP address. It is empty until we know it.
	Address() string
	// Unready returns why peers should not send us packets, one sentence for each reason.
	// It returns none if we are ready.
	Unready() []string
	// Enabled reports whether a built-in middleware, by its name in the configuration, is
	// not disabled.
	Enabled(middleware string) bool
	// Ping sends a packet of no value to a destination that echoes it, and waits until it
	// returns or ctx ends. If a connector rejects it, the error is a Rejected.
	Ping(ctx context.Context, destination string) (time.Duration, error)

	// Accounts returns the registry of the accounts.
	Accounts() *account.Registry
	// Configured returns the configuration of an account with its defaults, and whether
	// the account exists. This package never shows its Options.
	Configured(id string) (config.Account, bool)
	// Link returns the state of an account's link, the zero Link if there is none.
	Link(id string) Link
	// Limits returns the limits of an account, and what is left of each.
	Limits(id string) []AccountLimit
	// SettledBy returns what settles an account, one of the Settler names.
	SettledBy(id string) string
	// RoutesOf counts the routes of an account, and returns the first most prefixes of each kind.
	RoutesOf(id string, most int) AccountRoutes
	// HasAdminInfo reports whether the plugin of an account has admin info, and TakesAdminInfo whether
	// it takes any.
	HasAdminInfo(id string) bool
	TakesAdminInfo(id string) bool
	// AdminInfo returns the admin info of the plugin of an account, as JSON, nil for undefined. It waits
	// for the plugin, or until ctx ends. The error is a Thrown or an Unavailable, or that of ctx.
	AdminInfo(ctx context.Context, id string) (json.RawMessage, error)
	// SendAdminInfo sends JSON to the plugin of the account that e names, and returns its answer in the
	// same way. The audit entry says that the outcome is unknown if the plugin fails or does not answer.
	SendAdminInfo(ctx context.Context, e Edit, body json.RawMessage) (json.RawMessage, error)
	// NodeHosts returns the processes that run npm modules, in the order of their names.
	NodeHosts() []Member[NodeHost]
	// Children returns the clients of an account that are accounts of their own, nil if it has
	// none.
	Children(accountID string) Children
	// AddAccount adds an account, which config.ParseAccount has accepted, and begins to
	// connect it. It does not wait for the connection. What it and the following methods
	// change is kept in the store, together with the audit entry, unless the edit is
	// ephemeral. If the present state forbids a change, the error is a Conflict.
	AddAccount(e Edit, a config.Account) error
	// ChangeAccount applies a JSON Merge Patch to the configuration of the account that e
	// names, and returns what is odd about the account then. A patch that would send a secret to
	// another server needs Force. The error may be config.Faults.
	ChangeAccount(e Edit, patch []byte) (warnings []string, err error)
	// RotateAccount gives the account that e names another secret, or ends its old one. The error
	// may be config.Faults.
	RotateAccount(e Edit, r config.Rotation) (config.Rotated, error)
	// RemoveAccount removes the account that e names, when its packets under way have ended.
	// Without Force it stays as long as its balance is not 0.
	RemoveAccount(e Edit) error
	// PauseAccount makes the account that e names take no packets until ResumeAccount. It
	// pauses it even if the store cannot keep that; then it returns an error. kept reports whether a
	// restart pauses it again.
	PauseAccount(e Edit) (kept bool, err error)
	ResumeAccount(e Edit) error
	// Pauses returns what is paused: the node, assets, prefixes and accounts.
	Pauses() ([]Pause, error)
	// BeginPause makes all accounts, or those of an asset, take no packets until EndPause, or refuses
	// packets under a prefix. Check has accepted the PauseOf. It pauses even if the store
	// cannot keep that; then it returns an error. It refuses an asset that no account has,
	// without Force, by a Conflict.
	BeginPause(e Edit, of PauseOf) (Pause, error)
	// EndPause ends such a pause, and returns it as it was. The error is ErrNoPause if there is
	// none.
	EndPause(e Edit, of PauseOf) (Pause, error)
	// InvitePeer makes an account that waits for a peer until the invitation expires, and returns
	// the invitation and the id of the account. An id that the offer leaves out is made. What makes
	// no sense is an Invalid.
	InvitePeer(e Edit, o peering.Offer) (i peering.Invitation, id string, err error)
	// AcceptInvitation makes the account that a text asks for, and begins to connect it. A dry run
	// only returns it.
	AcceptInvitation(e Edit, text string, c peering.Choices, dryRun bool) (config.Account, error)
	// RevokeInvitation removes the account that e names, which waits for its peer. If the peer has
	// come meanwhile, the error is a Conflict.
	RevokeInvitation(e Edit) error
	// Reload reads the configuration again, and makes it the one that holds. Whatever is wrong
	// with it is found first; then nothing changes.
	Reload(e Edit) (Reloaded, error)
	// RunningConfig returns the configuration that runs, or the declared one, without secrets.
	RunningConfig(declared bool) (RunningConfig, error)
	// ConfigDiff compares what the file says now, what was declared and what runs.
	ConfigDiff() (ConfigDiff, error)
	// ExportConfig returns a file that declares what runs. With force it builds on the file as it
	// is now, although that was edited since it was read.
	ExportConfig(force bool) (ConfigExport, error)
	// PutConfig makes a whole configuration the one that runs, if the ETag of the present one
	// matches: otherwise the error is ErrStale. What is wrong with the text is config.Faults. An
	// error changes nothing.
	PutConfig(e Edit, text []byte, matches func(etag string) bool) (Reloaded, error)
	// ConfigChanges returns how accounts and settings differ from the configuration: accounts in
	// the order of their ids, then settings.
	ConfigChanges() ([]ConfigChange, error)
	// DiscardConfigChange makes the store forget the change of the account that e names, and
	// returns that change. The error is ErrNoChange if none is kept, and a Conflict if only a
	// pause is. The account stays as it is until the next start or reload.
	DiscardConfigChange(e Edit) (ConfigChange, error)
	// DiscardSettingChange does the same for the change of a setting.
	DiscardSettingChange(e Edit, setting string) (ConfigChange, error)

	// Loaded reports whether the balances have been loaded from the store. Until then
	// they are not zero, but unknown.
	Loaded() bool
	// AdjustBalance adds diff to the balance of the account that change names, which has
	// one. diff is decimal, 0 or -?[1-9][0-9]*, of any length. If a limit forbids the
	// edit, it returns ErrExceedsMaximum or an error whose text is shown as it is. The
	// balance and the audit entry become durable in the same step.
	AdjustBalance(change audit.Change, diff string) error
	// FormerBalances returns the stored balances that belong to no present account, and are
	// not 0 or have an open settlement, in the order of account ids. AdjustBalance edits them
	// as well.
	FormerBalances() []FormerBalance
	// MoveBalance moves the whole balance that is stored under from, and belongs to no
	// present account, to the account that change names. If the present state forbids that,
	// it returns a Conflict. The balances and the audit entry become durable in the same
	// step.
	MoveBalance(change audit.Change, from string) error
	// ImportBalances sets the balances of accounts, all of them or none, and returns the
	// posted balances of before. A balance is not set while packets or settlements are under
	// way, nor against Allow: then the error is a Conflict. The balances that change and
	// their audit entries become durable in the same step.
	ImportBalances(i Import) (before map[string]balance.Amount, err error)

	// Settlements returns the remembered settlements of the named accounts, or of all,
	// latest first, and then the open ones of accounts that were removed or cannot settle now.
	Settlements(accountIDs ...string) []settle.Settlement
	// Receipts returns the latest payments of a counterparty, at most max, latest first.
	// It returns settle.ErrNoAccount if there is no such account.
	Receipts(accountID string, max int) ([]settle.Credit, error)
	// Leftovers returns the parts of payments that are less than one base unit of their
	// account.
	Leftovers() ([]settle.Leftover, error)
	// SettleNow begins to pay all that we owe to an account. Its errors are those of
	// package settle.
	SettleNow(accountID string) error
	// WriteOff takes all that we owe off the balance of the account that change names, which
	// settles out of band. Its errors are those of package settle. The balance,
	// the entry of the settlements and the audit entry become durable in the same step.
	WriteOff(change audit.Change) error
	// ResolveSettlement records the outcome of a settlement whose outcome is unknown. Its
	// errors are those of package settle.
	ResolveSettlement(ctx context.Context, accountID, id string, paid bool) error

	// Channels returns the payment channels of an account, and whether it settles over any. ChannelsNow asks
	// the ledger for more, until ctx ends.
	Channels(id string) (AccountChannels, bool)
	ChannelsNow(ctx context.Context, id string) (AccountChannels, bool)
	// ChangeChannel takes a step with the channels of an account, and waits until that is in a validated
	// ledger. If ctx ends before, the step goes on, and the error is ErrChannelWait. The audit entry has the
	// outcome all the same. If the present state forbids the step, the error is a Conflict. If the ledger
	// cannot be asked now, it is an Unavailable.
	ChangeChannel(ctx context.Context, c ChannelChange) (ChannelChanged, error)

	// Pricing returns what is traded at, and what is held back, pinned and paused of it.
	Pricing() rate.PricingState
	// PinRate sets the price of a pair of currencies, which is above 0, and of the way back by it,
	// instead of those of the backend. It replaces an earlier pin of the pair. This and the
	// following changes are kept in the store, together with the audit entry, unless the edit
	// is ephemeral.
	PinRate(e Edit, pair rate.Pair, price *big.Rat) (rate.Pin, error)
	// UnpinRate ends a pin. The error is ErrNoPin if there is none.
	UnpinRate(e Edit, pair rate.Pair) error
	// PauseRate makes a pair have no rate in both directions, even if the store cannot keep that;
	// then it returns an error. ResumeRate ends that; the error is ErrNoPin if there is no pause.
	PauseRate(e Edit, pair rate.Pair) (rate.Pause, error)
	ResumeRate(e Edit, pair rate.Pair) error
	// ConfirmPrice uses the price of a currency that is held back, and returns it. If seen is not nil,
	// it uses no other price. The error is a Conflict if there is none, or another one. The audit
	// entry has the price that is used.
	ConfirmPrice(e Edit, currency string, seen *big.Rat) (rate.Held, error)
	// SetPrices sets prices of a backend that takes them, in units of the currency for one of the
	// base, and takes away those that are nil. The error is a Conflict if the backend takes none,
	// or an Invalid that says which price is wrong.
	SetPrices(e Edit, prices map[string]*big.Rat) error
	// Earnings returns what the spread has earned, in the order of account ids and assets. What
	// clients have earned that are accounts counts for the account that they come by.
	Earnings() []account.Earning
	// EarningsOf returns that of the packets of one account, or of one client.
	EarningsOf(id string) []account.Earning
	// EarningsOfClients returns that of each client of an account, in the order of their ids.
	EarningsOfClients(id string) []account.Earning
	// Routes returns the best route to every prefix.
	Routes() route.Routes
	// Routing returns the state of the routing protocol.
	Routing() RoutingState
	// Explain returns why packets to an ILP address go where they go. Its lists are not
	// nil.
	Explain(address string) Explanation
	// ResumeRoutes ends the suspension of a neighbor and the damping of its routes. If there is
	// neither, it returns a Conflict.
	ResumeRoutes(accountID string) (ResumedRoutes, error)

	// Alerts returns the problems that need an operator.
	Alerts() *account.Alerts
	// Audit returns the log of changes. After an error, such as ErrNotOpen, nothing may be
	// changed.
	Audit() (*audit.Log, error)
	// Backup writes a copy of the store, as it is at one moment. The API calls it once the
	// balances are Loaded. A slow w delays nothing else. It returns an error if the store
	// keeps nothing.
	Backup(w io.Writer) error
}

// Link is the state of an account and of its link.
type Link struct {
	// Connected reports whether a packet could be sent now.
	Connected bool
	// State is one of States, and Since is when it began. An attempt to connect does not
	// change it.
	State string
	Since time.Time
	// Problems are what is wrong with the account. An account that is Degraded has one.
	Problems []Problem
	// PausedBy are the pauses because of which the account takes no packets, the widest first.
	PausedBy []PauseOf
	// Server is the address that the link dials, and Listener the one that it listens at, with
	// the port in force. Each is empty if it does not.
	Server, Listener string
	// Remote is the address of the peer, empty if there is no connection.
	Remote string
	// LastError is the last error, empty once the link works again.
	LastError string
	// Closed is how the peer ended the last connection, if it said goodbye, which is no error.
	Closed string
	// NextRetry is when the link next tries to connect, zero if it does not.
	NextRetry time.Time
	// Failures is the number of attempts to connect that failed, Refusals that of peers who
	// did not authenticate, and Replacements that of connections that a newer one of the
	// peer replaced.
	Failures, Refusals, Replacements uint64
	// RefusedRequests counts the requests over HTTP that brought no packet, by cause.
	RefusedRequests map[string]uint64
	// RefusedAt is when the latest of the Refusals was, and RefusedFrom the address that it
	// came from.
	RefusedAt   time.Time
	RefusedFrom string
	// OldSecretUntil is until when the secret from before a rotation is good too, the zero time if
	// there is none. OldSecret says that the present connection has authenticated with it.
	OldSecret      bool
	OldSecretUntil time.Time
	// CertificateUntil is when the certificate of the listener ends, the zero time if it has none.
	CertificateUntil time.Time
}

// ErrExceedsMaximum means that an edit would lift a balance above its maximum. Clients of
// the reference match its text, full stop included.
var ErrExceedsMaximum = errors.New("exceeded maximum balance.") //nolint:staticcheck // the reference's text

// ErrNotOpen means that the store has not been read yet, or is closed.
var ErrNotOpen = errors.New("the store is not open")

// Conflict is the error of a change that the present state forbids. It says what to do.
type Conflict string

// Error returns the text.
func (c Conflict) Error() string { return string(c) }

// Invalid is the error of a change whose request makes no sense. It says what does.
type Invalid string

// Error returns the text.
func (i Invalid) Error() string { return string(i) }

// Rejected is the error of a Ping that a connector on the way rejected.
type Rejected interface {
	error
	Reject() (code, triggeredBy, message string)
}

var (
	_ error = Conflict("")
	_ error = Invalid("")
)
