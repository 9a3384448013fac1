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

// OwnVersion returns the version of the calling program.
func OwnVersion() Version { return admin.OwnVersion() }

// Status returns balances, connections and routes in brief.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/status")
}

// Accounts returns the accounts and the states of their links.
func (c *Client) Accounts(ctx context.Context) (AccountList, error) {
	return get[AccountList](ctx, c, "/accounts")
}

// Balances returns the balances of the accounts that have one.
func (c *Client) Balances(ctx context.Context) (Balances, error) {
	return get[Balances](ctx, c, "/balance")
}

// Balance returns the balance of an account, which may be a client of another one, or the one that
// is stored under the id and belongs to no present account. Both are empty if there is none.
func (c *Client) Balance(ctx context.Context, id string) (Balances, error) {
	return get[Balances](ctx, c, "/balance?account="+url.QueryEscape(id))
}

// AdjustBalance adds diff, a whole number of base units, to the balance of an account.
// The audit log gets the reason, which may be empty.
func (c *Client) AdjustBalance(ctx context.Context, id, diff, reason string) error {
	body := struct {
		AccountID  string `json:"accountId"`
		AmountDiff string `json:"amountDiff"`
		Reason     string `json:"reason,omitempty"`
	}{id, diff, reason}
	return c.exchange(ctx, http.MethodPost, "/balance", body, nil)
}

// MoveBalance moves the whole balance that is stored under an id, and that no account has, to
// an account. The audit log gets the reason, which may be empty.
func (c *Client) MoveBalance(ctx context.Context, from, to, reason string) error {
	body := struct {
		From   string `json:"from"`
		To     string `json:"to"`
		Reason string `json:"reason,omitempty"`
	}{from, to, reason}
	return c.exchange(ctx, http.MethodPost, "/balance/move", body, nil)
}

// ImportBalances sets the balances of accounts, all of them or none.
func (c *Client) ImportBalances(ctx context.Context, i BalanceImport) (BalancesImported, error) {
	var done BalancesImported
	err := c.exchange(ctx, http.MethodPost, "/balance/import", i, &done)
	return done, err
}

// SettlementsPath returns the path of the settlements of an account, or of all if the id is
// empty.
func SettlementsPath(id string) string {
	if id == "" {
		return "/settlements"
	}
	return "/settlements?account=" + url.QueryEscape(id)
}

// Settlements returns the settlements of an account and its latest receipts. If the id is
// empty, it returns the settlements of all accounts.
func (c *Client) Settlements(ctx context.Context, id string) (SettlementList, error) {
	return get[SettlementList](ctx, c, SettlementsPath(id))
}

// SettleNow begins to pay all that we owe to an account. It does not wait for the end. The
// audit log gets the reason, which may be empty.
func (c *Client) SettleNow(ctx context.Context, id, reason string) error {
	body := struct {
		AccountID string `json:"accountId"`
		Reason    string `json:"reason,omitempty"`
	}{id, reason}
	return c.exchange(ctx, http.MethodPost, "/settlements", body, nil)
}

// WriteOff takes all that we owe off the balance of an account that nothing pays. It moves no
// money. The audit log gets the reason, which may be empty.
func (c *Client) WriteOff(ctx context.Context, id, reason string) error {
	body := struct {
		AccountID string `json:"accountId"`
		WriteOff  bool   `json:"writeOff"`
		Reason    string `json:"reason,omitempty"`
	}{id, true, reason}
	return c.exchange(ctx, http.MethodPost, "/settlements", body, nil)
}

// ResolveSettlement records the outcome of a settlement whose outcome is unknown. The audit
// log gets the reason, which must not be empty.
func (c *Client) ResolveSettlement(ctx context.Context, id, settlement string, paid bool, reason string) error {
	body := struct {
		Paid   bool   `json:"paid"`
		Reason string `json:"reason"`
	}{paid, reason}
	return c.exchange(ctx, http.MethodPost, "/settlements/"+url.PathEscape(id)+"/"+url.PathEscape(settlement), body, nil)
}

