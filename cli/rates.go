package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) ratesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "rates [from [to]]",
		Short: "Show the exchange rates between accounts",
		Long: "Show the exchange rates between accounts, or of those that are named: how many base units of\n" +
			"the second account one base unit of the first is worth, the spread taken off.",
		Args: takes(0, 2, "two accounts at most"),
	}
	r := p.asks(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		rates, err := c.Rates(command.Context())
		if err != nil {
			return err
		}
		if rates, err = chosen(rates, args); err != nil {
			return err
		}
		if r.json {
			return r.show(rates)
		}
		return r.rates(rates)
	}
	return command
}

// chosen is the rates from the first account that is named to the second.
func chosen(rates client.Rates, names []string) (client.Rates, error) {
	if len(names) == 0 {
		return rates, nil
	}
	row, err := pick(rates, "rate", names[0])
	if err != nil {
		return nil, err
	}
	if len(names) == 2 {
		number, err := pick(row, "rate", names[1])
		if err != nil {
			return nil, err
		}
		row = client.OrderedMap[json.Number]{{Name: names[1], Value: number}}
	}
	return client.Rates{{Name: names[0], Value: row}}, nil
}

func (r *remote) rates(rates client.Rates) error {
	var rows [][]string
	for _, from := range rates {
		for _, to := range from.Value {
			rows = append(rows, []string{from.Name, to.Name, to.Value.String()})
		}
	}
	return table(r.stdout, []string{"FROM", "TO", "RATE"}, rows)
}
