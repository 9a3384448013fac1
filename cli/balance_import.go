package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/smallfile"
)

// importCommand sets balances to those of a file, such as the reference's GET /balance.
func (r *remote) importCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "import file",
		Short: "Set the balances to those of another connector",
		Long: "Set the balances of accounts to those of a file, or of standard input if the file is -: all of them, or none.\n" +
			"The file is what another connector, such as the JavaScript reference, answers to GET /balance.\n" +
			"Import before packets move money. The same file changes nothing the second time.",
		Example: "  curl http://localhost:7780/balance > balances.json   # of the reference, before you stop it\n" +
			"  ilp-connector balance import --dry-run balances.json\n" +
			"  ilp-connector balance import --reason 'from the reference' balances.json",
		Args: wantArgs(1, 1, "a file, or - for standard input"),
	}
	reason := reasonFlag(command)
	var i client.BalanceImport
	command.Flags().BoolVar(&i.DryRun, "dry-run", false, "show what the import would do, and change nothing")
	command.Flags().BoolVar(&i.SkipUnknown, "skip-unknown", false, "leave out accounts that the connector does not have")
	command.Flags().BoolVar(&i.Overwrite, "overwrite", false, "replace balances that are not 0 as well; what packets have moved since is lost")
	command.Flags().BoolVar(&i.Force, "force", false, "set balances beyond the limits of their account as well")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) (err error) {
		if i.Accounts, err = readBalances(command.InOrStdin(), args[0]); err != nil {
			return err
		}
		i.Reason = *reason
		done, err := c.ImportBalances(ctx, i)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(done)
		}
		return r.printImported(ctx, c, done)
	})
	return command
}

// balancesBytesMax bounds the file of balances: those of 100,000 accounts fit.
const balancesBytesMax = 64 << 20

// readBalances reads an answer to GET /balance from a file, or from stdin if the name is -.
func readBalances(stdin io.Reader, name string) (client.OrderedMap[client.ImportedBalance], error) {
	var text []byte
	var err error
	if name == "-" {
		name = "standard input"
		text, err = io.ReadAll(io.LimitReader(stdin, balancesBytesMax+1))
	} else {
		text, err = smallfile.Read(name, balancesBytesMax)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("no balances: %w", err)
	case len(text) > balancesBytesMax:
		return nil, fmt.Errorf("no balances: %s is larger than %d bytes", name, balancesBytesMax)
	}
	var answer struct {
		Accounts client.OrderedMap[json.RawMessage] `json:"accounts"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%s has no balances: %w; it must be the answer of a connector to GET /balance", name, err)
	}
	if len(answer.Accounts) == 0 {
		return nil, fmt.Errorf(`%s has no balances: it must be the answer of a connector to GET /balance, {"accounts": {"alice": {"balance": "250"}}}`, name)
	}
	balances := make(client.OrderedMap[client.ImportedBalance], len(answer.Accounts))
	for i, m := range answer.Accounts {
		balances[i].Name = m.Name
		if err := json.Unmarshal(m.Value, &balances[i].Value); err != nil || balances[i].Value.Balance == "" {
			return nil, fmt.Errorf(`account %s in %s has no balance such as {"balance": "250"}, which is text: it has %.80s`,
				client.Printable(m.Name), name, client.Printable(string(m.Value)))
		}
	}
	return balances, nil
}

// printImported prints what an import has done, or would do.
func (r *remote) printImported(ctx context.Context, c *client.Client, done client.BalancesImported) error {
	list, err := c.Accounts(ctx)
	if err != nil {
		return err
	}
	rows := make([][]string, len(done.Accounts))
	changed := 0
	for i, m := range done.Accounts {
		asset, scale := unitOf(ctx, c, list, m.Name)
		worth := strings.TrimSpace(inUnits(m.Value.After, scale) + " " + asset)
		rows[i] = []string{m.Name, m.Value.Before, m.Value.After, worth}
		if m.Value.Before != m.Value.After {
			changed++
		}
	}
	if err := r.printTable([]string{"ACCOUNT", "BEFORE", "AFTER", "WORTH"}, rows); err != nil {
		return err
	}
	verb := "were set"
	if done.DryRun {
		verb = "would be set"
	}
	r.printf("%d of %d balances %s", changed, len(rows), verb)
	if len(done.Skipped) > 0 {
		r.printf("; unknown accounts left out: %s", client.Printable(strings.Join(done.Skipped, ", ")))
	}
	r.printf("\n")
	return nil
}
