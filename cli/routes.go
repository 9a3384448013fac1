package cli

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// ourselves is the next hop of packets to our own address.
const ourselves = "(ourselves)"

func (p *program) routesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "routes",
		Short: "Show the best route to every prefix",
		Long: "Show the best route to every prefix.\n" +
			"With --json, show the whole state of the routing protocol, and the routes that we advertise.",
		Args: noArgs,
	}
	r := p.newRemote(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		if r.json {
			return r.printDocument(ctx, c, "/routing")
		}
		routing, err := c.Routing(ctx)
		if err != nil {
			return err
		}
		return r.printRoutes(routing)
	})
	command.AddCommand(r.routesGetCommand(), r.routesResumeCommand())
	return command
}

func (r *remote) printRoutes(routing client.Routing) error {
	var rows [][]string
	for _, prefix := range slices.Sorted(maps.Keys(routing.LocalRoutingTable)) {
		e := routing.LocalRoutingTable[prefix]
		rows = append(rows, []string{prefix, cmp.Or(e.NextHop, ourselves), e.Path})
	}
	return r.printTable([]string{"PREFIX", "NEXT HOP", "PATH"}, rows)
}
