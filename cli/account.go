package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

// account prints one account in full.
func (r *remote) account(ctx context.Context, c *client.Client, id string, now time.Time) error {
	var document json.RawMessage
	err := c.Get(ctx, client.AccountPath(id), &document)
	var failure string // of its plugin, whose account is shown all the same
	if answer := new(client.Error); errors.As(err, &answer) && answer.Status >= http.StatusInternalServerError {
		if c.Get(ctx, client.AccountPath(id)+client.WithoutInfo, &document) == nil {
			failure, err = answer.Error(), nil
		}
	}
	if err != nil {
		if missing := unknown(ctx, c, id); missing != nil {
			return missing
		}
		return err
	}
	if r.json {
		return r.printJSON(document)
	}
	var settings struct{ Info, Configuration json.RawMessage }
	whole, err := client.ReadAccount(document)
	if err = errors.Join(err, json.Unmarshal(document, &settings)); err != nil {
		return fmt.Errorf("read the account %s: %w", id, err)
	}
	a := whole.AccountDetails
	d := linkDetails(&a, now)
	d.section("admin info of the plugin", adminInfoDetails(whole.Info, failure))
	d.section("balance", balanceDetails(&a))
	d.section("limits", limitDetails(a.Limits))
	d.section("settlement", settlementDetails(&a, now))
	d.section("routes", routeDetails(&a))
	d.section("packets since the start", packetDetails(&a, now))
	d.section("rejections since the start", rejectionDetails(a.Rejections, now))
	d.section("rates, of one base unit", rateDetails(a.Rates))
	var configured details
	if settings.Configuration != nil {
		settings.Info = settings.Configuration
	}
	configured.addJSON("", settings.Info)
	d.section("settings", configured)
	return r.printDetails(d)
}

// adminInfoDetails returns what the plugin says of itself, or why it does not.
func adminInfoDetails(info json.RawMessage, failure string) (d details) {
	d.add("not known", failure)
	if len(info) > 0 {
		d.addJSON("", info)
	}
	return d
}

// linkDetails returns the state of an account, and of its link.
func linkDetails(a *client.AccountDetails, now time.Time) (d details) {
	d.add("account", a.ID)
	d.add("client of", a.Parent)
	d.add("address", a.Address)
	if a.Blocked {
		d.add("blocked", "yes")
	}
	d.add("old token ends", until(a.OldTokenUntil, now))
	d.add("old secret ends", until(a.OldSecretUntil, now))
	if a.UsesOldSecret {
		d.add("secret in use", "the old one")
	} else if a.Connected && !a.OldSecretUntil.IsZero() {
		d.add("secret in use", "the new one")
	}
	d.add("certificate ends", until(a.CertificateUntil, now))
	d.add("state", stateOf(a.Account))
	d.add("for", age(a.Since, now))
	d.add("paused by", pausesIn(a.PausedBy))
	for _, p := range a.Problems {
		if lasts := age(p.Since, now); lasts != "" {
			p.Reason += " (for " + lasts + ")"
		}
		d.add("problem", p.Reason)
	}
	d.add("server", a.Server)
	d.add("listens at", a.Listener)
	if a.Remote != a.Server {
		d.add("remote address", a.Remote)
	}
	if len(a.Problems) == 0 || a.Problems[0].Reason != a.LastError {
		d.add("last error", a.LastError)
	}
	d.add("last connection", a.Closed)
	d.add("next try", until(a.NextRetry, now))
	d.addCount("failed connects", a.Failures)
	d.addCount("refused logins", a.Refusals)
	d.add("last refused login", ago(a.RefusedAt, now))
	d.add("refused address", a.RefusedFrom)
	d.addCount("replaced connections", a.Replacements)
	if k := a.Children; k != nil {
		d.add("clients", fmt.Sprintf("%d known, %d connected: 'ilp-connector children %s'", k.Known, k.Connected, a.ID))
	}
	return d
}

// balanceDetails returns the parts of a balance, in base units.
func balanceDetails(a *client.AccountDetails) (d details) {
	b := a.Balance
	if b == nil {
		return nil
	}
	d.add("balance", strings.TrimSpace(b.Balance+", which is "+inUnits(b.Balance, int(a.Info.AssetScale))+" "+a.Info.AssetCode))
	d.add("posted", b.Posted)
	d.add("held for packets from it", b.PendingIn)
	d.add("reserved for packets to it", b.PendingOut)
	d.add("being settled", b.Settling)
	return d
}

