package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) channelsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "channels [account]",
		Short: "Show the payment channels that accounts settle over",
		Long: "Show the payment channels that accounts settle over: what each holds, what was signed for, and what was taken\n" +
			"out of it on the ledger. For one account, show former channels, our funds and the ledger servers as well.",
		Args: wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if r.json {
			return r.printDocument(ctx, c, client.ChannelsPath(strings.Join(args, "")))
		}
		if len(args) == 1 {
			of, err := c.AccountChannels(ctx, args[0])
			if err != nil {
				return err
			}
			return r.printDetails(channelDetails(&of, time.Now()))
		}
		list, err := c.Channels(ctx)
		if err != nil {
			return err
		}
		if len(list.Accounts) == 0 {
			r.printf("no account settles over payment channels\n")
			return nil
		}
		return r.printChannels(list.Accounts, time.Now())
	})
	command.AddCommand(r.fundChannelCommand(), r.claimChannelCommand(), r.closeChannelCommand(), r.openChannelCommand())
	return command
}

// printChannels prints the channels of accounts, and how their ledgers are.
func (r *remote) printChannels(all []client.AccountChannels, now time.Time) error {
	var rows, ledgers [][]string
	for i := range all {
		a := &all[i]
		if a.Outgoing != nil {
			rows = append(rows, r.channelRow(a, "to it", *a.Outgoing, now))
		}
		for _, in := range a.Incoming {
			rows = append(rows, r.channelRow(a, "from it", in, now))
		}
		ledgers = append(ledgers, []string{a.AccountID, xrpOf(a.BudgetLeft), ledgerLine(a.Ledger, now), string(a.Busy), a.Problem})
	}
	if len(rows) > 0 {
		if err := r.printTable([]string{"ACCOUNT", "PAYS", "CHANNEL", "CAPACITY", "SIGNED", "CLAIMED", "UNCLAIMED", "STATE"}, rows); err != nil {
			return err
		}
		r.printf("\n")
	}
	return r.printTable([]string{"ACCOUNT", "BUDGET LEFT", "LEDGER", "UNDER WAY", "LAST ERROR"}, ledgers)
}

// channelIDShown is how much of the id of a channel a table shows that is not wide.
const channelIDShown = 8

func (r *remote) channelRow(a *client.AccountChannels, pays string, c client.Channel, now time.Time) []string {
	id := c.ID
	if !r.wide && len(id) > channelIDShown {
		id = id[:channelIDShown] + "…"
	}
	return []string{a.AccountID, pays, id, xrpOf(c.Capacity), xrpOf(c.Signed), xrpOf(c.Claimed), xrpOf(c.Unclaimed), channelState(c, now)}
}

// channelState returns whether a channel is paid over, and when it closes.
func channelState(c client.Channel, now time.Time) string {
	switch {
	case c.Gone:
		return "gone from the ledger"
	case !c.ClosesAt.IsZero() && !c.ClosesAt.After(now):
		return "can be closed now"
	case !c.ClosesAt.IsZero():
		return "closes " + until(c.ClosesAt, now)
	case !c.Current:
		return "former"
	}
	return "open"
}

// ledgerLine returns how the connection to a ledger is.
func ledgerLine(l client.ChannelLedger, now time.Time) string {
	if !l.Connected {
		return "not connected"
	}
	return fmt.Sprintf("%d, %s old", l.Index, age(l.ClosedAt, now))
}

// channelDetails returns all that is known of the channels of an account.
func channelDetails(a *client.AccountChannels, now time.Time) (d details) {
	d.add("account", a.AccountID)
	d.add("our address", a.Address)
	d.add("the peer's address", a.PeerAddress)
	if f := a.Funds; f != nil {
		d.add("our funds", xrpOf(f.Balance)+", of which the ledger keeps back "+xrpOf(f.Reserve)+" and "+xrpOf(f.Free)+" are free")
	}
	d.add("budget left", xrpOf(a.BudgetLeft)+", of the options.fundingMax of a day")
	d.add("room in our channel", strings.TrimSpace(inUnits(a.RoomUnits, int(a.AssetScale))+" "+a.AssetCode))
	if a.Closing {
		d.add("closing", "an operator closes our channel, and none is opened before 'ilp-connector channels open "+a.AccountID+"'")
	}
	d.add("under way", string(a.Busy))
	d.add("problem", a.Problem)
	d.section("our channel to the peer", oneChannel(a.Outgoing, now))
	for i := range a.Incoming {
		heading := "former channel of the peer to us"
		if a.Incoming[i].Current {
			heading = "channel of the peer to us"
		}
		d.section(heading, oneChannel(&a.Incoming[i], now))
	}
	var claims details
	for _, name := range slices.Sorted(maps.Keys(a.Claims)) {
		claims.addCount(strings.ReplaceAll(name, "_", " "), a.Claims[name])
	}
	d.section("claims of the peer", claims)
	var ledger details
	ledger.add("last validated", ledgerLine(a.Ledger, now))
	if id := a.Ledger.NetworkID; id != nil {
		ledger.add("network id", strconv.FormatUint(uint64(*id), 10))
	}
	for _, s := range a.Ledger.Servers {
		ledger.add(s.Server, serverLine(s, now))
	}
	d.section("ledger", ledger)
	return d
}

func oneChannel(c *client.Channel, now time.Time) (d details) {
	if c == nil {
		return nil
	}
	d.add("id", c.ID)
	d.add("state", channelState(*c, now))
	d.add("holds", xrpOf(c.Capacity))
	d.add("signed", xrpOf(c.Signed))
	d.add("claimed", xrpOf(c.Claimed))
	d.add("unclaimed", xrpOf(c.Unclaimed))
	if c.SettleDelay > 0 {
		d.add("settle delay", span(time.Duration(c.SettleDelay)*time.Second))
	}
	return d
}

// serverLine returns whether a server of the ledger is in use, and why not.
func serverLine(s client.LedgerServer, now time.Time) string {
	lasts := age(s.Since, now)
	if s.InUse {
		return strings.TrimSpace("in use " + lasts)
	}
	if s.Reason == "" {
		return "not tried"
	}
	line := s.Reason
	if s.Detail != "" {
		line += ": " + s.Detail
	}
	return strings.TrimSpace(fmt.Sprintf("%s (%d times, %s ago)", line, s.Failures, lasts))
}

// dropsScale is how many digits of XRP a drop is.
const dropsScale = 6

// xrpOf returns drops in XRP, or nothing for none that are known.
func xrpOf(drops string) string {
	if drops == "" {
		return ""
	}
	return inUnits(drops, dropsScale) + " XRP"
}

// channelsLine returns the channels of an account in brief.
func channelsLine(a *client.AccountChannels) string {
	var parts []string
	if c := a.Outgoing; c != nil {
		parts = append(parts, fmt.Sprintf("%s of %s signed to it", xrpOf(c.Signed), xrpOf(c.Capacity)))
	}
	if len(a.Incoming) > 0 && a.Incoming[0].Current {
		c := a.Incoming[0]
		part := xrpOf(c.Signed) + " signed by it"
		if c.Unclaimed != "" {
			part += ", " + xrpOf(c.Unclaimed) + " of it unclaimed"
		}
		parts = append(parts, part)
	}
	if a.Problem != "" {
		parts = append(parts, "a problem")
	}
	return strings.TrimPrefix(strings.Join(append(parts, "'ilp-connector channels "+a.AccountID+"'"), "; "), "; ")
}
