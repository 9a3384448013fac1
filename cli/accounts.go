package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) accountsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "accounts",
		Short: "Show the accounts and the states of their links",
		Args:  noArgs,
	}
	r := p.newRemote(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		if r.json {
			return r.printDocument(ctx, c, "/accounts")
		}
		list, err := c.Accounts(ctx)
		if err != nil {
			return err
		}
		return r.printAccounts(list, time.Now())
	})
	return command
}

func (r *remote) printAccounts(list client.AccountList, now time.Time) error {
	rows := make([][]string, len(list.Accounts))
	for i, m := range list.Accounts {
		a := m.Value
		rows[i] = []string{
			m.Name, a.Info.Relation, a.Info.AssetCode, strconv.Itoa(int(a.Info.AssetScale)), a.Info.Plugin,
			stateOf(a), age(a.Since, now), strconv.FormatInt(a.InFlight, 10), ago(a.LastPacket, now), problemOf(a, now),
		}
	}
	return printTable(r.stdout, []string{
		"ACCOUNT", "RELATION", "ASSET", "SCALE", "PLUGIN", "STATE", "FOR", "IN FLIGHT", "LAST PACKET", "PROBLEM",
	}, rows)
}

// stateOf returns the state of the link. The reference only says whether it is connected.
func stateOf(a client.Account) string {
	switch {
	case a.State != "":
		return a.State
	case a.Connected:
		return "connected"
	}
	return "disconnected"
}

// problemOf returns the last error of the link, and when the link tries again.
func problemOf(a client.Account, now time.Time) string {
	if wait := until(a.NextRetry, now); a.LastError != "" && wait != "" {
		return a.LastError + " (next try " + wait + ")"
	}
	return a.LastError
}
