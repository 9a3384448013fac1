package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) ratesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "rates [from-account [to-account]]",
		Short: "Show the exchange rates between accounts, explain, pin or pause them",
		Long: "Show the exchange rates between all accounts, or from and to the named ones.\n" +
			"A rate is the worth of one base unit of the first account in base units of the second, less the spread.\n" +
			"REASON says why a pair has no rate.",
		Args: wantArgs(0, 2, "two accounts at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(2)
	command.AddCommand(r.explainRateCommand(), r.rateOverridesCommand(), r.pinRateCommand(), r.unpinRateCommand(),
		r.pauseRateCommand(), r.resumeRateCommand(), r.confirmPriceCommand(), r.setPricesCommand())
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		var q client.RatesQuery
		if len(args) > 0 {
			q.From = args[0]
		}
		if len(args) > 1 {
			if q.To = args[1]; q.To == q.From {
				return fmt.Errorf("there is no rate from %s to itself: name two accounts", q.From)
			}
		}
		if r.json {
			return r.printDocument(ctx, c, client.RatesPath(q))
		}
		q.Reasons = true
		rates, err := c.Rates(ctx, q)
		if err != nil {
			return err
		}
		return r.printRates(rates)
	})
	return command
}

// printRates prints the rates, and why some pairs have none.
func (r *remote) printRates(rates client.Rates) error {
	header, rows := []string{"FROM", "TO", "RATE", "REASON"}, [][]string(nil)
	for _, from := range rates {
		for _, to := range from.Value {
			number := "no rate"
			if to.Value.Rate != nil {
				number = to.Value.Rate.String()
			}
			rows = append(rows, []string{from.Name, to.Name, number, to.Value.Reason})
		}
	}
	if !slices.ContainsFunc(rows, func(row []string) bool { return row[3] != "" }) {
		header = header[:3]
		for i := range rows {
			rows[i] = rows[i][:3]
		}
	}
	return r.printTable(header, rows)
}
