package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) alertsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "alerts",
		Short: "Show the problems that need an operator",
		Args:  noArgs,
	}
	r := p.newRemote(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		if r.json {
			return r.printDocument(ctx, c, "/alerts")
		}
		alerts, err := c.Alerts(ctx)
		if err != nil {
			return err
		}
		return r.printAlerts(alerts, time.Now())
	})
	command.AddCommand(r.dismissCommand())
	return command
}

func (r *remote) printAlerts(alerts client.Alerts, now time.Time) error {
	if len(alerts.Alerts) == 0 {
		r.printf("no alerts\n")
		return nil
	}
	rows := make([][]string, len(alerts.Alerts))
	for i, a := range alerts.Alerts {
		rows[i] = []string{
			strconv.FormatInt(a.ID, 10), a.AccountID, a.About, strconv.Itoa(a.Count),
			ago(a.CreatedAt, now), ago(a.UpdatedAt, now), a.TriggeredBy, a.Message,
		}
	}
	return printTable(r.stdout, []string{"ID", "ACCOUNT", "ABOUT", "COUNT", "FIRST", "LAST", "TRIGGERED BY", "MESSAGE"}, rows)
}

func (r *remote) dismissCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "dismiss id...",
		Short: "Dismiss alerts",
		Args: func(command *cobra.Command, args []string) error {
			for _, id := range args {
				if _, err := strconv.ParseInt(id, 10, 64); err != nil {
					return fmt.Errorf("%q is not the id of an alert", id)
				}
			}
			return wantArgs(1, math.MaxInt, "the ids of alerts")(command, args)
		},
		RunE: r.ask(func(ctx context.Context, c *client.Client, args []string) error {
			if err := r.dismiss(ctx, c, args); err != nil || !r.json {
				return err
			}
			return r.printDocument(ctx, c, "/alerts")
		}),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// dismiss dismisses alerts and prints each. Dismissing an alert twice succeeds.
func (r *remote) dismiss(ctx context.Context, c *client.Client, ids []string) error {
	before, err := c.Alerts(ctx)
	if err != nil {
		return err
	}
	for _, text := range ids {
		id, _ := strconv.ParseInt(text, 10, 64) // Args has checked it
		if err := c.DismissAlert(ctx, id); err != nil {
			return err
		}
		if r.json {
			continue
		}
		if i := slices.IndexFunc(before.Alerts, func(a client.Alert) bool { return a.ID == id }); i >= 0 {
			a := before.Alerts[i]
			r.printf("dismissed %d: %s, %s\n", id, a.AccountID, client.Printable(a.Message))
		} else {
			r.printf("there is no alert %d\n", id)
		}
	}
	return nil
}
