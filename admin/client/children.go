package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ChildQuery selects the clients of an account.
type ChildQuery struct {
	// After is the name behind which the page begins, empty for the first page.
	After string
	// Limit is the number of clients on the page, at most ChildrenMax. 0 is 100.
	Limit int
	// Connected selects those that are connected, or if it is false the others. Nil is all.
	Connected *bool
}

// ChildrenPath returns the path of a page of the clients of an account.
func ChildrenPath(parent string, q ChildQuery) string {
	values := make(url.Values)
	if q.After != "" {
		values.Set("after", q.After)
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Connected != nil {
		values.Set("connected", strconv.FormatBool(*q.Connected))
	}
	path := "/accounts/" + url.PathEscape(parent) + "/children"
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	return path
}

// Children returns a page of the clients of an account that are accounts, in the order of their
// names.
func (c *Client) Children(ctx context.Context, parent string, q ChildQuery) (ChildList, error) {
	return get[ChildList](ctx, c, ChildrenPath(parent, q))
}

// AccountPath returns the path of an account, which may be a client of another one.
func AccountPath(id string) string { return "/accounts/" + url.PathEscape(id) }

// Account returns all that is known of an account, which may be a client of another one. It does not
// ask the plugin of the account for its admin info.
func (c *Client) Account(ctx context.Context, id string) (AccountDetails, error) {
	document, err := get[json.RawMessage](ctx, c, AccountPath(id)+WithoutInfo)
	if err != nil {
		return AccountDetails{}, err
	}
	d, err := ReadAccount(document)
	return d.AccountDetails, err
}

// WithoutInfo is the query of an account whose plugin is not asked for its admin info.
const WithoutInfo = "?info=false"

// ReadAccount reads the answer about one account. If its plugin has no admin info, or was not asked,
// the Info of the PluginDetails is empty. That of its AccountDetails is the configuration in any case.
func ReadAccount(document []byte) (d PluginDetails, err error) {
	var has struct {
		Configuration json.RawMessage `json:"configuration"`
	}
	if err := json.Unmarshal(document, &has); err != nil {
		return d, err
	}
	if has.Configuration == nil {
		return d, json.Unmarshal(document, &d.AccountDetails)
	}
	err = json.Unmarshal(document, &d)
	d.AccountDetails.Info = d.Configuration
	return d, err
}

// AddChild lets a client in with a token. If the token is empty, the connector makes one. The audit
// log gets the reason, which may be empty.
func (c *Client) AddChild(ctx context.Context, parent, name, token, reason string) (AddedChild, error) {
	body := struct {
		Name   string `json:"name"`
		Token  string `json:"token,omitempty"`
		Reason string `json:"reason,omitempty"`
	}{name, token, reason}
	var added AddedChild
	err := c.exchange(ctx, http.MethodPost, ChildrenPath(parent, ChildQuery{}), body, &added)
	return added, err
}

// ChildLinesMax bounds the lines of one AddChildren, in bytes.
const ChildLinesMax = 1 << 20

// AddChildren lets many clients in: each line is {"name":"alice","token":"secret"}, in which the
// token may be left out. It returns what became of each. The audit log gets the reason, which may
// be empty.
func (c *Client) AddChildren(ctx context.Context, parent string, lines []byte, reason string) ([]ChildLine, error) {
	path := ChildrenPath(parent, ChildQuery{})
	if reason != "" {
		path += "?reason=" + url.QueryEscape(reason)
	}
	status, answer, err := c.sendBytes(ctx, http.MethodPost, path, "application/x-ndjson", lines)
	if err != nil {
		return nil, err
	}
	if status >= http.StatusMultipleChoices {
		return nil, c.errorOf(status, answer)
	}
	var all []ChildLine
	for line := range bytes.Lines(answer) {
		var l ChildLine
		if err := c.read(path, status, line, &l); err != nil {
			return all, err
		}
		all = append(all, l)
	}
	return all, nil
}

// BlockChild keeps a client out, or lets it in again. The audit log gets the reason, which may be
// empty.
func (c *Client) BlockChild(ctx context.Context, parent, name string, blocked bool, reason string) error {
	body := struct {
		Blocked bool   `json:"blocked"`
		Reason  string `json:"reason,omitempty"`
	}{blocked, reason}
	return c.exchange(ctx, http.MethodPatch, childPath(parent, name), body, nil)
}

// RotateChild gives a client another token. If that is empty, the connector makes one, and the
// answer has it. The former token stays valid for oldValidFor. The audit log gets the reason, which
// may be empty.
func (c *Client) RotateChild(ctx context.Context, parent, name, token string, oldValidFor time.Duration, reason string) (RotatedChild, error) {
	body := struct {
		Token       string `json:"token,omitempty"`
		Rotate      bool   `json:"rotate,omitempty"`
		OldValidFor string `json:"oldValidFor"`
		Reason      string `json:"reason,omitempty"`
	}{token, token == "", oldValidFor.String(), reason}
	rotated := RotatedChild{Name: name, ID: parent + "." + name}
	if token != "" {
		return rotated, c.exchange(ctx, http.MethodPatch, childPath(parent, name), body, nil)
	}
	err := c.exchange(ctx, http.MethodPatch, childPath(parent, name), body, &rotated)
	return rotated, err
}

// RemoveChild removes a client and its account. Unless it is forced, it fails if the balance is not
// 0 or a settlement is open. The audit log gets the reason, which may be empty.
func (c *Client) RemoveChild(ctx context.Context, parent, name string, force bool, reason string) error {
	path := childPath(parent, name)
	if force {
		path += "?force=true"
	}
	var body any
	if reason != "" {
		body = map[string]string{"reason": reason}
	}
	return c.exchange(ctx, http.MethodDelete, path, body, nil)
}

func childPath(parent, name string) string {
	return ChildrenPath(parent, ChildQuery{}) + "/" + url.PathEscape(name)
}
