package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) balanceCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "balance [account]",
		Short: "Show the balances; positive means that the account owes us",
		Long: "Show the balances of all accounts, or of one, in base units. If a balance is positive, the account owes us.\n" +
			"The balance includes the amount that is held for packets from the account.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		balances, err := c.Balances(ctx)
		if err != nil {
			return err
		}
		if len(args) == 0 && r.json {
			return r.printJSON(balances)
		}
		if len(args) == 0 {
			if err := r.printBalances(ctx, c, balances.Accounts); err != nil {
				return err
			}
			if len(balances.Former) > 0 {
				r.printf("\n")
			}
			return r.printFormer(balances.Former)
		}
		for _, f := range balances.Former {
			if f.AccountID != args[0] {
				continue
			}
			if r.json {
				return r.printJSON(f)
			}
			return r.printFormer([]client.FormerBalance{f})
		}
		b, there, err := balanceOf(ctx, c, balances.Accounts, args[0])
		if err != nil {
			return err
		}
		if !there {
			return noBalance(ctx, c, balances, args[0])
		}
		if r.json {
			return r.printJSON(b)
		}
		return r.printBalances(ctx, c, client.OrderedMap[client.Balance]{{Name: args[0], Value: b}})
	})
	command.AddCommand(r.adjustCommand(), r.moveCommand(), r.importCommand())
	return command
}

func (r *remote) printBalances(ctx context.Context, c *client.Client, balances client.OrderedMap[client.Balance]) error {
	list, err := c.Accounts(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, m := range balances {
		b := m.Value
		asset, scale := unitOf(ctx, c, list, m.Name)
		worth := strings.TrimSpace(inUnits(b.Balance, scale) + " " + asset)
		rows = append(rows, []string{m.Name, b.Balance, worth, b.Minimum, b.Maximum, b.PendingIn, b.PendingOut, b.Settling})
	}
	return r.printTable([]string{
		"ACCOUNT", "BALANCE", "WORTH", "MINIMUM", "MAXIMUM", "PENDING IN", "PENDING OUT", "SETTLING",
	}, rows)
}

// printFormer prints the balances that belong to no present account, if there are any.
func (r *remote) printFormer(balances []client.FormerBalance) error {
	if len(balances) == 0 {
		return nil
	}
	var rows [][]string
	r.printf("balances of former accounts:\n")
	for _, b := range balances {
		worth := strings.TrimSpace(inUnits(b.Posted, int(b.AssetScale)) + " " + b.AssetCode)
		rows = append(rows, []string{b.AccountID, b.Posted, worth, b.Settling})
	}
	return r.printTable([]string{"ACCOUNT", "BALANCE", "WORTH", "SETTLING"}, rows)
}

// moveCommand moves a balance that no account has to an account.
func (r *remote) moveCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "move former-account account",
		Short: "Move the balance of a former account to an account",
		Long: "Move the whole balance of a former account, such as one that was renamed, to an account of the same asset and scale.\n" +
			"The former account must not be configured, or have no balance block. Its packets and settlements must have ended.",
		Example: r.example("balance move alice alice2 --reason renamed"),
		Args:    wantArgs(2, 2, "the id of a former account and that of an account"),
		ValidArgsFunction: func(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 { // the former account is none
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return r.completeAccounts(2)(command, args, begun)
		},
	}
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if err := c.MoveBalance(ctx, args[0], args[1], *reason); err != nil {
			return cannotMove(ctx, c, args[0], args[1], err)
		}
		balances, err := c.Balances(ctx)
		if err != nil {
			return err
		}
		b, _, err := balanceOf(ctx, c, balances.Accounts, args[1]) // the account may just be removed
		if err != nil {
			return err
		}
		return r.printAdjusted(args[1], b.Balance, b)
	})
	return command
}

// cannotMove returns the error of a move, and says so if the arguments seem to be swapped.
func cannotMove(ctx context.Context, c *client.Client, from, to string, err error) error {
	balances, asked := c.Balances(ctx)
	if asked != nil {
		return err
	}
	if _, there := balances.Accounts.Find(from); there && isFormer(balances, to) {
		return fmt.Errorf("the balance is not moved: the first argument, %s, is an account, and the second, %s, a former one; "+
			"give the former account first", from, to)
	}
	var refused *client.Error
	if errors.As(err, &refused) && refused.Text == unknownText+to {
		if missing := unknown(ctx, c, to); missing != nil {
			return fmt.Errorf("the balance is not moved: the second argument: %w", missing)
		}
	}
	return err
}

// noBalance returns the error for an account that does not exist, or has no balance.
func noBalance(ctx context.Context, c *client.Client, balances client.Balances, id string) error {
	if err := unknown(ctx, c, id); err != nil {
		return err
	}
	if len(balances.Accounts) == 0 {
		return fmt.Errorf("account %s has no balance, and no other account has one", id)
	}
	return fmt.Errorf("account %s has no balance; these have one: %s", id, listed(namesOf(balances.Accounts)))
}

// namesOf returns the names of the members of an object.
func namesOf[T any](of client.OrderedMap[T]) []string {
	names := make([]string, len(of))
	for i, m := range of {
		names[i] = m.Name
	}
	return names
}
