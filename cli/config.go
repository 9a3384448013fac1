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
		Short: "Show, compare, save and replace the configuration that runs",
		Args:  noArgs,
	}
	r := p.newRemote(command)
	command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	command.AddCommand(
		r.configShowCommand(), r.configDiffCommand(), r.configSaveCommand(), r.configPutCommand(), r.configChangesCommand(), r.configDiscardCommand(),
	)
	return command
}

func (r *remote) configChangesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "changes",
		Short: "Show how accounts and settings differ from the configuration",
		Long: "Show how accounts and settings differ from the configuration, because operators have changed them while the connector ran.\n" +
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
		r.printf("no changes: accounts and settings are as configured\n")
		return nil
	}
	yes := map[bool]string{true: "yes", false: "no"}
	rows := make([][]string, len(changes))
	for i, c := range changes {
		settings := strings.Join(c.Settings, ",")
		if c.Account == "" {
			settings = c.Setting
		}
		rows[i] = []string{c.Account, c.What, settings, ago(c.At, now), yes[c.Kept], yes[c.InForce], c.Reason}
	}
	return r.printTable([]string{"ACCOUNT", "CHANGE", "SETTINGS", "MADE", "KEPT", "IN FORCE", "REASON"}, rows)
}

func (r *remote) configDiscardCommand() *cobra.Command {
	var setting string
	command := &cobra.Command{
		Use:   "discard [account]",
		Short: "Forget the kept change of an account or a setting",
		Long: "Forget what operators have changed of an account or a setting, so that the next start or reload uses the configuration.\n" +
			"Until then it stays as it is. A paused account stays paused.",
		Example: r.example("config discard dave") + "\n" + r.example("config discard --setting routes"),
		Args: func(command *cobra.Command, args []string) error {
			switch {
			case !command.Flags().Changed("setting"):
				return wantArgs(1, 1, "an account")(command, args)
			case setting == "": // begin refuses that
				return nil
			}
			return noArgs(command, args)
		},
		ValidArgsFunction: r.complete(1, func(ctx context.Context, c *client.Client) (ids []cobra.Completion) {
			list, _ := c.ConfigChanges(ctx)
			for _, change := range list.Changes {
				if change.Kept && change.Account != "" {
					ids = append(ids, cobra.CompletionWithDesc(change.Account, change.What))
				}
			}
			return ids
		}),
	}
	command.Flags().StringVar(&setting, "setting", "", "`name` of a setting beside the accounts, such as routes")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) (err error) {
		var discarded client.ConfigChange
		what := setting
		if setting != "" {
			discarded, err = c.DiscardSettingChange(ctx, setting)
		} else {
			what = "account " + args[0]
			discarded, err = c.DiscardConfigChange(ctx, args[0])
		}
		switch {
		case err != nil:
			return err
		case r.json:
			return r.printJSON(discarded)
		case discarded.InForce:
			r.printf("the change of %s is discarded; it holds until the next start or reload, which uses the configuration\n", what)
		default:
			r.printf("the change of %s is discarded; the next start or reload uses the configuration\n", what)
		}
		return nil
	})
	return command
}
