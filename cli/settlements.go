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
		Short: "Show what was paid outside Interledger, and what is being paid",
		Long: "Show what was paid to counterparties outside Interledger, and what is being paid;\n" +
			"of one account also what it has paid to us.",
		Args: takes(0, 1, "one account at most"),
	}
	r := p.asks(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		id := strings.Join(args, "")
		if r.json {
			return r.get(command.Context(), c, client.SettlementsPath(id))
		}
		list, err := c.Settlements(command.Context(), id)
		if err != nil {
			return err
		}
		return r.settlements(command.Context(), c, list)
	}
	command.AddCommand(r.resolveCommand())
	return command
}

func (r *remote) settlements(ctx context.Context, c *client.Client, list client.SettlementList) error {
	accounts, err := c.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(list.Settlements) == 0 {
		r.printf("no settlements\n")
	} else if err := r.payments(list.Settlements, accounts, time.Now()); err != nil {
		return err
	}
	if len(list.Receipts) > 0 {
		rows := make([][]string, len(list.Receipts))
		for i, e := range list.Receipts {
			rows[i] = []string{e.ID, e.AccountID, inUnits(e.Amount, int(e.Scale)), e.Credited, ago(e.ReceivedAt, time.Now())}
		}
		r.printf("\n")
		if err := table(r.stdout, []string{"RECEIPT", "ACCOUNT", "PAID", "CREDITED", "RECEIVED"}, rows); err != nil {
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
	return table(r.stdout, []string{"ACCOUNT", "LEFT OVER"}, rows)
}

// payments shows what was paid to counterparties.
func (r *remote) payments(list []client.Settlement, accounts client.AccountList, now time.Time) error {
	rows := make([][]string, len(list))
	for i, s := range list {
		a, _ := accounts.Accounts.Find(s.AccountID)
		rows[i] = []string{
			s.ID, s.AccountID, s.State, s.Amount, strings.TrimSpace(inUnits(s.Amount, int(s.Scale)) + " " + a.Info.AssetCode),
			ago(s.CreatedAt, now), ago(s.UpdatedAt, now), strconv.Itoa(s.Attempts), s.LastError,
		}
	}
	return table(r.stdout, []string{"ID", "ACCOUNT", "STATE", "AMOUNT", "WORTH", "BEGUN", "CHANGED", "ATTEMPTS", "LAST ERROR"}, rows)
}

// verdict is what an operator says of a settlement.
type verdict struct {
	paid, notPaid bool
	reason        string
}

// validate refuses what says nothing, or two things.
func (v *verdict) validate() error {
	switch {
	case v.paid == v.notPaid:
		return errors.New("say either --paid or --not-paid")
	case strings.TrimSpace(v.reason) == "":
		return errors.New("say how you know, with --reason")
	}
	return nil
}

func (r *remote) resolveCommand() *cobra.Command {
	var v verdict
	command := &cobra.Command{
		Use:   "resolve account id",
		Short: "Say how a settlement ended of which nobody knows",
		Long: "Say how a settlement ended of which nobody knows: paid, which takes the debt off; or\n" +
			"not paid, which lets it be paid again. Say the latter only if you have seen to it that\n" +
			"nobody still carries it out.",
		Example: "  ilp-connector settlements resolve alice 0b9e2f64-7f0a-4a55-8a83-2d1f2c9a4b11 --paid --reason 'the ledger has it'",
		Args: func(command *cobra.Command, args []string) error {
			if err := takes(2, 2, "an account and the id of a settlement")(command, args); err != nil {
				return err
			}
			return v.validate()
		},
		RunE: func(command *cobra.Command, args []string) error {
			return r.resolve(command.Context(), args[0], args[1], v)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().BoolVar(&v.paid, "paid", false, "the money has moved")
	command.Flags().BoolVar(&v.notPaid, "not-paid", false, "it has not, and will not")
	command.Flags().StringVar(&v.reason, "reason", "", "how you know; `text` for the audit log")
	return command
}

func (r *remote) resolve(ctx context.Context, account, id string, v verdict) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	if err := c.ResolveSettlement(ctx, account, id, v.paid, v.reason); err != nil {
		return err
	}
	list, err := c.Settlements(ctx, account)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list.Settlements, func(s client.Settlement) bool { return s.ID == id })
	if i < 0 {
		return nil // it is forgotten already, with the account
	}
	if r.json {
		return r.show(list.Settlements[i])
	}
	r.printf("settlement %s of %s is %s\n", id, account, list.Settlements[i].State)
	return nil
}

func (p *program) settleCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "settle account",
		Short: "Pay all that is owed to an account, now",
		Args:  takes(1, 1, "an account"),
	}
	r := p.asks(command)
	reason := reasonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		if err := c.SettleNow(command.Context(), args[0], *reason); err != nil {
			return err
		}
		if r.json {
			return r.get(command.Context(), c, client.SettlementsPath(args[0]))
		}
		r.printf("settling with %s; 'ilp-connector settlements %s' tells how it goes\n", args[0], args[0])
		return nil
	}
	return command
}

// reasonFlag lets a command say why.
func reasonFlag(command *cobra.Command) *string {
	return command.Flags().String("reason", "", "why; `text` for the audit log")
}
