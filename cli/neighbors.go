package cli

import (
	"cmp"
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
		Use:   "neighbors [account]",
		Short: "Show the exchange of routes with each neighbor",
		Long: "Show the exchange of routes with each neighbor.\n" +
			"For one neighbor, show all that is known of it and the whole text of its last error.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeNeighbors()
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		neighbors, err := c.Neighbors(ctx)
		if err != nil {
			return err
		}
		if len(args) > 0 {
			return r.neighbor(ctx, c, neighbors, args[0])
		}
		if r.json {
			return r.printJSON(neighbors)
		}
		return r.printNeighbors(neighbors, time.Now())
	})
	return command
}

// neighbor prints one neighbor in full.
func (r *remote) neighbor(ctx context.Context, c *client.Client, neighbors map[string]client.RoutingPeer, id string) error {
	n, there := neighbors[id]
	if !there {
		if err := unknown(ctx, c, id); err != nil {
			return err
		}
		return noneOf("neighbor", id, slices.Sorted(maps.Keys(neighbors)))
	}
	if r.json {
		return r.printJSON(n)
	}
	return r.printDetails(neighborDetails(id, n, time.Now()))
}

// neighborDetails returns the session with a neighbor, and its directions.
func neighborDetails(id string, n client.RoutingPeer, now time.Time) (d details) {
	s := n.Session
	d.add("account", id)
	d.add("relation", s.Relation)
	d.add("account state", s.AccountState)
	d.add("speaker", s.Speaker)
	if n.Receive != nil {
		d.add("state", s.State)
		d.add("for", age(s.Since, now))
		d.add("received", strconv.Itoa(s.Received))
		d.add("accepted", strconv.Itoa(s.Accepted))
		d.add("damped", strconv.Itoa(s.Damped))
		d.add("invalid", strconv.Itoa(s.Faults))
		d.add("its table", n.Receive.RoutingTableID)
		d.add("our epoch of it", strconv.FormatUint(uint64(n.Receive.Epoch), 10))
		d.add("routes expire", until(s.Expires, now))
	}
	if n.Send != nil {
		d.add("advertised", strconv.Itoa(s.Advertised))
		d.add("mode", n.Send.Mode)
		d.add("its epoch of ours", strconv.FormatUint(uint64(n.Send.Epoch), 10))
	}
	d.add("last error", s.LastError)
	d.add("next try", until(s.NextRetry, now))
	return d
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
	return r.printTable([]string{
		"ACCOUNT", "RELATION", "STATE", "FOR", "SPEAKER", "RECEIVED", "ACCEPTED", "DAMPED", "ADVERTISED", "LAST ERROR", "NEXT RETRY",
	}, rows)
}

// outageOf returns in which state an account is that packets cannot go to, for how long, and why.
func outageOf(o client.Outage, now time.Time) string {
	if o.Paused {
		return "paused by an operator"
	}
	text := cmp.Or(o.State, "not connected")
	if lost := age(o.Since, now); lost != "" {
		text += " for " + lost
	}
	if reason := cmp.Or(o.LastError, o.Closed); reason != "" {
		text += ": " + reason
	}
	return text
}
