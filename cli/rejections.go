package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) rejectionsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "rejections [account]",
		Short: "Show why packets were not delivered",
		Long: "Show how many packets were rejected since the start, by account, code and cause.\n" +
			"The metric ilp_connector_refused_packets_total counts the same.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		id := strings.Join(args, "")
		if r.json {
			return r.printDocument(ctx, c, client.RejectionsPath(id))
		}
		list, err := c.Rejections(ctx, id)
		if err != nil {
			return err
		}
		return r.printRejections(list.Rejections, time.Now())
	})
	return command
}

func (r *remote) printRejections(rejections []client.Rejection, now time.Time) error {
	if len(rejections) == 0 {
		r.printf("no rejections since the start\n")
		return nil
	}
	rows := make([][]string, len(rejections))
	for i, e := range rejections {
		rows[i] = []string{
			e.AccountID, e.Direction, e.Code, e.Cause, strconv.FormatUint(e.Count, 10), e.LastAmount, ago(e.LastAt, now),
		}
	}
	return r.printTable([]string{"ACCOUNT", "PACKETS", "CODE", "CAUSE", "COUNT", "LAST AMOUNT", "LAST"}, rows)
}
