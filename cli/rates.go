package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) ratesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "rates [from-account [to-account]]",
		Short: "Show the exchange rates between accounts",
		Long: "Show the exchange rates between all accounts, or from and to the named ones.\n" +
			"A rate is the worth of one base unit of the first account in base units of the second, less the spread.\n" +
			"A pair whose assets do not both have a price has no rate.",
		Args: wantArgs(0, 2, "two accounts at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(2)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		rates, err := c.Rates(ctx)
		if err != nil {
			return err
		}
		if rates, err = selectRates(rates, args); err != nil {
			return err
		}
		if r.json {
			return r.printJSON(rates)
		}
		return r.printRates(rates)
	})
	return command
}

// selectRates returns the rates from the first named account to the second.
func selectRates(rates client.Rates, names []string) (client.Rates, error) {
	if len(names) == 0 {
		return rates, nil
	}
	for _, name := range names {
		if _, there := rates.Find(name); !there {
			return nil, noneOf("account", name, namesOf(rates))
		}
	}
	row, _ := rates.Find(names[0])
	if len(names) == 2 {
		number, there := row.Find(names[1])
		if !there {
			return nil, fmt.Errorf("there is no rate from %s to itself: name two accounts", names[0])
		}
		row = client.OrderedMap[*json.Number]{{Name: names[1], Value: number}}
	}
	return client.Rates{{Name: names[0], Value: row}}, nil
}

func (r *remote) printRates(rates client.Rates) error {
	var rows [][]string
	for _, from := range rates {
		for _, to := range from.Value {
			number := "no rate"
			if to.Value != nil {
				number = to.Value.String()
			}
			rows = append(rows, []string{from.Name, to.Name, number})
		}
	}
	return r.printTable([]string{"FROM", "TO", "RATE"}, rows)
}
