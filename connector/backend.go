package connector

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/rate"
)

// backendMade is what a configuration says of the source of exchange rates.
type backendMade struct {
	source            rate.Backend
	spread            rate.Spread
	maxJump           *big.Rat // nil for no bound
	interval, timeout time.Duration
}

// maxJumpUsual is by how much a price may change at once: a fifth.
var maxJumpUsual = big.NewRat(1, 5)

// makeBackend makes the backend of a configuration. The error has all that is wrong with backendConfig,
// as faultsOfBackend finds it. warn gets what is odd about it.
func makeBackend(
	cfg *config.Config, b Backend, log *slog.Logger, warn func(config.Warning), currencies func() []string,
) (made backendMade, err error) {
	o := rate.Options{Spread: cfg.Spread, Config: cfg.BackendConfig, Log: log, Currencies: currencies}
	o.Warn = func(path, problem, hint string) {
		warn(config.Warning(located(cfg, config.Fault{Path: path, Problem: problem, Hint: hint})))
	}
	var errs [5]error
	made.source, errs[0] = b.New(o)
	made.spread, errs[1] = o.EffectiveSpread()
	made.maxJump, errs[2] = o.MaxJump(maxJumpUsual)
	made.interval, errs[3] = o.Interval(b.Interval)
	made.timeout, errs[4] = o.Timeout(rate.AttemptTimeout)
	return made, errors.Join(errs[:]...)
}

// faultsOfBackend returns the faults that an error of makeBackend has, each once.
func faultsOfBackend(cfg *config.Config, err error) (faults config.Faults) {
	for _, one := range each(err) {
		for _, f := range partFault(cfg, "", one) {
			if !slices.Contains(faults, f) {
				faults = append(faults, f)
			}
		}
	}
	return faults
}

// each returns the errors that an error joins, in order.
func each(err error) (all []error) {
	joined, is := err.(interface{ Unwrap() []error }) //nolint:errorlint // a wrapped one has a text of its own
	if !is {
		return []error{err}
	}
	for _, one := range joined.Unwrap() {
		all = append(all, each(one)...)
	}
	return all
}

// newPoller makes the poller of exchange rates.
func (c *Connector) newPoller() (*rate.Poller, error) {
	backend, hosted, err := c.backendOf()
	if err != nil {
		return nil, err
	}
	cfg := *c.cfg()
	if hosted {
		cfg.BackendConfig = nil
	}
	made, err := makeBackend(&cfg, backend, c.log, c.parts.warn, c.currencies)
	if err != nil {
		if faults := faultsOfBackend(c.cfg(), err); len(faults) > 1 {
			return nil, faults
		}
		return nil, fmt.Errorf("backend %s: %w", c.cfg().Backend, err)
	}
	return c.pollerOf(made), nil
}

// pollerOf returns the poller of a backend, which it makes the source of rates.
func (c *Connector) pollerOf(made backendMade) *rate.Poller {
	c.spread, c.maxJump = made.spread, made.maxJump
	c.lists, _ = made.source.(rate.Lister)
	c.setter, _ = made.source.(rate.Setter)
	c.reporter, _ = made.source.(rate.Reporter)
	c.observe(made.source)
	p := rate.NewPoller(made.source, made.interval, c.offerRates, c.log)
	p.SetTimeout(made.timeout)
	return p
}
