package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/ilp"
)

func (r *remote) routesGetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "get address",
		Short: "Show where packets to an ILP address go, and why not elsewhere",
		Long: "Show where packets to an ILP address go, and why not elsewhere. The list has the chosen route, the routes\n" +
			"that lost to it, the fallback routes to shorter prefixes, and the routes that we refuse from neighbors.\n" +
			"The exit status is 1 if there is no route.",
		Example:           r.example("routes get g.acme.alice"),
		Args:              wantAddress,
		RunE:              r.ask(r.route),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// route prints the route to an address.
func (r *remote) route(ctx context.Context, c *client.Client, args []string) error {
	e, err := c.Explain(ctx, args[0])
	if err != nil {
		return err
	}
	headline, found := headlineOf(e)
	if r.json {
		err = r.printJSON(e)
	} else {
		if found && e.Candidates[0].NextHop != "" {
			err = r.addLink(ctx, c, &headline, e.Candidates[0].NextHop)
		}
		if err == nil {
			r.printf("%s\n", headline)
			err = r.printCandidates(e, time.Now())
		}
	}
	if err == nil && !found {
		return errReported
	}
	return err
}

// headlineOf returns where packets to the address go. found is false if there is no route.
func headlineOf(e client.Explanation) (headline string, found bool) {
	switch {
	case strings.HasPrefix(e.Address, ilp.PeerPrefix):
		return "no route to " + e.Address + ": addresses below peer. are for neighbors alone and never forwarded", false
	case len(e.Candidates) == 0:
		return "no route to " + e.Address + ": packets to it are refused with F02", false
	}
	switch chosen := e.Candidates[0]; {
	case chosen.NextHop == "" && chosen.Prefix == e.Address:
		return e.Address + " is our own address", true
	case chosen.NextHop == "":
		return "no route to " + e.Address + ": it is below our own address and no child's; packets to it are refused with F02", false
	case chosen.Prefix == e.Address:
		return e.Address + " goes to " + chosen.NextHop, true
	default:
		return e.Address + " goes to " + chosen.NextHop + ", by the route to " + chosen.Prefix, true
	}
}

// addLink adds to headline whether the link of the account is down.
func (r *remote) addLink(ctx context.Context, c *client.Client, headline *string, account string) error {
	list, err := c.Accounts(ctx)
	if a, there := list.Accounts.Find(account); there && !a.Connected {
		*headline += "; it is not connected, so packets are refused with T01"
	}
	return err
}

// printCandidates prints the chosen route, the others, the refused ones, and those that come
// and go too often.
func (r *remote) printCandidates(e client.Explanation, now time.Time) error {
	var rows [][]string
	add := func(use string, c client.Candidate, why string) {
		rows = append(rows, []string{use, c.Prefix, cmp.Or(c.NextHop, ourselves), c.Relation, c.Source, why, c.Path})
	}
	for i, c := range e.Candidates {
		use := "lost"
		if i == 0 {
			use = "chosen"
		}
		add(use, c, why(c, e.Candidates[0]))
	}
	for _, c := range e.Shorter {
		why := "shorter prefix: used if the routes above go"
		if c.NextHop == "" {
			why = "shorter prefix, our own: if the routes above go, packets are refused"
		}
		add("fallback", c, why)
	}
	for _, refused := range e.Refused {
		use, why := "refused", refused.Reason
		if !refused.Until.IsZero() {
			use, why = "damped", why+": used again "+cmp.Or(until(refused.Until, now), "now")+" if it stays"
		}
		rows = append(rows, []string{use, refused.Prefix, refused.NextHop, "", "", why, ""})
	}
	if len(rows) == 0 {
		return nil
	}
	return r.printTable([]string{"USE", "PREFIX", "NEXT HOP", "RELATION", "SOURCE", "WHY", "PATH"}, rows)
}

// why returns why c lost to the chosen route, or else whether c is stale.
func why(c, chosen client.Candidate) string {
	switch c.LostBy {
	case "configured":
		return "a configured route comes first"
	case "local":
		return "a route of our own comes first"
	case "local preference":
		return fmt.Sprintf("lower localPreference: %d, not %d", c.LocalPreference, chosen.LocalPreference)
	case "relation":
		return fmt.Sprintf("a %s comes before a %s", chosen.Relation, c.Relation)
	case "path length":
		return fmt.Sprintf("longer path: %s, not %d", count(connectors(c), "connector"), connectors(chosen))
	case "account id":
		return fmt.Sprintf("otherwise equal, and %s comes before %s", chosen.NextHop, c.NextHop)
	}
	if c.Stale {
		return "stale: its neighbor is gone, so it comes after all others"
	}
	return c.LostBy
}

// connectors returns the number of connectors in a path.
func connectors(c client.Candidate) int { return len(strings.Fields(c.Path)) }
