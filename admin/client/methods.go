package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ilp-go/connector/admin"
)

// OwnVersion is that of the program that asks.
func OwnVersion() Version { return admin.OwnVersion() }

// Status is the connector at a glance.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/status")
}

// Accounts is the accounts, and how they are doing.
func (c *Client) Accounts(ctx context.Context) (AccountList, error) {
	return get[AccountList](ctx, c, "/accounts")
}

// AddAccount adds an account until the connector is restarted. Options is its
// configuration, as it stands under its id in CONNECTOR_ACCOUNTS.
func (c *Client) AddAccount(ctx context.Context, id string, options json.RawMessage) (Added, error) {
	body := struct {
		ID      string          `json:"id"`
		Options json.RawMessage `json:"options"`
	}{id, options}
	var a Added
	err := c.exchange(ctx, http.MethodPost, "/addAccount", body, &a)
	return a, err
}

// Balances is the balances of the accounts that have one.
func (c *Client) Balances(ctx context.Context) (Balances, error) {
	return get[Balances](ctx, c, "/balance")
}

// AdjustBalance adds diff, a whole number of base units, to the balance of an account.
// The reason, which may be empty, goes into the audit log.
func (c *Client) AdjustBalance(ctx context.Context, id, diff, reason string) error {
	body := struct {
		AccountID  string `json:"accountId"`
		AmountDiff string `json:"amountDiff"`
		Reason     string `json:"reason,omitempty"`
	}{id, diff, reason}
	return c.exchange(ctx, http.MethodPost, "/balance", body, nil)
}

// SettlementsPath is where the settlements of an account are, with its latest receipts;
// or those of all accounts, if the id is empty.
func SettlementsPath(id string) string {
	if id == "" {
		return "/settlements"
	}
	return "/settlements?account=" + url.QueryEscape(id)
}

// Settlements is what was settled with an account, or with all if the id is empty.
func (c *Client) Settlements(ctx context.Context, id string) (SettlementList, error) {
	return get[SettlementList](ctx, c, SettlementsPath(id))
}

// SettleNow begins to settle all that an account owes, and does not wait for that. The
// reason, which may be empty, goes into the audit log.
func (c *Client) SettleNow(ctx context.Context, id, reason string) error {
	body := struct {
		AccountID string `json:"accountId"`
		Reason    string `json:"reason,omitempty"`
	}{id, reason}
	return c.exchange(ctx, http.MethodPost, "/settlements", body, nil)
}

// ResolveSettlement ends a settlement of which nobody knows whether it was paid. The
// reason, which must not be empty, goes into the audit log.
func (c *Client) ResolveSettlement(ctx context.Context, id, settlement string, paid bool, reason string) error {
	body := struct {
		Paid   bool   `json:"paid"`
		Reason string `json:"reason"`
	}{paid, reason}
	return c.exchange(ctx, http.MethodPost, "/settlements/"+url.PathEscape(id)+"/"+url.PathEscape(settlement), body, nil)
}

// AuditPath is where the latest changes are, at most limit of them: of an account, or of
// all if the id is empty.
func AuditPath(limit int, id string) string {
	path := "/audit?limit=" + strconv.Itoa(limit)
	if id != "" {
		path += "&account=" + url.QueryEscape(id)
	}
	return path
}

// Audit is the latest changes, latest first.
func (c *Client) Audit(ctx context.Context, limit int, id string) (AuditLog, error) {
	return get[AuditLog](ctx, c, AuditPath(limit, id))
}

// Rates is the exchange rates between all accounts.
func (c *Client) Rates(ctx context.Context) (Rates, error) {
	return get[Rates](ctx, c, "/rates")
}

// Routing is the state of the routing protocol.
func (c *Client) Routing(ctx context.Context) (Routing, error) {
	return get[Routing](ctx, c, "/routing")
}

// Neighbors is the sessions of the routing protocol, by account.
func (c *Client) Neighbors(ctx context.Context) (map[string]RoutingPeer, error) {
	routing, err := get[struct { // of the routes, which may be many, nothing is kept
		Peers map[string]RoutingPeer `json:"peers"`
	}](ctx, c, "/routing")
	return routing.Peers, err
}

// Explain says why packets to an ILP address go where they go.
func (c *Client) Explain(ctx context.Context, address string) (Explanation, error) {
	return get[Explanation](ctx, c, "/routes/"+url.PathEscape(address))
}

// Alerts is what an operator should look at.
func (c *Client) Alerts(ctx context.Context) (Alerts, error) {
	return get[Alerts](ctx, c, "/alerts")
}

// DismissAlert forgets an alert.
func (c *Client) DismissAlert(ctx context.Context, id int64) error {
	return c.exchange(ctx, http.MethodDelete, "/alerts/"+strconv.FormatInt(id, 10), nil, nil)
}

// Ready is whether the connector should be sent packets.
func (c *Client) Ready(ctx context.Context) (Ready, error) {
	var r Ready
	status, answer, err := c.send(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		return r, err
	}
	if status == http.StatusServiceUnavailable && json.Valid(answer) {
		status = http.StatusOK // it is the answer, and it is no
	}
	err = c.read("/readyz", status, answer, &r)
	return r, err
}

// Version is what the connector was built of.
func (c *Client) Version(ctx context.Context) (Version, error) {
	return get[Version](ctx, c, "/version")
}

// Ping sends a packet to a destination that echoes it. An answer that says no is a
// *Rejected.
func (c *Client) Ping(ctx context.Context, destination string) (Pong, error) {
	body := struct {
		Destination string `json:"destination"`
	}{destination}
	var p Pong
	status, answer, err := c.send(ctx, http.MethodPost, "/ping", body)
	if err != nil {
		return p, err
	}
	var no Rejected
	if status == http.StatusBadGateway && json.Unmarshal(answer, &no) == nil {
		return p, &no
	}
	err = c.read("/ping", status, answer, &p)
	return p, err
}

// Rejected is a ping that somebody on the way has said no to. All but the
// destination is what a remote party wrote.
type Rejected admin.PingRejected

// Error says by whom and why. What remote parties wrote is quoted where it could
// do something to a terminal.
func (r *Rejected) Error() string {
	return fmt.Sprintf("%s rejected by %s: %s %s", r.Destination, Printable(r.TriggeredBy), Printable(r.Code), Printable(r.Message))
}

// get reads a document.
func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var document T
	err := c.Get(ctx, path, &document)
	return document, err
}

var _ error = (*Rejected)(nil)
