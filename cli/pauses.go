package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) pauseCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "pause",
		Short: "Stop packets: all of them, those of an asset or those to a prefix",
		Long: "Stop packets: all of them, those of an asset or those to a prefix. Packets under way end as usual, and connections stay.\n" +
			"It holds after a restart as well, until 'resume'. 'accounts pause' pauses one account.",
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	r := p.newRemote(command)
	command.Example = r.example("pause --asset USD --reason 'the bank does not answer'")
	of, reason, ephemeral := pauseFlags(command), reasonFlag(command), untilRestart(command)
	force := command.Flags().Bool("force", false, "pause an asset that no account has")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		paused, err := c.Pause(ctx, of(), *reason, *force, *ephemeral)
		switch {
		case err != nil:
			return err
		case r.json:
			return r.printJSON(paused)
		case paused.Scope == client.PausedPrefix:
			r.printf("packets to %s and below it are refused%s\n", client.Printable(paused.Of), done(!paused.Kept))
		default:
			r.printf("%s is paused%s: %s no packets\n", client.Printable(paused.String()), done(!paused.Kept), take(paused.Accounts))
		}
		return nil
	})
	return command
}

func (p *program) resumeCommand() *cobra.Command {
	command := &cobra.Command{
		Use:               "resume",
		Short:             "End what 'pause' began",
		Long:              "End what 'pause' began. Accounts that another pause concerns as well stay paused: see 'pauses'.",
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	r := p.newRemote(command)
	command.Example = r.example("resume --asset USD")
	of, reason := pauseFlags(command), reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		before, err := c.Resume(ctx, of(), *reason)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(before)
		}
		r.printf("%s is not paused any more\n", client.Printable(before.String()))
		if all, err := c.Pauses(ctx); err == nil && len(all.Pauses) > 0 {
			var names []string
			for _, p := range all.Pauses {
				names = append(names, p.String())
			}
			r.printf("still paused: %s\n", client.Printable(listed(names)))
		}
		return nil
	})
	return command
}

// pauseFlags adds the flags that say what to pause, of which a command needs one.
func pauseFlags(command *cobra.Command) func() client.PauseOf {
	flags := command.Flags()
	node := flags.Bool("node", false, "all accounts")
	asset := flags.String("asset", "", "the accounts of this asset, such as USD, also those that are added later")
	prefix := flags.String("prefix", "", "packets to this address prefix, such as g.acme, and below it")
	command.Args = func(command *cobra.Command, args []string) error {
		if err := noArgs(command, args); err != nil {
			return err
		}
		given := 0
		for _, name := range []string{"node", "asset", "prefix"} {
			if flags.Changed(name) {
				given++
			}
		}
		switch {
		case emptyFlag(flags) != "": // begin refuses that
		case given == 0:
			return fmt.Errorf("%s needs --node, --asset or --prefix", command.Name())
		case given > 1:
			return fmt.Errorf("%s takes one of --node, --asset and --prefix, and got more", command.Name())
		}
		return nil
	}
	return func() client.PauseOf {
		switch {
		case *node:
			return client.PauseOf{Scope: client.PausedNode}
		case flags.Changed("asset"):
			return client.PauseOf{Scope: client.PausedAsset, Of: *asset}
		}
		return client.PauseOf{Scope: client.PausedPrefix, Of: *prefix}
	}
}

func (p *program) pausesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:               "pauses",
		Short:             "Show what operators have paused",
		Long:              "Show what operators have paused: the node, assets, prefixes and accounts.",
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	r := p.newRemote(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		if r.json {
			return r.printDocument(ctx, c, "/pauses")
		}
		all, err := c.Pauses(ctx)
		if err != nil {
			return err
		}
		if len(all.Pauses) == 0 {
			r.printf("nothing is paused\n")
			return nil
		}
		yes := map[bool]string{true: "yes", false: "no"}
		rows := make([][]string, len(all.Pauses))
		for i, p := range all.Pauses {
			accounts := "-"
			if p.Scope != client.PausedPrefix {
				accounts = strconv.Itoa(p.Accounts)
			}
			rows[i] = []string{string(p.Scope), p.Of, ago(p.At, time.Now()), accounts, yes[p.Kept], p.Reason}
		}
		return r.printTable([]string{"PAUSED", "OF", "BEGUN", "ACCOUNTS", "KEPT", "REASON"}, rows)
	})
	return command
}

// take returns how many accounts take something.
func take(accounts int) string {
	if accounts == 1 {
		return "1 account takes"
	}
	return fmt.Sprintf("%d accounts take", accounts)
}
