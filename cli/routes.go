package cli

import (
	"cmp"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// ourselves is shown for the next hop of packets that have arrived.
const ourselves = "(ourselves)"

func (p *program) routesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "routes",
		Short: "Show the best route to every prefix",
		Long: "Show the best route to every prefix.\n" +
			"With --json the whole state of the routing protocol is shown, with what neighbors are told.",
		Args: takesNone,
	}
	r := p.asks(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		if r.json {
			return r.get(command.Context(), c, "/routing")
		}
		routing, err := c.Routing(command.Context())
		if err != nil {
			return err
		}
		return r.routes(routing)
	}
	command.AddCommand(r.routesGetCommand())
	return command
}

func (r *remote) routes(routing client.Routing) error {
	var rows [][]string
	for _, prefix := range slices.Sorted(maps.Keys(routing.LocalRoutingTable)) {
		e := routing.LocalRoutingTable[prefix]
		rows = append(rows, []string{prefix, cmp.Or(e.NextHop, ourselves), e.Path})
	}
	return table(r.stdout, []string{"PREFIX", "NEXT HOP", "PATH"}, rows)
}