func limitDetails(limits []client.AccountLimit) (d details) {
	for _, l := range limits {
		d.add(l.Direction+" "+l.Name, l.Limit+"; left "+l.Left)
	}
	return d
}

// settlementDetails returns who owes, what settles that, and what it has done last.
func settlementDetails(a *client.AccountDetails, now time.Time) (d details) {
	s := a.Settlement
	d.add("settled by", strings.TrimSpace(s.By+" "+s.Engine))
	if c := s.Channels; c != nil {
		d.add("channels", channelsLine(c))
	}
	switch {
	case s.WeOwe != "":
		d.add("debt", "we owe it "+s.WeOwe)
	case s.TheyOwe != "":
		d.add("debt", "it owes us "+s.TheyOwe)
	case a.Balance != nil:
		d.add("debt", "none")
	}
	d.add("settle below", s.Threshold)
	if s.EveryMs > 0 {
		d.add("settle every", span(time.Duration(s.EveryMs)*time.Millisecond))
	}
	if s.Threshold != "" || s.EveryMs > 0 {
		d.add("settle to", s.To)
	}
	for _, one := range s.Open {
		d.add("open", settlementLine(one, now))
	}
	if s.Last != nil && !s.Last.Open {
		d.add("last", settlementLine(*s.Last, now))
	}
	if r := s.LastReceipt; r != nil {
		d.add("last receipt", fmt.Sprintf("%s credited, %s", r.Credited, ago(r.ReceivedAt, now)))
	}
	if s.Last != nil || s.LastReceipt != nil {
		d.add("all of them", "ilp-connector settlements "+a.ID)
	}
	return d
}

func settlementLine(s client.Settlement, now time.Time) string {
	line := fmt.Sprintf("%s of %s, %s, %s", s.ID, s.Amount, s.State, ago(s.UpdatedAt, now))
	if s.LastError != "" {
		line += ": " + s.LastError
	}
	return line
}

// routeDetails returns how many routes of an account there are, and the first few.
func routeDetails(a *client.AccountDetails) (d details) {
	add := func(name string, r client.RouteCount) {
		if r.Count == 0 {
			return
		}
		text := strconv.Itoa(r.Count)
		if len(r.Prefixes) > 0 {
			text += ": " + strings.Join(r.Prefixes, ", ")
		}
		if len(r.Prefixes) > 0 && r.Count > len(r.Prefixes) {
			text += " and more"
		}
		d.add(name, text)
	}
	add("learned from it", a.Routes.Learned)
	add("announced to it", a.Routes.Announced)
	add("configured by it", a.Routes.Configured)
	if len(d) > 0 {
		d.add("all of them", "ilp-connector routes, and ilp-connector neighbors "+a.ID)
	}
	return d
}

func packetDetails(a *client.AccountDetails, now time.Time) (d details) {
	add := func(name string, r client.PacketResults) {
		d.add(name, fmt.Sprintf("%d fulfilled, %d rejected, %d failed", r.Fulfilled, r.Rejected, r.Failed))
	}
	add("from it", a.Packets.Incoming)
	add("to it", a.Packets.Outgoing)
	d.addCount("fulfilled too late", a.Packets.LateFulfills)
	d.add("in flight from it", strconv.FormatInt(a.InFlight, 10))
	d.add("in flight to it", strconv.FormatInt(a.Outstanding, 10))
	d.add("last packet", ago(a.LastPacket, now))
	return d
}

func rejectionDetails(rejections []client.Rejection, now time.Time) (d details) {
	for _, r := range rejections {
		d.add(r.Direction+" "+r.Code+" "+r.Cause, fmt.Sprintf("%d, the last %s with the amount %s", r.Count, ago(r.LastAt, now), r.LastAmount))
	}
	return d
}

func rateDetails(rates []client.AccountRate) (d details) {
	for _, r := range rates {
		d.add(fmt.Sprintf("in %s with scale %d", r.AssetCode, r.AssetScale), r.Rate)
	}
	return d
}
