package cli

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// adjustCommand edits a balance.
func (r *remote) adjustCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "adjust account difference",
		Short: "Add an amount in base units, which may be negative, to a balance",
		Long: "Add an amount in base units, which may be negative, to a balance. The limits of the balance hold.\n" +
			"Use it for a payment outside Interledger, or for a correction.",
		Example: r.example("balance adjust alice -250 --reason 'paid in cash'"),
		Args: func(command *cobra.Command, args []string) error {
			if err := wantArgs(2, 2, "an account and a difference")(command, args); err != nil {
				return err
			}
			return checkDifference(args[1])
		},
		ValidArgsFunction: r.completeAccounts(1),
	}
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		return r.adjust(ctx, c, args[0], args[1], *reason)
	})
	return command
}

func (r *remote) adjust(ctx context.Context, c *client.Client, id, diff, reason string) error {
	if err := c.AdjustBalance(ctx, id, diff, reason); err != nil {
		return withLimits(ctx, c, id, diff, err)
	}
	balances, err := c.Balances(ctx)
	if err != nil {
		return err
	}
	b, there, err := balanceOf(ctx, c, balances.Accounts, id)
	switch {
	case err != nil:
		return err
	case there:
		return r.printAdjusted(id, b.Balance, b)
	}
	if balances.Accounts == nil {
		return errors.New("nothing was changed: the balance middleware is disabled, so no account has a balance")
	}
	posted := "0" // a former balance of 0 is not listed
	for _, f := range balances.Former {
		if f.AccountID == id {
			posted = f.Posted
		}
	}
	return r.printAdjusted(id, posted, client.FormerBalance{AccountID: id, Posted: posted})
}

func (r *remote) printAdjusted(id, balance string, whole any) error {
	if r.json {
		return r.printJSON(whole)
	}
	r.printf("the balance of %s is %s\n", id, balance)
	return nil
}

// differenceMax is the largest difference. A balance has 128 bits.
var differenceMax = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))

var wholeAmount = regexp.MustCompile(`\A(0|-?[1-9][0-9]*)\z`)

// checkDifference returns an error unless the API would accept a difference.
func checkDifference(text string) error {
	if !wholeAmount.MatchString(text) {
		return fmt.Errorf("balance adjust: the difference %q is not a whole number of base units, such as 250 or -250, "+
			"without a plus sign, a point or leading zeros", text)
	}
	if n, ok := new(big.Int).SetString(text, 10); !ok || n.CmpAbs(differenceMax) > 0 {
		return fmt.Errorf("balance adjust: the difference %q is not from -%[2]s to %[2]s, which is what a balance has room for", text, differenceMax)
	}
	return nil
}

// withLimits returns the error of an edit. If a limit of the balance refuses the edit, the
// error has the figures that the API leaves out.
func withLimits(ctx context.Context, c *client.Client, id, diff string, err error) error {
	var refused *client.Error
	if !errors.As(err, &refused) {
		return err
	}
	above := strings.HasPrefix(refused.Text, "InsufficientLiquidityError:")
	if !above && !strings.HasPrefix(refused.Text, "insufficient funds.") {
		return err
	}
	balances, asked := c.Balances(ctx)
	b, there, failed := balanceOf(ctx, c, balances.Accounts, id)
	if asked != nil || failed != nil || !there {
		return err
	}
	if above {
		return fmt.Errorf("an edit by %s would exceed the maximum of %s: balance %s, settling %s, maximum %s", diff, id, b.Balance, b.Settling, b.Maximum)
	}
	return fmt.Errorf("an edit by %s would go below the minimum of %s: posted %s, pending out %s, minimum %s", diff, id, b.Posted, b.PendingOut, b.Minimum)
}
