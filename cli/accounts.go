package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) accountsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "accounts [account]",
		Short: "Show the accounts and the states of their links, or change them",
		Long: "Show the accounts and the states of their links.\n" +
			"For one account, show all that is known of it: its settings and the whole text of its last error.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	command.AddCommand(r.addAccountCommand(), r.setAccountCommand(), r.removeAccountCommand(), r.pauseCommand(), r.resumeCommand())
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if len(args) > 0 {
			return r.account(ctx, c, args[0])
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

// account prints one account in full.
func (r *remote) account(ctx context.Context, c *client.Client, id string) error {
	var list struct {
		Accounts client.OrderedMap[json.RawMessage] `json:"accounts"`
	}
	if err := c.Get(ctx, "/accounts", &list); err != nil {
		return err
	}
	whole, there := list.Accounts.Find(id)
	if !there {
		child, err := childAccount(ctx, c, id)
		if err != nil {
			return err
		}
		if child == nil {
			return noneOf("account", id, namesOf(list.Accounts))
		}
		whole = child
	}
	if r.json {
		return r.printJSON(whole)
	}
	var a client.ChildAccount // of which other accounts have a part
	var settings struct {
		Info json.RawMessage `json:"info"`
	}
	if err := errors.Join(json.Unmarshal(whole, &a), json.Unmarshal(whole, &settings)); err != nil {
		return fmt.Errorf("read the account %s: %w", id, err)
	}
	return r.printDetails(accountDetails(id, a, settings.Info, time.Now()))
}

// accountDetails returns the state of an account, and its settings as in the configuration.
func accountDetails(id string, a client.ChildAccount, settings json.RawMessage, now time.Time) (d details) {
	d.add("account", id)
	d.add("client of", a.Parent)
	d.add("address", a.Address)
	if a.Blocked {
		d.add("blocked", "yes")
	}
	d.add("old token ends", until(a.OldTokenUntil, now))
	d.add("state", stateOf(a.Account))
	d.add("for", age(a.Since, now))
	for _, p := range a.Problems {
		d.add("problem", p.Reason)
	}
	d.add("remote address", a.Remote)
	d.add("last error", a.LastError)
	d.add("last connection", a.Closed)
	d.add("next try", until(a.NextRetry, now))
	d.add("in flight", strconv.FormatInt(a.InFlight, 10))
	d.add("last packet", ago(a.LastPacket, now))
	d.addCount("failed connects", a.Failures)
	d.addCount("refused logins", a.Refusals)
	d.add("last refused login", ago(a.RefusedAt, now))
	d.add("refused address", a.RefusedFrom)
	d.addCount("replaced connections", a.Replacements)
	if k := a.Children; k != nil {
		d.add("clients", fmt.Sprintf("%d known, %d connected", k.Known, k.Connected))
	}
	d.addJSON("", settings)
	return d
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
