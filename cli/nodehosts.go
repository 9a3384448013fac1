package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) nodeHostsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "nodehosts",
		Short: "Show the processes that run npm modules",
		Long: "Show the processes of Node.js that run npm modules: whether each is up, how much memory it uses,\n" +
			"and why the last one has ended.",
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	r := p.newRemote(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		status, err := c.Status(ctx)
		if err != nil {
			return err
		}
		if r.json {
			if status.NodeHosts == nil {
				status.NodeHosts = client.OrderedMap[client.NodeHost]{}
			}
			return r.printJSON(status.NodeHosts)
		}
		if len(status.NodeHosts) == 0 {
			r.printf("there are none: all that the configuration names is built in\n")
			return nil
		}
		return r.printNodeHosts(status.NodeHosts, time.Now())
	})
	return command
}

func (r *remote) printNodeHosts(hosts client.OrderedMap[client.NodeHost], now time.Time) error {
	var rows [][]string
	for _, m := range hosts {
		h := m.Value
		state, pid, memory := "down", "", ""
		if h.PID != 0 {
			state, pid = "silent", strconv.Itoa(h.PID)
		}
		if h.Up {
			state = "up"
		}
		if h.ResidentBytes > 0 {
			memory = strconv.FormatUint(h.ResidentBytes>>20, 10) + " MB"
		}
		rows = append(rows, []string{
			strings.Join(h.Modules, ", "), state, age(h.Since, now), h.Version, pid, memory,
			strconv.FormatUint(h.Restarts, 10), h.LastError, until(h.NextStart, now),
		})
	}
	return r.printTable([]string{"MODULES", "STATE", "FOR", "NODE.JS", "PID", "MEMORY", "RESTARTS", "LAST ERROR", "NEXT START"}, rows)
}
