package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (r *remote) removeAccountCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "remove account",
		Short: "Remove an account while the connector runs",
		Long: "Remove an account while the connector runs, once its packets under way have ended. Its balance must be 0.\n" +
			"With --force the balance stays in the store instead, and 'balance move' can move it.",
		Example:           r.example("accounts remove dave"),
		Args:              wantArgs(1, 1, "an account"),
		ValidArgsFunction: r.completeAccounts(1),
	}
	force := command.Flags().Bool("force", false, "remove it although its balance is not 0")
	ephemeral := untilRestart(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		removed, err := c.RemoveAccount(ctx, args[0], *force, *ephemeral)
		if err != nil {
			return err
		}
		return r.printChange(removed, "account %s is removed%s\n", args[0], done(*ephemeral))
	})
	return command
}

func (r *remote) pauseCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "pause account",
		Short: "Make an account take no packets",
		Long: "Make an account take no packets, and use no route by it. Its connection stays, and packets under way end as usual.\n" +
			"It stays paused after a restart as well, until 'accounts resume'.",
		Example:           r.example("accounts pause dave"),
		Args:              wantArgs(1, 1, "an account"),
		ValidArgsFunction: r.completeAccounts(1),
	}
	reason, ephemeral := reasonFlag(command), untilRestart(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		paused, err := c.PauseAccount(ctx, args[0], *reason, *ephemeral)
		if err != nil {
			return err
		}
		return r.printChange(paused, "account %s is paused%s: it takes no packets\n", args[0], done(paused.Ephemeral))
	})
	return command
}

func (r *remote) resumeCommand() *cobra.Command {
	command := &cobra.Command{
		Use:               "resume account",
		Short:             "Make an account take packets again",
		Long:              "Make an account that was paused take packets again. It stays paused if 'pause' concerns it too: see 'pauses'.",
		Example:           r.example("accounts resume dave"),
		Args:              wantArgs(1, 1, "an account"),
		ValidArgsFunction: r.completeAccounts(1),
	}
	reason, ephemeral := reasonFlag(command), untilRestart(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		resumed, err := c.ResumeAccount(ctx, args[0], *reason, *ephemeral)
		if err != nil {
			return err
		}
		if len(resumed.PausedBy) > 0 {
			return r.printChange(resumed, "account %s is not paused alone any more%s, and takes no packets because of: %s\n",
				args[0], done(*ephemeral), pausesIn(resumed.PausedBy))
		}
		return r.printChange(resumed, "account %s is not paused any more%s\n", args[0], done(*ephemeral))
	})
	return command
}

// pausesIn returns pauses in words.
func pausesIn(all []client.PauseOf) string {
	names := make([]string, len(all))
	for i, of := range all {
		names[i] = of.String()
	}
	return strings.Join(names, ", ")
}

// printChange prints the answer to a change: a line, or the document.
func (r *remote) printChange(a client.AccountChange, format string, args ...any) error {
	if r.json {
		return r.printJSON(a)
	}
	r.printf(format, args...)
	return nil
}
