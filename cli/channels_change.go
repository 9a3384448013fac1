package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (r *remote) fundChannelCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "fund account amount",
		Short: "Put XRP into our payment channel to a peer",
		Long: "Put XRP into our payment channel to the peer of an account, whatever the budget of a day. It is in use once the ledger\n" +
			"has it. If the channel was funded by another since this command has looked, nothing is done.",
		Example: r.example("channels fund bob 25XRP --reason 'for the season'"),
		Args: func(command *cobra.Command, args []string) error {
			if err := wantArgs(2, 2, "an account and an amount")(command, args); err != nil {
				return err
			}
			_, err := parseDrops(args[1])
			return err
		},
		ValidArgsFunction: r.completeAccounts(1),
	}
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		drops, err := parseDrops(args[1])
		if err != nil {
			return err
		}
		before, err := c.AccountChannels(ctx, args[0])
		if err != nil {
			return err
		}
		if before.Outgoing == nil {
			return fmt.Errorf("account %s has no channel to its peer yet: 'ilp-connector channels %s' shows why", args[0], args[0])
		}
		done, err := c.FundChannel(ctx, args[0], drops, before.Outgoing.Capacity, *reason)
		if err != nil {
			return err
		}
		return r.printStep(done, "%s more are in the channel to %s, which holds %s", xrpOf(drops), args[0], holds(done))
	})
	return command
}

func (r *remote) claimChannelCommand() *cobra.Command {
	return r.stepCommand("claim", "Take what a peer has paid us out of its payment channel, now",
		"Take the best claim of the peer of an account to the ledger, now, if it brings more than its fee.\nThe connector does so by itself now and then.",
		func(done client.ChannelChanged, id string) string {
			if len(done.Transactions) == 0 {
				return "nothing of " + id + " is left to claim"
			}
			return "the best claim of " + id + " is on the ledger"
		})
}

func (r *remote) closeChannelCommand() *cobra.Command {
	return r.stepCommand("close", "Close our payment channel to a peer",
		"Ask the ledger to close our payment channel to the peer of an account. Nothing is paid over it from then on.\n"+
			"What the peer has not claimed comes back once the settle delay has passed. No other channel is opened before 'channels open'.",
		func(done client.ChannelChanged, id string) string {
			if done.Channels.Outgoing == nil {
				return "there is no channel to " + id + ", and none is opened"
			}
			return "the channel to " + id + " closes, and 'ilp-connector channels " + id + "' shows when"
		})
}

func (r *remote) openChannelCommand() *cobra.Command {
	return r.stepCommand("open", "Open a payment channel to a peer again, or keep one open",
		"Let a payment channel to the peer of an account be opened again after 'channels close', or keep one open that closes.",
		func(done client.ChannelChanged, id string) string {
			if done.Channels.Outgoing == nil {
				return "a channel to " + id + " is being opened, and 'ilp-connector channels " + id + "' shows when it is there"
			}
			return "the channel to " + id + " is open"
		})
}

// stepCommand returns the command of a step without an amount.
func (r *remote) stepCommand(step client.ChannelStep, short, long string, says func(done client.ChannelChanged, id string) string) *cobra.Command {
	command := &cobra.Command{
		Use: string(step) + " account", Short: short, Long: long,
		Example: r.example("channels " + string(step) + " bob"),
		Args:    wantArgs(1, 1, "an account"), ValidArgsFunction: r.completeAccounts(1),
	}
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		done, err := c.ChangeChannel(ctx, args[0], step, *reason)
		if err != nil {
			return err
		}
		return r.printStep(done, "%s", says(done, args[0]))
	})
	return command
}

// printStep prints what a step has done, with its transactions.
func (r *remote) printStep(done client.ChannelChanged, format string, args ...any) error {
	if r.json {
		return r.printJSON(done)
	}
	var made []string
	for _, t := range done.Transactions {
		made = append(made, t.ID)
	}
	suffix := ""
	if len(made) > 0 {
		suffix = ": transaction " + strings.Join(made, ", ")
	}
	r.printf("%s%s\n", fmt.Sprintf(format, args...), suffix)
	return nil
}

// holds returns what our channel holds after a step.
func holds(done client.ChannelChanged) string {
	if done.Channels.Outgoing == nil {
		return "an amount that is not known now"
	}
	return xrpOf(done.Channels.Outgoing.Capacity)
}

var (
	inXRP   = regexp.MustCompile(`\A([0-9]{1,12})(?:\.([0-9]{1,6}))?(?i:xrp)\z`)
	inDrops = regexp.MustCompile(`\A([0-9]{1,18})(?i:drops)\z`)
)

// parseDrops returns the drops of an amount with its unit.
func parseDrops(text string) (string, error) {
	var drops string
	if m := inXRP.FindStringSubmatch(text); m != nil {
		drops = m[1] + m[2] + strings.Repeat("0", dropsScale-len(m[2]))
	} else if m := inDrops.FindStringSubmatch(text); m != nil {
		drops = m[1]
	} else {
		return "", fmt.Errorf("the amount %.40q has no unit that we know, or too many digits: write 2.5XRP, or 2500000drops", text)
	}
	if drops = strings.TrimLeft(drops, "0"); drops == "" {
		return "", errors.New("the amount is 0, which changes nothing")
	}
	return drops, nil
}
