package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) accountsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "accounts [account]",
		Short: "Show the accounts and their states, or change them",
		Long: "Show the accounts and their states.\n" +
			"For one account, show all that is known of it: its link, balance, limits and what is left of them,\n" +
			"its settlements, routes, packets and rejections, and its settings.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	command.AddCommand(r.addAccountCommand(), r.setAccountCommand(), r.rotateAccountCommand(), r.removeAccountCommand(), r.pauseCommand(), r.resumeCommand())
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if len(args) > 0 {
			return r.account(ctx, c, args[0], time.Now())
		}
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
			stateOf(a), age(a.Since, now), strconv.FormatInt(a.InFlight, 10), ago(a.LastPacket, now), r.problemOf(a, now),
		}
	}
	return r.printTable([]string{
		"ACCOUNT", "RELATION", "ASSET", "SCALE", "PLUGIN", "STATE", "FOR", "IN FLIGHT", "LAST PACKET", "PROBLEM",
	}, rows)
}

// stateOf returns the state of an account. The reference only says whether it is connected.
func stateOf(a client.Account) string {
	switch {
	case a.State != "":
		return a.State
	case a.Connected:
		return "connected"
	}
	return "disconnected"
}

// refusedLately is how long a refused login is a problem. It is longer than the longest pause
// between two tries of a peer.
const refusedLately = 5 * time.Minute

// reasonsOf returns the last error and what else is wrong. It cuts each as printTable cuts words.
func (r *remote) reasonsOf(lastError string, problems []client.Problem) (text string) {
	reasons := []string{lastError}
	for _, p := range problems {
		if p.Reason != lastError {
			reasons = append(reasons, p.Reason)
		}
	}
	for _, reason := range reasons {
		if !r.wide {
			reason = cut(reason)
		}
		if text != "" && reason != "" {
			text += "; "
		}
		text += reason
	}
	return text
}

// problemOf returns what is wrong with an account, when its link tries again, and whether logins
// are refused.
func (r *remote) problemOf(a client.Account, now time.Time) string {
	problem := r.reasonsOf(a.LastError, a.Problems)
	if wait := until(a.NextRetry, now); problem != "" && wait != "" {
		problem += " (next try " + wait + ")"
	}
	if a.Refusals == 0 || now.Sub(a.RefusedAt.Time) >= refusedLately {
		return problem
	}
	if problem != "" {
		problem += "; "
	}
	return problem + fmt.Sprintf("%s refused since the start, the latest %s", count(int(a.Refusals), "login"), ago(a.RefusedAt, now)) //nolint:gosec // so many do not come
}
