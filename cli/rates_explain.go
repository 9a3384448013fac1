package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (r *remote) explainRateCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "explain from to",
		Short: "Show how a rate comes about, or why there is none",
		Long: "Show how the rate between two accounts comes about, or why there is none and what to do about it.\n" +
			"A name that is no account is a currency, such as EUR, or with its scale EUR:2. Without one the scale is 9.\n" +
			"The exit status is 1 if there is no rate.",
		Example:           r.example("rates explain alice bob --amount 1000"),
		Args:              wantArgs(2, 2, "two accounts or currencies"),
		ValidArgsFunction: r.completeAccounts(2),
	}
	amount := command.Flags().String("amount", "", "convert this `amount` of base units, instead of one unit")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		x, err := c.ExplainRate(ctx, args[0], args[1], *amount)
		if err != nil {
			return err
		}
		if r.json {
			err = r.printJSON(x)
		} else {
			err = r.printDetails(explanationDetails(x, time.Now()))
		}
		if err == nil && x.Rate == nil {
			return errReported
		}
		return err
	})
	return command
}

// explanationDetails are the parts of a rate, in the order of the computation.
func explanationDetails(x client.RateExplanation, now time.Time) (d details) {
	for _, party := range []struct {
		name string
		client.RateParty
	}{{"from", x.From}, {"to", x.To}} {
		text := fmt.Sprintf("%s with scale %d", party.AssetCode, party.AssetScale)
		if party.Account != "" {
			text = fmt.Sprintf("account %s: %s", party.Account, text)
		}
		d.add(party.name, text)
	}
	d.add("no rate", x.Reason)
	d.add("what to do", x.Remedy)

	parties := []client.RateParty{x.From, x.To}
	if x.From.AssetCode == x.To.AssetCode {
		parties = parties[:1]
	}
	for _, party := range parties {
		if party.Price == nil {
			continue
		}
		var prices details
		prices.addPrice("price", party.Price)
		for _, other := range party.Price.Others {
			prices.addPrice("another source", &other)
		}
		if h := party.HeldBack; h != nil {
			prices.addPrice("held back since "+ago(h.Since, now), &h.Came)
		}
		d.section(party.AssetCode+", in units of it for one of the base", prices)
	}

	var parts details
	if p := x.Pause; p != nil {
		parts.add("paused", "in both directions"+overrideText(p.RateOverride, now))
	}
	if p := x.Pin; p != nil {
		parts.add("pinned", pinText(*p, now))
	}
	if x.Price != nil {
		parts.add("price", fmt.Sprintf("%s %s for 1 %s, by %s", numberText(*x.Price), x.To.AssetCode, x.From.AssetCode, priceBy[x.PriceBy]))
	}
	if x.Spread.Of != "" {
		of := x.Spread.Of
		if x.Spread.Account != "" {
			of += " " + x.Spread.Account
		}
		parts.add("spread", numberText(x.Spread.Fraction)+", of the "+of)
	}
	if x.ScaleShift != 0 {
		parts.add("scales", fmt.Sprintf("times 10^%d", x.ScaleShift))
	}
	if x.Rate != nil {
		parts.add("rate", fmt.Sprintf("%s: %s / %s", x.Rate.Decimal, x.Rate.Numerator, x.Rate.Denominator))
	}
	d.section("the rate", parts)

	if e := x.Example; e != nil {
		var example details
		example.add("amount", e.Amount)
		example.add("product", numberText(e.Product))
		if e.Outgoing == "" {
			example.add("paid out", "nothing: it does not fit a packet, which is refused with F08")
		}
		example.add("paid out", e.Outgoing)
		d.section("an example, in base units", example)
	}
	return d
}

// priceBy says what a price is made of.
var priceBy = map[string]string{
	"pin": "a pin", "prices": "the prices", "backend": "the backend", "same currency": "definition: the currencies are the same",
}

// addPrice adds a price with its source and its age.
func (d *details) addPrice(name string, p *client.RatePrice) {
	text := numberText(p.Fraction)
	if p.Source != "" {
		text += " by " + p.Source
	}
	if !p.At.IsZero() {
		text += fmt.Sprintf(", %s old", span(time.Duration(p.AgeMs)*time.Millisecond))
	}
	if p.MaxAgeMs > 0 {
		text += ", may be used for " + span(time.Duration(p.MaxAgeMs)*time.Millisecond)
	}
	d.add(name, text)
}

// numberText returns a number as a decimal, and as a fraction if that says more.
func numberText(f client.RateFraction) string {
	if f.Exact == f.Decimal {
		return f.Decimal
	}
	return fmt.Sprintf("%s (%s)", f.Decimal, f.Exact)
}

// pinText returns a pin in words.
func pinText(p client.RatePin, now time.Time) string {
	return fmt.Sprintf("%s/%s at %s", p.From, p.To, numberText(p.Price)) + overrideText(p.RateOverride, now)
}

// overrideText says when and why an operator has overridden a rate, behind a comma.
func overrideText(o client.RateOverride, now time.Time) (text string) {
	if since := ago(o.At, now); since != "" {
		text += ", " + since
	}
	if o.By != "" {
		text += ", from " + o.By
	}
	if o.Ephemeral {
		text += ", until the next start"
	}
	if o.Reason != "" {
		text += ": " + o.Reason
	}
	return text
}
