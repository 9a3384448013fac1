package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) balanceCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "balance [account]",
		Short: "Show what is owed; positive is their debt to us",
		Long: "Show what is owed, in base units of each account; positive is their debt to us.\n" +
			"The balance is what is posted and what packets from the account wait with.",
		Args: takes(0, 1, "one account at most"),
	}
	r := p.asks(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		balances, err := c.Balances(command.Context())
		if err != nil {
			return err
		}
		if len(args) == 0 && r.json {
			return r.show(balances)
		}
		if len(args) == 0 {
			if err := r.balances(command.Context(), c, balances.Accounts); err != nil {
				return err
			}
			return r.former(balances.Former)
		}
		for _, f := range balances.Former {
			if f.AccountID != args[0] {
				continue
			}
			if r.json {
				return r.show(f)
			}
			return r.former([]client.FormerBalance{f})
		}
		b, err := pick(balances.Accounts, "balance", args[0])
		if err != nil {
			return err
		}
		if r.json {
			return r.show(b)
		}
		return r.balances(command.Context(), c, client.OrderedMap[client.Balance]{{Name: args[0], Value: b}})
	}
	command.AddCommand(r.adjustCommand())
	return command
}

func (r *remote) balances(ctx context.Context, c *client.Client, balances client.OrderedMap[client.Balance]) error {
	list, err := c.Accounts(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, m := range balances {
		b := m.Value
		a, _ := list.Accounts.Find(m.Name)
		worth := strings.TrimSpace(inUnits(b.Balance, int(a.Info.AssetScale)) + " " + a.Info.AssetCode)
		rows = append(rows, []string{m.Name, b.Balance, worth, b.Minimum, b.Maximum, b.PendingIn, b.PendingOut, b.Settling})
	}
	return table(r.stdout, []string{
		"ACCOUNT", "BALANCE", "WORTH", "MINIMUM", "MAXIMUM", "PENDING IN", "PENDING OUT", "SETTLING",
	}, rows)
}

// former shows what is left of accounts that have no balance now, if anything.
func (r *remote) former(balances []client.FormerBalance) error {
	if len(balances) == 0 {
		return nil
	}
	r.printf("\nleft of former accounts:\n")
	var rows [][]string
	for _, b := range balances {
		worth := strings.TrimSpace(inUnits(b.Posted, int(b.AssetScale)) + " " + b.AssetCode)
		rows = append(rows, []string{b.AccountID, b.Posted, worth})
	}
	return table(r.stdout, []string{"ACCOUNT", "BALANCE", "WORTH"}, rows)
}

// adjustCommand edits a balance. Its flags stand before the account, so that a
// negative difference is not taken for one.
func (r *remote) adjustCommand() *cobra.Command {
	command := &cobra.Command{
		Use:               "adjust account difference",
		Short:             "Add a difference, in base units and of either sign, to a balance",
		Example:           "  ilp-connector balance adjust --reason 'paid in cash' alice -250",
		Args:              takes(2, 2, "an account and a difference"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().SetInterspersed(false)
	reason := reasonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		return r.adjust(command.Context(), args[0], args[1], *reason)
	}
	return command
}

func (r *remote) adjust(ctx context.Context, id, diff, reason string) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	if err := c.AdjustBalance(ctx, id, diff, reason); err != nil {
		return err
	}
	balances, err := c.Balances(ctx)
	if err != nil {
		return err
	}
	if b, there := balances.Accounts.Find(id); there {
		return r.adjusted(id, b.Balance, b)
	}
	posted := "0" // then it is listed no more
	for _, f := range balances.Former {
		if f.AccountID == id {
			posted = f.Posted
		}
	}
	return r.adjusted(id, posted, client.FormerBalance{AccountID: id, Posted: posted})
}

func (r *remote) adjusted(id, balance string, whole any) error {
	if r.json {
		return r.show(whole)
	}
	r.printf("the balance of %s is %s\n", id, balance)
	return nil
}

// pick is the member of an object, or an error that tells what there is.
func pick[T any](of client.OrderedMap[T], what, id string) (T, error) {
	value, there := of.Find(id)
	if there {
		return value, nil
	}
	names := make([]string, len(of))
	for i, m := range of {
		names[i] = m.Name
	}
	if len(names) == 0 {
		return value, fmt.Errorf("no account has a %s", what)
	}
	return value, fmt.Errorf("there is no %s of an account %q; there is one of: %s", what, id, strings.Join(names, ", "))
}