// ChannelsPath returns the path of the payment channels of an account, or of all if the id is empty.
func ChannelsPath(id string) string {
	if id == "" {
		return "/channels"
	}
	return "/channels/" + url.PathEscape(id)
}

// Channels returns the payment channels of all accounts.
func (c *Client) Channels(ctx context.Context) (ChannelList, error) {
	return get[ChannelList](ctx, c, ChannelsPath(""))
}

// AccountChannels returns the payment channels of an account, with what the ledger says of our funds.
func (c *Client) AccountChannels(ctx context.Context, id string) (AccountChannels, error) {
	return get[AccountChannels](ctx, c, ChannelsPath(id))
}

// FundChannel puts drops into our channel to the peer of an account, and waits until they are there, for 30
// seconds at most. If before is not empty, the channel must hold that many drops now, so a request that is sent
// twice funds once. The audit log gets the reason, which may be empty.
func (c *Client) FundChannel(ctx context.Context, id, drops, before, reason string) (done ChannelChanged, err error) {
	body := struct {
		Amount   string `json:"amount"`
		Capacity string `json:"capacity,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}{drops, before, reason}
	return done, c.exchange(ctx, http.MethodPost, ChannelsPath(id)+"/fund", body, &done)
}

// ChangeChannel takes another step: ClaimChannel, CloseChannel or OpenChannel of package admin.
func (c *Client) ChangeChannel(ctx context.Context, id string, step ChannelStep, reason string) (done ChannelChanged, err error) {
	body := struct {
		Reason string `json:"reason,omitempty"`
	}{reason}
	return done, c.exchange(ctx, http.MethodPost, ChannelsPath(id)+"/"+string(step), body, &done)
}

// AuditPath returns the path of the latest changes, at most limit: of an account, or of all
// if the id is empty.
func AuditPath(limit int, id string) string {
	path := "/audit?limit=" + strconv.Itoa(limit)
	if id != "" {
		path += "&account=" + url.QueryEscape(id)
	}
	return path
}

// Audit returns the latest changes, at most limit, latest first: of an account, or of all if
// the id is empty.
func (c *Client) Audit(ctx context.Context, limit int, id string) (AuditLog, error) {
	return get[AuditLog](ctx, c, AuditPath(limit, id))
}

// RejectionsPath returns the path of the rejections of an account, or of all if the id is
// empty.
func RejectionsPath(id string) string {
	if id == "" {
		return "/rejections"
	}
	return "/rejections?account=" + url.QueryEscape(id)
}

// Rejections returns the packets that were rejected since the connector started, of an account
// or, if the id is empty, of all.
func (c *Client) Rejections(ctx context.Context, id string) (RejectionList, error) {
	return get[RejectionList](ctx, c, RejectionsPath(id))
}

// EarningsQuery says of what GET /earnings shows what the spread has earned: of an account or
// client, or of each client of an account, or of all accounts if both are empty.
type EarningsQuery struct {
	Account, Clients string
	After            string // shows the clients whose ids follow
	Limit            int    // clients to show, 0 for the default
}

// EarningsPath returns the path of what the spread has earned.
func EarningsPath(q EarningsQuery) string {
	values := url.Values{}
	for key, value := range map[string]string{"account": q.Account, "clients": q.Clients, "after": q.After} {
		if value != "" {
			values.Set(key, value)
		}
	}
	if q.Limit != 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if len(values) == 0 {
		return "/earnings"
	}
	return "/earnings?" + values.Encode()
}

// Earnings returns what the spread has earned.
func (c *Client) Earnings(ctx context.Context, q EarningsQuery) (EarningList, error) {
	return get[EarningList](ctx, c, EarningsPath(q))
}

// Routing returns the state of the routing protocol.
func (c *Client) Routing(ctx context.Context) (Routing, error) {
	return get[Routing](ctx, c, "/routing")
}

// Neighbors returns the sessions with the neighbors, by account.
func (c *Client) Neighbors(ctx context.Context) (map[string]RoutingPeer, error) {
	routing, err := get[struct { // skips the routes, which may be many
		Peers map[string]RoutingPeer `json:"peers"`
	}](ctx, c, "/routing")
	return routing.Peers, err
}

// Explain returns why packets to an ILP address go where they go.
func (c *Client) Explain(ctx context.Context, address string) (Explanation, error) {
	return get[Explanation](ctx, c, "/routes/"+url.PathEscape(address))
}

// ResumeRoutes ends the suspension of a neighbor and the damping of its routes. The audit log
// gets the reason, which may be empty.
func (c *Client) ResumeRoutes(ctx context.Context, id, reason string) (ResumedRoutes, error) {
	body := struct {
		AccountID string `json:"accountId"`
		Reason    string `json:"reason,omitempty"`
	}{id, reason}
	var resumed ResumedRoutes
	err := c.exchange(ctx, http.MethodPost, "/routing/resume", body, &resumed)
	return resumed, err
}

// Alerts returns the problems that need an operator.
func (c *Client) Alerts(ctx context.Context) (Alerts, error) {
	return get[Alerts](ctx, c, "/alerts")
}

// AllAlerts returns the problems that need an operator, and the latest that have ended.
func (c *Client) AllAlerts(ctx context.Context) (Alerts, error) {
	return get[Alerts](ctx, c, "/alerts?all=true")
}

// DismissAllAlerts dismisses all alerts that are raised, and returns them.
func (c *Client) DismissAllAlerts(ctx context.Context) (dismissed Alerts, err error) {
	return dismissed, c.exchange(ctx, http.MethodDelete, "/alerts?all=true", nil, &dismissed)
}

// DismissAlert dismisses an alert. Dismissing an alert twice succeeds.
func (c *Client) DismissAlert(ctx context.Context, id int64) error {
	return c.exchange(ctx, http.MethodDelete, "/alerts/"+strconv.FormatInt(id, 10), nil, nil)
}

// Live returns an error unless the connector serves requests. It needs no token.
func (c *Client) Live(ctx context.Context) error {
	live, err := get[Live](ctx, c, "/livez")
	if err == nil && !live.Alive {
		err = fmt.Errorf("%s/livez does not answer like an admin API", c.base)
	}
	return err
}

// Ready returns whether peers should send the connector packets, and if not, why. The
// connector tells the reasons only to clients with its token, if it has one.
func (c *Client) Ready(ctx context.Context) (Ready, error) {
	var r Ready
	status, answer, err := c.send(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		return r, err
	}
	if status == http.StatusServiceUnavailable && json.Valid(answer) {
		status = http.StatusOK // the answer is no, which is no error
	}
	err = c.read("/readyz", status, answer, &r)
	return r, err
}

// Version returns the version of the connector.
func (c *Client) Version(ctx context.Context) (Version, error) {
	return get[Version](ctx, c, "/version")
}

// Reload makes the connector read its configuration again. Accounts that leave a balance behind
// are removed only with force.
func (c *Client) Reload(ctx context.Context, force bool) (done Reloaded, err error) {
	path := "/reload"
	if force {
		path += "?force=true"
	}
	return done, c.exchange(ctx, http.MethodPost, path, nil, &done)
}

// Ping sends a packet to a destination that echoes it. If a connector on the way rejects the
// packet, the error is a *Rejected.
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

// Rejected is the error of a ping that a connector on the way rejected. A remote party wrote
// all fields but the destination.
type Rejected admin.PingRejected

// Error returns which connector rejected the ping, and why. Printable makes the words of
// remote parties safe for a terminal.
func (r *Rejected) Error() string {
	if r.TriggeredBy == "" {
		return fmt.Sprintf("%s rejected: %s %s", r.Destination, Printable(r.Code), Printable(r.Message))
	}
	return fmt.Sprintf("%s rejected by %s: %s %s", r.Destination, Printable(r.TriggeredBy), Printable(r.Code), Printable(r.Message))
}

// get reads a document.
func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var document T
	err := c.Get(ctx, path, &document)
	return document, err
}

var _ error = (*Rejected)(nil)
