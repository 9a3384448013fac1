package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/ilp-go/connector/admin/client"
)

// The lists of the API have no clients that are accounts, because there may be very many. This
// file asks for one of them where its id is not in a list.

// childAccount returns the document of the account of a client. It is nil if no client has that
// id.
func childAccount(ctx context.Context, c *client.Client, id string) (document json.RawMessage, err error) {
	if !strings.Contains(id, ".") { // the id is that of the account, a dot, and the name
		return nil, nil
	}
	err = c.Get(ctx, client.AccountPath(id), &document)
	if errors.As(err, new(*client.Error)) { // the API says so of all other ids
		return nil, nil
	}
	return document, err
}

// balanceOf returns the balance of an account, from the list of all or else of a client.
func balanceOf(ctx context.Context, c *client.Client, all client.OrderedMap[client.Balance], id string) (b client.Balance, there bool, err error) {
	if b, there = all.Find(id); there || !strings.Contains(id, ".") {
		return b, there, nil
	}
	one, err := c.Balance(ctx, id)
	if errors.As(err, new(*client.Error)) {
		return b, false, nil
	}
	b, there = one.Accounts.Find(id)
	return b, there, err
}

// unitOf returns the asset and the scale of an account, from the list of all or else of a client.
func unitOf(ctx context.Context, c *client.Client, all client.AccountList, id string) (asset string, scale int) {
	a, there := all.Accounts.Find(id)
	if !there && strings.Contains(id, ".") {
		child, _ := c.Account(ctx, id) // without it only the worth is missing
		a = child.Account
	}
	return a.Info.AssetCode, int(a.Info.AssetScale)
}
