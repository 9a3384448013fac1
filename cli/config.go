package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) configCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Show or discard what operators have changed of the configuration",
		Args:  noArgs,
	}
	r := p.newRemote(command)
	command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	command.AddCommand(r.configChangesCommand(), r.configDiscardCommand())
	return command
}

func (r *remote) configChangesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "changes",
		Short: "Show how the accounts differ from the configuration",
		Long: "Show how the accounts differ from the configuration, because operators have changed them while the connector ran.\n" +
			"A restart makes a change again if it is kept. It names settings, and shows no value.",
		Args: noArgs,
		RunE: r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
			if r.json {
				return r.printDocument(ctx, c, "/config/changes")
			}
			list, err := c.ConfigChanges(ctx)
			if err != nil {
				return err
			}
			return r.printChanges(list.Changes, time.Now())
		}),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

func (r *remote) printChanges(changes []client.ConfigChange, now time.Time) error {
	if len(changes) == 0 {
		r.printf("no changes: the accounts are as configured\n")
		return nil
	}
	yes := map[bool]string{true: "yes", false: "no"}
	rows := make([][]string, len(changes))
	for i, c := range changes {
		rows[i] = []string{c.Account, c.What, strings.Join(c.Settings, ","), ago(c.At, now), yes[c.Kept], yes[c.InForce], c.Reason}
	}
	return r.printTable([]string{"ACCOUNT", "CHANGE", "SETTINGS", "MADE", "KEPT", "IN FORCE", "REASON"}, rows)
}

func (r *remote) configDiscardCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "discard account",
		Short: "Forget the kept change of an account",
		Long: "Forget what operators have changed of an account, so that the next start or reload uses the configuration.\n" +
			"Until then the account stays as it is. A paused account stays paused.",
		Example: r.example("config discard dave"),
		Args:    wantArgs(1, 1, "an account"),
		RunE: r.ask(func(ctx context.Context, c *client.Client, args []string) error {
			discarded, err := c.DiscardConfigChange(ctx, args[0])
			switch {
			case err != nil:
				return err
			case r.json:
				return r.printJSON(discarded)
			case discarded.InForce:
				r.printf("the change of account %s is discarded; it holds until the next start or reload, which uses the configuration\n", args[0])
			default:
				r.printf("the change of account %s is discarded; the next start or reload uses the configuration\n", args[0])
			}
			return nil
		}),
		ValidArgsFunction: r.complete(1, func(ctx context.Context, c *client.Client) (ids []cobra.Completion) {
			list, _ := c.ConfigChanges(ctx)
			for _, change := range list.Changes {
				if change.Kept {
					ids = append(ids, cobra.CompletionWithDesc(change.Account, change.What))
				}
			}
			return ids
		}),
	}
}
