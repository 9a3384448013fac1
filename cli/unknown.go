package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/admin/client"
)

// The texts of the API about an account that does not exist, and about one without a balance.
const (
	unknownText   = "unknown account id. accountId="
	noBalanceText = "account not found. accountId="
	notThereText  = "there is no account "
)

// namedMax is how many names an error lists.
const namedMax = 20

// noneOf returns the error for a thing that does not exist, with the names of those that do.
func noneOf(what, id string, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("there is no %s %q, and no other", what, id)
	}
	return fmt.Errorf("there is no %s %q; there are: %s", what, id, listed(names))
}

// listed returns names in a row, the first namedMax of them.
func listed(names []string) string {
	if more := len(names) - namedMax; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namedMax], ", "), more)
	}
	return strings.Join(names, ", ")
}

// unknown returns the error for an account that does not exist. It returns nil if the account
// exists.
func unknown(ctx context.Context, c *client.Client, id string) error {
	accounts, err := c.Accounts(ctx)
	if err != nil {
		return err
	}
	if _, there := accounts.Accounts.Find(id); there {
		return nil
	}
	if child, err := childAccount(ctx, c, id); err != nil || child != nil {
		return err
	}
	return noneOf("account", id, namesOf(accounts.Accounts))
}

// isFormer reports whether a balance is stored under the id of an account that does not exist,
// or has none.
func isFormer(balances client.Balances, id string) bool {
	return slices.ContainsFunc(balances.Former, func(f client.FormerBalance) bool { return f.AccountID == id })
}

// inOurWords returns the error of a command. If the API does not know an account, or knows no
// balance of it, the error says so in the words of all commands. The API has the words of the
// reference.
func inOurWords(ctx context.Context, c *client.Client, err error) error {
	var refused *client.Error
	if !errors.As(err, &refused) {
		return err
	}
	if id, is := strings.CutPrefix(refused.Text, noBalanceText); is {
		return fmt.Errorf("account %s has no balance: there is no balance block in its configuration", id)
	}
	if id, is := strings.CutPrefix(refused.Text, unknownText); is {
		if clearer := unknown(ctx, c, id); clearer != nil {
			return clearer
		}
	}
	if quoted, is := strings.CutPrefix(refused.Text, notThereText); is {
		if id, bad := strconv.Unquote(quoted); bad == nil {
			if clearer := unknown(ctx, c, id); clearer != nil {
				return clearer
			}
		}
	}
	return err
}
