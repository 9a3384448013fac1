package connector

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
)

// What alerts say of the rates as a whole, and of a source of prices.
const (
	kindRates        = "rates"
	kindSourceOfRate = "rate source " // and its name

	alertRatesMissing = "there are no exchange rates, and packets between different assets are refused: %v"
	alertRatesStale   = "the exchange rates are too old, and packets between different assets are refused: they are of %s by %s"

	alertSourceFails = "the source %s of exchange rates fails: %v; prices that it gave before are used until they are too old"
	alertSourceStale = "the source %s of exchange rates gives prices that are too old: the newest is of %s"
	alertSourceLacks = "the source %s of exchange rates has no price of %s: %s; that of another source is used"
)

// rateAlerts are the alerts about rates that are missing or too old, and about their sources. Each is
// raised once for each time that its trouble begins, so that it stays dismissed.
type rateAlerts struct {
	raised  bool
	sources map[string]string // the trouble of each source that has one, by name
}

func (r *rateAlerts) check(c *Connector, now time.Time) {
	n, text := node{c}, ""
	s := n.Rates()
	switch {
	case s.Table == nil && s.Err != nil:
		text = fmt.Sprintf(alertRatesMissing, s.Err)
	case s.Table != nil && s.Table.Stale(now):
		text = fmt.Sprintf(alertRatesStale, s.Table.At.UTC().Format(time.RFC3339), cmp.Or(s.Table.Source, c.cfg().Backend))
	}
	if text == "" && c.told != nil {
		if err := c.told.backend.None(); err != nil {
			text = fmt.Sprintf(alertRatesMissing, err)
		}
	}
	switch {
	case text == "":
		c.alerts.Resolve(now, "", kindRates)
	case !r.raised:
		c.alerts.RaiseKind(now, "", kindRates, text)
	}
	r.raised = text != ""
	if s.Table != nil { // else that alert names all sources
		r.checkSources(c, now, s.Table)
	}
}

// checkSources raises an alert about each source with a trouble, and ends those about others. table
// is what is traded at.
func (r *rateAlerts) checkSources(c *Connector, now time.Time, table *rate.Table) {
	former := r.sources
	r.sources = make(map[string]string)
	for _, s := range (node{c}).RateSources() {
		r.checkSource(c, now, s, table, former[s.Name])
	}
	whole := rate.SourceState{Name: c.cfg().Backend, State: c.poller.State()}
	if c.reporter != nil && len(r.sources) == 0 { // it may fail although each of its sources answers
		r.checkSource(c, now, whole, table, former[whole.Name])
	}
	for name := range former {
		if r.sources[name] == "" {
			c.alerts.Resolve(now, "", kindSourceOfRate+name)
		}
	}
}

func (r *rateAlerts) checkSource(c *Connector, now time.Time, s rate.SourceState, table *rate.Table, former string) {
	trouble, text := c.troubleOf(s, now, table)
	if trouble == "" {
		return
	}
	r.sources[s.Name] = trouble
	if trouble != former {
		c.alerts.RaiseKind(now, "", kindSourceOfRate+s.Name, text)
	}
}

// troubleOf returns what an operator should know of a source, both empty if that is nothing. text may
// change while the trouble stays the same.
//
// A source may fail once, as any server does. It is in trouble when it has failed twice in a row, or is
// to be left alone for a while.
func (c *Connector) troubleOf(s rate.SourceState, now time.Time, table *rate.Table) (trouble, text string) {
	var lacks []string
	for currency := range s.Missing {
		if table.Check(currency) == nil { // else there is an alert of each account
			lacks = append(lacks, currency)
		}
	}
	slices.Sort(lacks)
	switch {
	case s.Err != nil && (s.Failures > 1 || s.Next.Sub(now) > alertsTick):
		return "fails: " + string(rate.OutcomeOf(s.Err)), fmt.Sprintf(alertSourceFails, s.Name, s.Err)
	case c.reporter != nil && s.Table != nil && s.Table.Stale(now): // else the alert about the rates says it
		return "is stale", fmt.Sprintf(alertSourceStale, s.Name, s.Table.At.UTC().Format(time.RFC3339))
	case len(lacks) > 0:
		all := strings.Join(lacks, ", ")
		return "lacks " + all, fmt.Sprintf(alertSourceLacks, s.Name, all, s.Missing[lacks[0]])
	}
	return "", ""
}
