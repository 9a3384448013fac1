package cli

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) neighborsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "neighbors",
		Short: "Show the exchange of routes with each neighbor",
		Args:  noArgs,
	}
	r := p.newRemote(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		neighbors, err := c.Neighbors(ctx)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(neighbors)
		}
		return r.printNeighbors(neighbors, time.Now())
	})
	return command
}

func (r *remote) printNeighbors(neighbors map[string]client.RoutingPeer, now time.Time) error {
	if len(neighbors) == 0 {
		r.printf("no neighbors: no account exchanges routes\n")
		return nil
	}
	var rows [][]string
	for _, account := range slices.Sorted(maps.Keys(neighbors)) {
		n := neighbors[account]
		s := n.Session
		row := []string{account, s.Relation, "", "", s.Speaker, "", "", "", "", s.LastError, until(s.NextRetry, now)}
		if s.Outage != nil {
			row[9], row[10] = outageOf(*s.Outage, now), until(s.Outage.NextRetry, now)
		}
		if n.Receive != nil {
			row[2], row[3] = s.State, age(s.Since, now)
			row[5], row[6], row[7] = strconv.Itoa(s.Received), strconv.Itoa(s.Accepted), strconv.Itoa(s.Damped)
		}
		if n.Send != nil {
			row[8] = strconv.Itoa(s.Advertised)
		}
		rows = append(rows, row)
	}
	return printTable(r.stdout, []string{
		"ACCOUNT", "RELATION", "STATE", "FOR", "SPEAKER", "RECEIVED", "ACCEPTED", "DAMPED", "ADVERTISED", "LAST ERROR", "NEXT RETRY",
	}, rows)
}

// outageOf returns for how long a link has not been connected, and why.
func outageOf(o client.Outage, now time.Time) string {
	text := "not connected"
	if lost := age(o.Since, now); lost != "" {
		text += " for " + lost
	}
	if o.LastError != "" {
		text += ": " + o.LastError
	}
	return text
}
