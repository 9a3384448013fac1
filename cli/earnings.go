package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// earningsDefault is the number of clients that the command shows without --limit.
const earningsDefault = 100

func (p *program) earningsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "earnings [account]",
		Short: "Show what the spread has earned",
		Long: "Show what the spread has earned, by the account that the packets came from and the asset that was paid out.\n" +
			"A packet that is fulfilled earns what it would have been worth without the spread, less what it was worth.\n" +
			"The store keeps the sums. Without a store they begin anew at each start.",
		Example: p.example("earnings alice"),
		Args:    wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	limit := wholeNumber{earningsDefault, 1, client.EarningsMax}
	clients := command.Flags().Bool("clients", false, "show each client of the account")
	command.Flags().Var(&limit, "limit", fmt.Sprintf("`number` of clients to show, %d at most", client.EarningsMax))
	after := command.Flags().String("after", "", "show the clients whose ids follow this `id`")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		q := client.EarningsQuery{Account: strings.Join(args, "")}
		paged := command.Flags().Changed("limit") || command.Flags().Changed("after")
		switch {
		case *clients && len(args) == 0:
			return errors.New("--clients needs an account")
		case paged && !*clients:
			return errors.New("--limit and --after need --clients")
		case *clients:
			q = client.EarningsQuery{Clients: args[0], After: *after, Limit: limit.value}
		}
		if r.json {
			return r.printDocument(ctx, c, client.EarningsPath(q))
		}
		list, err := c.Earnings(ctx, q)
		if err != nil {
			return err
		}
		return r.printEarnings(list, time.Now())
	})
	return command
}

func (r *remote) printEarnings(list client.EarningList, now time.Time) error {
	if len(list.Totals) == 0 {
		r.printf("the spread has earned nothing\n")
		return nil
	}
	var rows [][]string
	row := func(of string, e client.AssetAmount, since string) {
		rows = append(rows, []string{of, e.AssetCode, inUnits(e.Amount, int(e.AssetScale)), e.Amount, fmt.Sprint(e.AssetScale), since})
	}
	for _, e := range list.Earnings {
		row(e.AccountID, e.AssetAmount, ago(e.Since, now))
	}
	for _, e := range list.Totals {
		row("total", e, "")
	}
	if err := r.printTable([]string{"ACCOUNT", "ASSET", "EARNED", "BASE UNITS", "SCALE", "SINCE"}, rows); err != nil {
		return err
	}
	if list.Next != "" {
		r.printf("there are more: add --after %s\n", list.Next)
	}
	return nil
}
