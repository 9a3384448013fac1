package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/peering"
)

func isInvitation(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), peering.Prefix)
}

func (r *remote) acceptCommand() *cobra.Command {
	var choices peering.Choices
	timeout := length{30 * time.Second, time.Second, time.Hour}
	command := &cobra.Command{
		Use:   "accept invitation",
		Short: "Accept an invitation: make the account, connect and wait until both sides agree",
		Long: "Accept an invitation: make the account, connect and wait until both sides agree.\n" +
			"The invitation is a file, or - for standard input, or the text itself, which other users may see in the list of processes.\n" +
			"The other side may owe us no more than a thousandth of the asset, unless you say otherwise.",
		Example: r.example("peer accept - --dry-run") + "\n" + r.example("peer accept invitation.txt --asset XRP --scale 9"),
		Args:    wantArgs(1, 1, "an invitation: a file, or - for standard input"),
	}
	command.ValidArgsFunction = nil // a file
	flags := command.Flags()
	flags.StringVar(&choices.ID, "id", "", "`id` of the account (default the last segment of the address of the other side)")
	flags.StringVar(&choices.Relation, "relation", "", "what the other side may become to us: `peer`, child or parent (default peer)")
	terms := newTermFlags(flags)
	flags.BoolVar(&choices.AsProposed, "as-proposed", false, "take the limits that the other side proposes, unless a flag says another one")
	flags.BoolVar(&choices.AllowLoopback, "allow-loopback", false, "let the endpoint be on the machine of the connector, for tests")
	dryRun := flags.Bool("dry-run", false, "show what would be done, and do nothing")
	flags.Var(&timeout, "timeout", "`time` to wait for the connection")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		i, text, err := readInvitation(command, args[0])
		if err != nil {
			return err
		}
		choices.AssetCode, choices.AssetScale, choices.Limits = terms.read()
		accepted, err := c.AcceptInvitation(ctx, text, choices, *dryRun)
		if err != nil {
			return err
		}
		chosen := choices.Limits.BalanceMaximum != "" || choices.Limits.BalanceMinimum != ""
		if err := r.printAccepted(i, accepted, chosen); err != nil || *dryRun {
			return err
		}
		return r.awaitPeer(ctx, c, accepted.Account, timeout.value)
	})
	return command
}

// printAccepted prints the account that an invitation makes. chosen says that flags have set its
// balance.
func (r *remote) printAccepted(i peering.Invitation, a client.AcceptedInvitation, chosen bool) error {
	if r.json {
		return r.printJSON(a)
	}
	if err := r.printSummary(i); err != nil {
		return err
	}
	var info struct {
		Balance peering.Balance `json:"balance"`
	}
	if err := json.Unmarshal(a.Info, &info); err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	would := "is made"
	if a.DryRun {
		would = "would be made"
	}
	r.printf("\naccount %s %s, with balance.maximum %s and balance.minimum %s\n", a.Account, would, info.Balance.Maximum, info.Balance.Minimum)
	if info.Balance != i.Balance && chosen {
		r.printf("proposed were %s and %s\n", i.Balance.Maximum, i.Balance.Minimum)
	} else if info.Balance != i.Balance {
		r.printf("proposed were %s and %s: take those with --as-proposed, if you trust the other side with them\n", i.Balance.Maximum, i.Balance.Minimum)
	}
	return nil
}

// acceptPoll is how often the command looks whether the account is connected.
const acceptPoll = 100 * time.Millisecond

// refusedByServer is what the last error of an account says that the server does not let in.
const refusedByServer = "server refused us: "

// refusedForNow is in the reason of a server that lets the account in later.
const refusedForNow = "try again"

// awaitPeer waits until an account is connected. If the other side refuses it, which binds no
// invitation, the account is removed again.
func (r *remote) awaitPeer(ctx context.Context, c *client.Client, id string, atMost time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	for last := ""; ; {
		list, err := c.Accounts(waiting)
		a, there := list.Accounts.Find(id)
		switch {
		case err == nil && !there:
			return fmt.Errorf("account %s was removed meanwhile", id)
		case err == nil && a.Connected:
			if !r.json {
				r.printf("account %s is connected: both sides agree\n", id)
			}
			return nil
		case err == nil:
			last = a.LastError
		}
		if _, reason, refused := strings.Cut(last, refusedByServer); refused && !strings.Contains(reason, refusedForNow) {
			refusal := fmt.Errorf("the other side refuses: %s", client.Printable(reason))
			if _, err := c.RemoveAccount(ctx, id, false, false); err != nil {
				return errors.Join(refusal, fmt.Errorf("account %s stays, remove it with 'accounts remove': %w", id, err))
			}
			return fmt.Errorf("%w; account %s is removed again", refusal, id)
		}
		select {
		case <-time.After(acceptPoll):
		case <-waiting.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if last == "" {
				last = "no answer yet"
			}
			return fmt.Errorf("account %s is not connected after %v: %s; it goes on trying: see 'accounts %s', or remove it with 'accounts remove %s'",
				id, atMost, client.Printable(last), id, id)
		}
	}
}

func (p *program) exportCommand() *cobra.Command {
	var id string
	command := &cobra.Command{
		Use:   "export invitation",
		Short: "Print an invitation as the account of a JavaScript ilp-connector",
		Long: "Print an invitation as the account of a JavaScript ilp-connector, for its CONNECTOR_ACCOUNTS. It asks no connector.\n" +
			"The output holds the token, and binds the invitation to that connector when it connects. Each output has another name for it.",
		Example: p.example("peer export invitation.txt --id alice"),
		Args:    wantArgs(1, 1, "an invitation: a file, or - for standard input"),
	}
	command.Flags().StringVar(&id, "id", "", "`id` of the account (default the last segment of the address of the other side)")
	command.RunE = func(command *cobra.Command, args []string) error {
		i, _, err := readInvitation(command, args[0])
		if err != nil {
			return err
		}
		if err := i.Current(time.Now()); err != nil {
			return err
		}
		entry, err := i.JavaScript(id, peering.NewName())
		if err == nil {
			p.printf("%s\n", entry)
		}
		return err
	}
	return command
}
