package client

import "github.com/ilp-go/connector/admin"

// What the API answers goes by the same names here, so that a client need not
// import what serves it.
type (
	// Account is an account and how its link is doing.
	Account = admin.Account
	// AccountList is all of them.
	AccountList = admin.AccountList
	// Added is an account that was added.
	Added = admin.Added
	// Alert is something an operator should look at.
	Alert = admin.Alert
	// Alerts is all of them.
	Alerts = admin.Alerts
	// AuditEntry is a change that was made, or that somebody tried to make.
	AuditEntry = admin.AuditEntry
	// AuditLog is the latest of them.
	AuditLog = admin.AuditLog
	// Balance is what an account owes, or is owed.
	Balance = admin.Balance
	// Balances is all of them.
	Balances = admin.Balances
	// Former is a balance that no account has.
	Former = admin.Former
	// Candidate is a route that could be taken.
	Candidate = admin.Candidate
	// Explanation says why packets to an address go where they go.
	Explanation = admin.Explanation
	// Object is a JSON object whose members keep their order.
	Object[T any] = admin.Object[T]
	// Pong is a ping that came back.
	Pong = admin.Pong
	// Rates is the exchange rates between all accounts.
	Rates = admin.Rates
	// Ready is whether the connector should be sent packets.
	Ready = admin.Ready
	// Routing is the state of the routing protocol.
	Routing = admin.Routing
	// RoutingPeer is the part of it that is about one neighbor.
	RoutingPeer = admin.RoutingPeer
	// Settlement is a payment to a counterparty.
	Settlement = admin.Settlement
	// SettlementList is what was paid outside Interledger, in both directions.
	SettlementList = admin.SettlementList
	// Status is the connector at a glance.
	Status = admin.Status
	// Time is a moment in the form of JavaScript.
	Time = admin.Time
	// Version is what a program was built of.
	Version = admin.Version
)

// TokenFileName is what the file with a token that the connector made up is called,
// in the folder of its store.
const TokenFileName = admin.TokenFileName
