package cli

import (
	"context"
	"errors"
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
	all := command.Flags().Bool("all", false, "also show the latest alerts that have ended")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		path, ask := "/alerts", c.Alerts
		if *all {
			path, ask = "/alerts?all=true", c.AllAlerts
		}
		if r.json {
			return r.printDocument(ctx, c, path)
		}
		alerts, err := ask(ctx)
		if err != nil {
			return err
		}
		return r.printAlerts(alerts, *all, time.Now())
	})
	command.AddCommand(r.dismissCommand())
	return command
}

func (r *remote) printAlerts(alerts client.Alerts, states bool, now time.Time) error {
	if len(alerts.Alerts) == 0 {
		r.printf("no alerts\n")
		return nil
	}
	header := []string{"ID", "ACCOUNT", "ABOUT", "COUNT", "FIRST", "LAST", "TRIGGERED BY", "MESSAGE"}
	if states {
		header = slices.Insert(header, 1, "STATE", "ENDED")
	}
	rows := make([][]string, len(alerts.Alerts))
	for i, a := range alerts.Alerts {
		row := []string{
			strconv.FormatInt(a.ID, 10), a.AccountID, a.About, strconv.Itoa(a.Count),
			ago(a.CreatedAt, now), ago(a.UpdatedAt, now), a.TriggeredBy, a.Message,
		}
		if states {
			row = slices.Insert(row, 1, a.State, ago(a.EndedAt, now))
		}
		rows[i] = row
	}
	return r.printTable(header, rows)
}

func (r *remote) dismissCommand() *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use:   "dismiss id...",
		Short: "Dismiss alerts",
		Args: func(command *cobra.Command, args []string) error {
			if all && len(args) == 0 {
				return nil
			}
			if all {
				return errors.New("--all takes no ids: it dismisses all alerts that are raised")
			}
			if err := wantArgs(1, math.MaxInt, "the ids of alerts, or --all")(command, args); err != nil {
				return err
			}
			for _, id := range args {
				if n, err := strconv.ParseInt(id, 10, 64); err != nil || n < 0 {
					return fmt.Errorf("alerts dismiss: the id %q is not a number from the list of alerts", id)
				}
			}
			return nil
		},
		RunE: r.ask(func(ctx context.Context, c *client.Client, args []string) error {
			dismiss := r.dismiss
			if all {
				dismiss = r.dismissAll
			}
			if err := dismiss(ctx, c, args); err != nil || !r.json {
				return err
			}
			return r.printDocument(ctx, c, "/alerts")
		}),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().BoolVar(&all, "all", false, "dismiss all alerts that are raised")
	return command
}

// dismissAll dismisses all alerts that are raised, and prints each.
func (r *remote) dismissAll(ctx context.Context, c *client.Client, _ []string) error {
	dismissed, err := c.DismissAllAlerts(ctx)
	if err != nil || r.json {
		return err
	}
	for _, a := range dismissed.Alerts {
		r.printDismissed(a)
	}
	if len(dismissed.Alerts) == 0 {
		r.printf("no alerts\n")
	}
	return nil
}

func (r *remote) printDismissed(a client.Alert) {
	r.printf("dismissed %d: %s, %s\n", a.ID, client.Printable(a.AccountID), client.Printable(a.Message))
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
			r.printDismissed(before.Alerts[i])
		} else {
			r.printf("there is no alert %d\n", id)
		}
	}
	return nil
}
