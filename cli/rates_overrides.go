package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (r *remote) rateOverridesCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "overrides",
		Short:             "Show what is pinned, paused and held back",
		Long:              "Show the pairs that operators have pinned or paused, and the prices that are held back because they have jumped.",
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
			if r.json {
				return r.printDocument(ctx, c, "/rates/overrides")
			}
			overrides, err := c.RateOverrides(ctx)
			if err != nil {
				return err
			}
			now := time.Now()
			var rows [][]string
			add := func(what, end string, pair client.RatePair, price string, o client.RateOverride) {
				if o.Ephemeral {
					end = "the next start"
				}
				rows = append(rows, []string{what, pair.From + "/" + pair.To, price, ago(o.At, now), o.By, end, o.Reason})
			}
			for _, p := range overrides.Pins {
				add("pinned", "rates unpin", p.RatePair, p.Price.Decimal, p.RateOverride)
			}
			for _, p := range overrides.Pauses {
				add("paused", "rates resume", p.RatePair, "", p.RateOverride)
			}
			for _, h := range overrides.Held {
				rows = append(rows, []string{
					"held back", h.Currency, numberText(h.Came.Fraction), ago(h.Since, now), "", "rates confirm", "used: " + h.Used.Decimal + "; from " + h.Came.Source,
				})
			}
			if len(rows) == 0 {
				r.printf("nothing is pinned, paused or held back\n")
				return nil
			}
			return r.printTable([]string{"WHAT", "OF", "PRICE", "SINCE", "BY", "UNTIL", "REASON"}, rows)
		}),
	}
}

// pairCommand makes a command that changes a pair.
func (r *remote) pairCommand(use, short, long string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Long: long, Args: wantArgs(2, 2, "two currencies"), ValidArgsFunction: cobra.NoFileCompletions}
}

func (r *remote) pinRateCommand() *cobra.Command {
	command := r.pairCommand("pin from-currency to-currency price", "Set the price of a pair by hand",
		"Set the price of a pair by hand: how many units of the second currency one of the first is worth, such as 1.08 or 27/25.\n"+
			"It holds for the way back as well, instead of the prices of the backend, also after a restart, until 'rates unpin'.\n"+
			"The spread is still subtracted.")
	command.Args = wantArgs(3, 3, "two currencies and a price")
	command.Example = r.example("rates pin EUR USD 1.08 --reason 'agreed with the bank'")
	reason, ephemeral := reasonFlag(command), untilRestart(command)
	force := command.Flags().Bool("force", false, "pin a currency that no account has, or a price far from that of the sources")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		pin, err := c.PinRate(ctx, client.RatePair{From: args[0], To: args[1]}, args[2], *reason, *force, *ephemeral)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(pin)
		}
		before := "it had no price before"
		if pin.Before != nil {
			before = "the price before was " + pin.Before.Decimal
		}
		r.printf("%s/%s is pinned at %s%s; %s\n", args[0], args[1], numberText(pin.Price), done(pin.Ephemeral), before)
		return nil
	})
	return command
}

func (r *remote) unpinRateCommand() *cobra.Command {
	command := r.pairCommand("unpin from-currency to-currency", "End what 'rates pin' began", "End what 'rates pin' began. The prices of the backend count again.")
	command.Example = r.example("rates unpin EUR USD")
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		pin, err := c.UnpinRate(ctx, client.RatePair{From: args[0], To: args[1]}, *reason)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(pin)
		}
		r.printf("%s/%s is not pinned any more; the pin was %s\n", pin.From, pin.To, numberText(pin.Price))
		return nil
	})
	return command
}

