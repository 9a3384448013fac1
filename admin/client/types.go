package client

import "github.com/ilp-go/connector/admin"

// The documents of the API have the same names here, so a client does not need to import
// package admin.
type (
	// Account is an account and the state of its link.
	Account = admin.Account
	// AccountDetails is all that is known of one account.
	AccountDetails = admin.AccountDetails
	// PluginDetails is the same for an account whose plugin has admin info, with that.
	PluginDetails = admin.PluginDetails
	// Channel is a payment channel, ChannelLedger the connection to its ledger, LedgerServer a server of that,
	// and LedgerFunds what our account there has.
	Channel       = admin.Channel
	ChannelLedger = admin.ChannelLedger
	LedgerServer  = admin.LedgerServer
	LedgerFunds   = admin.LedgerFunds
	// AccountChannels are the payment channels of an account, and ChannelList those of all.
	AccountChannels = admin.AccountChannels
	ChannelList     = admin.ChannelList
	// ChannelStep is what an operator does with channels, ChannelChanged what came of it, and ChannelTransaction a
	// transaction that it has made.
	ChannelStep        = admin.ChannelStep
	ChannelChanged     = admin.ChannelChanged
	ChannelTransaction = admin.ChannelTransaction
	// NodeHost is a process that runs npm modules.
	NodeHost = admin.NodeHost
	// AccountLimit is a limit of an account, and what is left of it.
	AccountLimit = admin.AccountLimit
	// AccountRate is the worth of a base unit of an account in another asset.
	AccountRate = admin.AccountRate
	// PacketResults counts packets by how they ended.
	PacketResults = admin.PacketResults
	// RouteCount is a number of routes, and the first few of their prefixes.
	RouteCount = admin.RouteCount
	// AccountList are all accounts.
	AccountList = admin.AccountList
	// AddedAccount is an account that was added.
	AddedAccount = admin.AddedAccount
	// Alert is a problem that needs an operator.
	Alert = admin.Alert
	// Alerts are all alerts.
	Alerts = admin.Alerts
	// AuditEntry is a change that was made or refused.
	AuditEntry = admin.AuditEntry
	// AuditLog are the latest changes.
	AuditLog = admin.AuditLog
	// Balance is the balance of an account.
	Balance = admin.Balance
	// Balances are all balances.
	Balances = admin.Balances
	// FormerBalance is a stored balance that belongs to no present account.
	FormerBalance = admin.FormerBalance
	// BalanceImport asks for the balances of accounts to be set.
	BalanceImport = admin.BalanceImport
	// BalanceSet is a balance before and after it was set.
	BalanceSet = admin.BalanceSet
	// BalancesImported are the balances that were set.
	BalancesImported = admin.BalancesImported
	// ImportedBalance is the balance that an account is to have.
	ImportedBalance = admin.ImportedBalance
	// AddedChild is a client that was added.
	AddedChild = admin.AddedChild
	// Child is a client that is an account.
	Child = admin.Child
	// ChildCount is how many clients of an account are accounts.
	ChildCount = admin.ChildCount
	// ChildLine is what became of one of many clients that were to be added.
	ChildLine = admin.ChildLine
	// ChildList is a page of the clients of an account.
	ChildList = admin.ChildList
	// RotatedChild is a client whose token the connector has made.
	RotatedChild = admin.RotatedChild
	// RotatedAccount is an account with a new secret.
	RotatedAccount = admin.RotatedAccount
	// Candidate is a route that could be taken.
	Candidate = admin.Candidate
	// ConfigChange is a difference between the configuration and what operators want.
	ConfigChange = admin.ConfigChange
	// ConfigChanges are all differences of that kind.
	ConfigChanges = admin.ConfigChanges
	// ConfigDiff compares what the file says now, what was declared and what runs.
	ConfigDiff = admin.ConfigDiff
	// ConfigDifference is a value that is not the same in all three.
	ConfigDifference = admin.ConfigDifference
	// ConfigExport is a file that declares what runs.
	ConfigExport = admin.ConfigExport
	// EarningList is what the spread has earned: Earnings, and their sums by asset.
	EarningList = admin.EarningList
	Earning     = admin.Earning
	AssetAmount = admin.AssetAmount
	// Explanation is why packets to an address go where they go.
	Explanation = admin.Explanation
	// InvitationList are the invitations that wait to be accepted.
	InvitationList = admin.InvitationList
	// NewInvitation is an invitation that was made, with its text.
	NewInvitation = admin.NewInvitation
	// OpenInvitation is an invitation that waits to be accepted.
	OpenInvitation = admin.OpenInvitation
	// Live reports that the connector serves requests.
	Live = admin.Live
	// OrderedMap is a JSON object whose members keep their order.
	OrderedMap[T any] = admin.OrderedMap[T]
	// Outage is the state of a link that is not connected.
	Outage = admin.Outage
	// Pong is a ping that came back.
	Pong = admin.Pong
	// Problem is what an operator should know of an account.
	Problem = admin.Problem
	// PinnedRate is the price that was set for a pair, and the one from before.
	PinnedRate = admin.PinnedRate
	// PostedPrices are prices that were set.
	PostedPrices = admin.PostedPrices
	// RateOverrides is what operators do with the rates, or should look at. It has RatePins, RatePauses
	// and HeldPrices. RateOverride says when and why a pin or a pause was made.
	RateOverrides = admin.RateOverrides
	RateOverride  = admin.RateOverride
	RatePin       = admin.RatePin
	RatePause     = admin.RatePause
	RatePair      = admin.RatePair
	HeldPrice     = admin.HeldPrice
	// RateFraction is an exact number, and the same as a decimal.
	RateFraction = admin.Fraction
	// RateExplanation is how a rate comes about. Each of its two RateParties has a RatePrice.
	RateExplanation = admin.RateExplanation
	RateParty       = admin.RateParty
	RatePrice       = admin.RatePrice
	// Rates is the exchange rates between accounts. RateOrNot is one of them.
	Rates     = admin.Rates
	RateOrNot = admin.RateOrNot
	// Pause is a pause of the node, of the accounts of an asset, of the destinations under a
	// prefix, or of one account. Its PauseOf names it, and Pauses are all of them.
	Pause      = admin.Pause
	PauseOf    = admin.PauseOf
	PauseScope = admin.PauseScope
	Pauses     = admin.Pauses
	// Ready reports whether peers should send the connector packets.
	Ready = admin.Ready
	// Rejection counts packets that were rejected with one code for one cause.
	Rejection = admin.Rejection
	// RejectionList are the rejections of all accounts or of one.
	RejectionList = admin.RejectionList
	// Reloaded says what a reload has changed.
	Reloaded = admin.Reloaded
	// ResumedRoutes is what was held back of a neighbor's routes.
	ResumedRoutes = admin.ResumedRoutes
	// Routing is the state of the routing protocol.
	Routing = admin.Routing
	// RoutingPeer is the exchange of routes with a neighbor.
	RoutingPeer = admin.RoutingPeer
	// Settlement is a payment to a counterparty.
	Settlement = admin.Settlement
	// RunningConfig is the configuration that runs.
	RunningConfig = admin.RunningConfig
	// SettlementList are the payments outside Interledger, in both directions.
	SettlementList = admin.SettlementList
	// Status is balances, connections and routes in brief.
	Status = admin.Status
	// Time is a moment. In JSON it has the form of JavaScript.
	Time = admin.Time
	// Version is the version and the build of a program.
	Version = admin.Version
)

// ChildrenMax is the largest number of clients that Client.Children returns.
const ChildrenMax = admin.ChildrenMax

// EarningsMax is the largest number of clients of which Client.Earnings returns what they have earned.
const EarningsMax = admin.EarningsMax

// AuditMax is the largest number of changes that Client.Audit returns.
const AuditMax = admin.AuditMax

// TokenFileName is the name of the file with a generated token, in the folder of the store.
// TokenFileBytesMax is the size of the largest file of a token.
const (
	TokenFileName     = admin.TokenFileName
	TokenFileBytesMax = admin.TokenFileBytesMax
)

// The scopes of pauses.
const (
	PausedNode   = admin.PausedNode
	PausedAsset  = admin.PausedAsset
	PausedPrefix = admin.PausedPrefix
)
