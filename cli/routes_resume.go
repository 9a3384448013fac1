package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (r *remote) routesResumeCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "resume account",
		Short: "End the suspension of a neighbor and the damping of its routes, now",
		Long: "End the suspension of a neighbor and the damping of its routes, now.\n" +
			"Use it when the cause is mended, and you do not want to wait some minutes.\n" +
			"A neighbor that still announces too many prefixes is suspended again.",
		Example:           r.example("routes resume bob --reason 'its operator has mended the leak'"),
		Args:              wantArgs(1, 1, "an account"),
		ValidArgsFunction: r.completeNeighbors(),
	}
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		resumed, err := c.ResumeRoutes(ctx, args[0], *reason)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(resumed)
		}
		if resumed.Suspended {
			r.printf("%s is not suspended any more, and is asked for its routes\n", args[0])
		}
		if resumed.Damped > 0 {
			r.printf("damped routes of %s that may be used again: %d\n", args[0], resumed.Damped)
		}
		return nil
	})
	return command
}