func (r *remote) pauseRateCommand() *cobra.Command {
	command := r.pairCommand("pause from-currency to-currency", "Refuse packets between two currencies",
		"Refuse packets between two currencies, in both directions, with a temporary code.\n"+
			"It holds after a restart as well, until 'rates resume'.")
	command.Example = r.example("rates pause EUR USD --reason 'the market is closed'")
	reason, ephemeral := reasonFlag(command), untilRestart(command)
	force := command.Flags().Bool("force", false, "pause a currency that no account has")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		pair := client.RatePair{From: args[0], To: args[1]}
		if err := c.PauseRate(ctx, pair, *reason, *force, *ephemeral); err != nil {
			return err
		}
		if r.json {
			return r.printJSON(pair)
		}
		r.printf("%s/%s is paused in both directions%s\n", pair.From, pair.To, done(*ephemeral))
		return nil
	})
	return command
}

func (r *remote) resumeRateCommand() *cobra.Command {
	command := r.pairCommand("resume from-currency to-currency", "End what 'rates pause' began", "End what 'rates pause' began.")
	command.Example = r.example("rates resume EUR USD")
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		pair := client.RatePair{From: args[0], To: args[1]}
		if err := c.ResumeRate(ctx, pair, *reason); err != nil {
			return err
		}
		if r.json {
			return r.printJSON(pair)
		}
		r.printf("%s/%s is not paused any more\n", pair.From, pair.To)
		return nil
	})
	return command
}

func (r *remote) confirmPriceCommand() *cobra.Command {
	command := &cobra.Command{
		Use:               "confirm currency",
		Short:             "Use a price that is held back",
		Long:              "Use a price that is held back because it has jumped: see 'rates overrides'. With --price no other price is used.",
		Example:           r.example("rates confirm USD --price 1.31 --reason 'the market has moved'"),
		Args:              wantArgs(1, 1, "a currency"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	price := command.Flags().String("price", "", "the `price` that you have seen: no other is used")
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		held, err := c.ConfirmPrice(ctx, args[0], *price, *reason)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(held)
		}
		r.printf("the price of %s is %s now, and was %s\n", held.Currency, numberText(held.Came.Fraction), numberText(held.Used.Fraction))
		return nil
	})
	return command
}

func (r *remote) setPricesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "set currency=price ...",
		Short: "Set prices of the backend static",
		Long: "Set prices of the backend static, alone or in combined: units of the currency for one of its base, such as 0.92.\n" +
			"CUR=none takes a price away. They hold after a restart as well.",
		Example:           r.example("rates set EUR=0.92 JPY=none"),
		Args:              func(command *cobra.Command, args []string) error { _, err := pricesOf(command, args); return err },
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	reason, ephemeral := reasonFlag(command), untilRestart(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		prices, err := pricesOf(command, args)
		if err != nil {
			return err
		}
		set, err := c.SetPrices(ctx, prices, *reason, *ephemeral)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(set)
		}
		for _, arg := range args {
			currency, _, _ := strings.Cut(arg, "=")
			if price := set.Prices[currency]; price != nil {
				r.printf("the price of %s is %s%s\n", currency, numberText(*price), done(*ephemeral))
			} else {
				r.printf("the price of %s is taken away%s\n", currency, done(*ephemeral))
			}
		}
		return nil
	})
	return command
}

// pricesOf reads arguments such as EUR=0.92 and JPY=none.
func pricesOf(command *cobra.Command, args []string) (map[string]*string, error) {
	path := commandPath(command)
	if len(args) == 0 {
		return nil, fmt.Errorf("%s takes prices such as EUR=0.92, and the currency=price is missing", path)
	}
	prices := make(map[string]*string, len(args))
	for _, arg := range args {
		currency, price, ok := strings.Cut(arg, "=")
		switch _, twice := prices[currency]; {
		case arg == "":
			return nil, fmt.Errorf("%s: the currency=price is empty", path)
		case !ok || currency == "" || price == "":
			return nil, fmt.Errorf("%s: %q is no price: write it as EUR=0.92, or EUR=none to take it away", path, arg)
		case twice:
			return nil, fmt.Errorf("%s: %s has two prices", path, currency)
		case price == "none":
			prices[currency] = nil
		default:
			prices[currency] = &price
		}
	}
	return prices, nil
}
