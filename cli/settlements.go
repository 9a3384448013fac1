package cli

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) settlementsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "settlements [account]",
		Short: "Show the payments to counterparties outside Interledger",
		Long: "Show the payments to counterparties outside Interledger, the open ones first.\n" +
			"For one account, show its payments to us as well.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		id := strings.Join(args, "")
		if r.json {
			return r.printDocument(ctx, c, client.SettlementsPath(id))
		}
		list, err := c.Settlements(ctx, id)
		if err != nil {
			return err
		}
		return r.printSettlements(list)
	})
	command.AddCommand(r.resolveCommand())
	return command
}

func (r *remote) printSettlements(list client.SettlementList) error {
	if len(list.Settlements) == 0 {
		r.printf("no settlements\n")
	} else if err := r.printPayments(list.Settlements, time.Now()); err != nil {
		return err
	}
	if len(list.Receipts) > 0 {
		rows := make([][]string, len(list.Receipts))
		for i, e := range list.Receipts {
			rows[i] = []string{e.ID, e.AccountID, inUnits(e.Amount, int(e.Scale)), e.Credited, ago(e.ReceivedAt, time.Now())}
		}
		r.printf("\n")
		if err := r.printTable([]string{"RECEIPT", "ACCOUNT", "PAID", "CREDITED", "RECEIVED"}, rows); err != nil {
			return err
		}
	}
	if len(list.Leftovers) == 0 {
		return nil
	}
	rows := make([][]string, len(list.Leftovers))
	for i, l := range list.Leftovers {
		rows[i] = []string{l.AccountID, inUnits(l.Amount, int(l.Scale))}
	}
	r.printf("\n")
	return r.printTable([]string{"ACCOUNT", "LEFTOVER"}, rows)
}

// printPayments prints the payments to counterparties.
func (r *remote) printPayments(list []client.Settlement, now time.Time) error {
	rows := make([][]string, len(list))
	for i, s := range list {
		rows[i] = []string{
			s.ID, s.AccountID, s.State, s.Amount, strings.TrimSpace(inUnits(s.Amount, int(s.Scale)) + " " + s.AssetCode),
			ago(s.CreatedAt, now), ago(s.UpdatedAt, now), strconv.Itoa(s.Attempts), s.LastError,
		}
	}
	return r.printTable([]string{"ID", "ACCOUNT", "STATE", "AMOUNT", "WORTH", "BEGUN", "CHANGED", "ATTEMPTS", "LAST ERROR"}, rows)
}

// resolution is the outcome of a settlement, as the operator gives it.
type resolution struct {
	paid, notPaid bool
	reason        string
}

// validate returns an error unless there is one outcome, and a reason.
func (v *resolution) validate() error {
	switch {
	case v.paid == v.notPaid:
		return errors.New("give either --paid or --not-paid")
	case strings.TrimSpace(v.reason) == "":
		return errors.New("give --reason: how do you know?")
	}
	return nil
}

func (r *remote) resolveCommand() *cobra.Command {
	var v resolution
	command := &cobra.Command{
		Use:   "resolve account id",
		Short: "Record the outcome of a settlement whose outcome is unknown",
		Long: "Record the outcome of a settlement whose outcome is unknown.\n" +
			"With --paid, the amount is taken off our debt. With --not-paid, the debt stays and is paid again.\n" +
			"Before you use --not-paid, make sure that the first payment cannot happen any more.",
		Example: r.example("settlements resolve alice 0b9e2f64-7f0a-4a55-8a83-2d1f2c9a4b11 --paid --reason 'the ledger has it'"),
		Args: func(command *cobra.Command, args []string) error {
			if err := wantArgs(2, 2, "an account and the id of a settlement")(command, args); err != nil {
				return err
			}
			return v.validate()
		},
		RunE: r.ask(func(ctx context.Context, c *client.Client, args []string) error {
			return r.resolve(ctx, c, args[0], args[1], v)
		}),
		ValidArgsFunction: r.completeAccounts(1),
	}
	command.Flags().BoolVar(&v.paid, "paid", false, "the payment has happened")
	command.Flags().BoolVar(&v.notPaid, "not-paid", false, "the payment has not happened, and will not")
	command.Flags().StringVar(&v.reason, "reason", "", "how you know the outcome: `text` for the audit log")
	return command
}

func (r *remote) resolve(ctx context.Context, c *client.Client, account, id string, v resolution) error {
	if err := c.ResolveSettlement(ctx, account, id, v.paid, v.reason); err != nil {
		return err
	}
	list, err := c.Settlements(ctx, account)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list.Settlements, func(s client.Settlement) bool { return s.ID == id })
	if i < 0 {
		return nil // the account was removed
	}
	if r.json {
		return r.printJSON(list.Settlements[i])
	}
	r.printf("settlement %s of %s is %s\n", id, account, list.Settlements[i].State)
	return nil
}

func (p *program) settleCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "settle account",
		Short: "Pay all that we owe to an account, now",
		Long: "Pay all that we owe to an account, now, through its settlement engine or its plugin.\n" +
			"If neither can pay, nothing is settled. With --write-off all of our debt is then taken off all the same.\n" +
			"Use that if you have paid by hand, or need not pay.",
		Args: wantArgs(1, 1, "an account"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	reason := reasonFlag(command)
	writeOff := command.Flags().Bool("write-off", false, "take all of our debt off, although no money moves")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if *writeOff {
			return r.writeOff(ctx, c, args[0], *reason)
		}
		if err := c.SettleNow(ctx, args[0], *reason); err != nil {
			return err
		}
		if r.json {
			return r.printDocument(ctx, c, client.SettlementsPath(args[0]))
		}
		r.printf("settling with %s; '%s settlements %s' shows the progress\n", args[0], r.name, args[0])
		return nil
	})
	return command
}

// writeOff takes what we owe to an account off our debt, and prints the entry.
func (r *remote) writeOff(ctx context.Context, c *client.Client, id, reason string) error {
	if err := c.WriteOff(ctx, id, reason); err != nil {
		return err
	}
	if r.json {
		return r.printDocument(ctx, c, client.SettlementsPath(id))
	}
	r.printf("what we owed to %s is written off, and no money has moved; 'ilp-connector settlements %s' shows the entry\n", id, id)
	return nil
}

// reasonFlag adds the flag --reason to a command.
func reasonFlag(command *cobra.Command) *string {
	return command.Flags().String("reason", "", "the reason: `text` for the audit log")
}
