// Package combined implements the rate backend that asks several others, its sources, and takes
// of each currency one price: that of the first source that has one (ordered), or the median.
//
// The sources may have prices in different bases: a currency that two of them have links their
// prices exactly. What the other sources say goes along as [rate.Price.Others], so that it can
// second a jump. A source that fails, or does not answer, costs only itself. Its last prices stay
// in use until they are too old.
package combined

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Interval is how often to poll this backend. It asks each source as often as that wants.
const Interval = time.Minute

// Mode says which of several prices counts.
type Mode string

// The modes.
const (
	Ordered Mode = "ordered" // that of the first source
	Median  Mode = "median"  // the middle one, or between the two in the middle
)

// Maker makes a source, and says how often to ask it.
type Maker struct {
	Interval time.Duration
	New      func(rate.Options) (rate.Backend, error)
}

// Lookup finds the maker of the backends of a name. The error says why there is none.
type Lookup func(name string) (Maker, error)

// Config is what a Backend is made of.
type Config struct {
	// Name is that of the backend, for operators.
	Name string
	// Base is the currency that all prices are in, empty for that of the first source.
	Base string
	Mode Mode
	// Sources are asked in parallel. Of two the first counts.
	Sources []Source
}

// Source is one of the sources.
type Source struct {
	Name    string
	Backend rate.Backend
	// Interval is how long to wait after an answer before the next question.
	Interval time.Duration
	// Timeout bounds an answer, 0 for Timeout.
	Timeout time.Duration
}

// Timeout is how long a source may take unless it is told another time.
const Timeout = 8 * time.Second

// sourcesMax bounds the sources of a configuration.
const sourcesMax = 20

// Backend takes its prices from sources.
type Backend struct {
	o       rate.Options
	name    string
	mode    Mode
	spread  rate.Spread
	sources []*source
	gaps    rate.Gaps

	base   string                // of all tables, empty before the first
	last   map[string]*big.Rat   // the prices of the last table
	picked map[string]rate.Price // the same, with their sources and times
}

// New returns the constructor of a backend whose sources are found by lookup.
func New(lookup Lookup) func(rate.Options) (rate.Backend, error) {
	return func(o rate.Options) (rate.Backend, error) {
		c, err1 := readConfig(o, lookup)
		o.WarnUnknown("backends", "mode")
		b, err2 := Join(o, c)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return b, nil
	}
}

// readConfig reads the sources and the mode of a configuration. The error has all that is wrong.
func readConfig(o rate.Options, lookup Lookup) (Config, error) {
	c, faults := Config{Name: "combined"}, []error(nil)
	list, ok := o.Config["backends"].([]any)
	if !ok || len(list) == 0 || len(list) > sourcesMax {
		faults, list = append(faults, fmt.Errorf("%s: is not a list of 1 to %d backends, such as [{backend: ecb}]", o.Field("backends"), sourcesMax)), nil
	}
	if o.Config["maxAge"] != nil {
		faults = append(faults, fmt.Errorf("%s: is not for all sources at once; move it to those of %s", o.Field("maxAge"), o.Field("backends")))
	}
	mode, err := o.Text("mode", string(Ordered))
	if c.Mode = Mode(mode); err == nil && c.Mode != Ordered && c.Mode != Median {
		err = fmt.Errorf("%s: is %.20q; write %s or %s", o.Field("mode"), mode, Ordered, Median)
	}
	usual, err2 := o.Timeout(Timeout)
	faults = append(faults, err, err2)
	for i, entry := range list {
		s, err := newSource(o, fmt.Sprintf("backends[%d]", i), entry, usual, lookup)
		c.Sources, faults = append(c.Sources, s), append(faults, err)
	}
	return c, errors.Join(faults...)
}

// ofTheWhole are the keys that no source has for itself.
var ofTheWhole = []string{"spread", "maxJump"}

// newSource makes the source of an entry of backendConfig.backends. usual is its timeout unless it has
// one of its own.
func newSource(whole rate.Options, key string, entry any, usual time.Duration, lookup Lookup) (s Source, err error) {
	o := whole
	o.Path, o.Spread, o.Config = whole.Field(key), "", map[string]any{}
	switch entry := entry.(type) {
	case string:
		s.Name = entry
	case map[string]any:
		for name, value := range entry {
			o.Config[name] = value
		}
		s.Name, _ = entry["backend"].(string)
		delete(o.Config, "backend")
	}
	if s.Name == "" {
		return s, fmt.Errorf("%s.backend: is missing; write the name of a backend", o.Path)
	}
	var faults []error
	for _, name := range ofTheWhole {
		if o.Config[name] != nil {
			faults = append(faults, fmt.Errorf("%s: is not for one of several sources; move it to %s", o.Field(name), whole.Field(name)))
			delete(o.Config, name)
		}
	}
	maker, err := lookup(s.Name)
	if err != nil {
		return s, errors.Join(append(faults, fmt.Errorf("%s.backend: %w", o.Path, err))...)
	}
	var err1, err2, err3 error
	s.Interval, err1 = o.Interval(maker.Interval)
	s.Timeout, err2 = o.Timeout(usual)
	s.Backend, err3 = maker.New(o)
	return s, errors.Join(append(faults, err1, err2, err3)...)
}

// settable is a Backend with one source whose prices can be set.
type settable struct {
	*Backend
	setter rate.Setter
	source *source // of setter
}

// PriceBase returns the currency that the prices of that source are in.
func (s settable) PriceBase() string { return s.setter.PriceBase() }

// SetPrices sets the prices of that source, which is then asked next time whatever its interval is.
func (s settable) SetPrices(prices map[string]*big.Rat, at time.Time) error {
	err := s.setter.SetPrices(prices, at)
	if err == nil {
		s.source.changed.Store(true)
	}
	return err
}

// Join returns the backend of some sources. It is a [rate.Setter] if one of them is. Of o it
// reads the spread.
func Join(o rate.Options, c Config) (rate.Backend, error) {
	spread, err := o.EffectiveSpread()
	if err != nil {
		return nil, err
	}
	b := &Backend{o: o, name: c.Name, mode: c.Mode, base: c.Base, spread: spread, gaps: rate.Gaps{Log: o.Log}}
	var setters []settable
	for _, s := range c.Sources {
		s.Name = b.nameFor(s.Name)
		b.sources = append(b.sources, newState(s))
		if setter, is := s.Backend.(rate.Setter); is {
			setters = append(setters, settable{b, setter, b.sources[len(b.sources)-1]})
		}
	}
	if len(setters) == 1 {
		return setters[0], nil
	}
	return b, nil
}

// nameFor returns the name of a further source: that of its backend, with a number if there is such
// a source already.
func (b *Backend) nameFor(name string) string {
	unique := name
	for n := 2; slices.ContainsFunc(b.sources, func(s *source) bool { return s.Name == unique }); n++ {
		unique = fmt.Sprintf("%s-%d", name, n)
	}
	return unique
}

// Rates asks the sources whose turn it is, and combines what all have said. The error is that of
// all sources, if each has failed when it was asked last. There is a table all the same when another
// price counts than before, since that one is too old.
func (b *Backend) Rates(ctx context.Context) (*rate.Table, error) {
	b.ask(ctx)
	if !slices.ContainsFunc(b.sources, func(s *source) bool { return s.last != nil }) {
		return nil, b.failure()
	}
	failing := !slices.ContainsFunc(b.sources, func(s *source) bool { return s.err == nil })
	m := merge{now: time.Now(), mode: b.mode, base: b.base, last: b.last}
	prices := m.combine(b.sources)
	if len(prices) == 0 {
		return nil, errors.New(b.name + ": no source has a price that can be used")
	}
	if failing && maps.EqualFunc(prices, b.picked, samePrice) {
		return nil, b.failure()
	}
	b.base, b.picked = m.base, prices
	b.last = make(map[string]*big.Rat, len(prices))
	for currency, p := range prices {
		b.last[currency] = p.Value
	}
	missing := b.missing(prices)
	b.gaps.Note(b.name, prices, missing)
	table := rate.NewPriceTable(b.name, prices, missing, b.spread)
	table.Base = b.base
	return table, nil
}

// samePrice reports whether two prices are the same word of one source.
func samePrice(p, q rate.Price) bool {
	return p.Value.Cmp(q.Value) == 0 && p.Source == q.Source && p.At.Equal(q.At) && p.MaxAge == q.MaxAge
}

// failure returns what each source has said.
func (b *Backend) failure() error {
	var said []string
	for _, s := range b.sources {
		if s.err != nil {
			said = append(said, s.Name+": "+s.err.Error())
		}
	}
	return errors.New(strings.Join(said, "; "))
}

// missing returns the currencies that should have a price and have none, and why.
func (b *Backend) missing(prices map[string]rate.Price) map[string]string {
	missing := map[string]string{}
	note := func(s *source, currency, why string) {
		if _, priced := prices[currency]; !priced && missing[currency] == "" {
			missing[currency] = s.Name + ": " + why
		}
	}
	for _, s := range b.sources {
		if s.last == nil {
			for _, currency := range b.inUse() {
				if s.lists(currency) {
					note(s, currency, s.err.Error())
				}
			}
			continue
		}
		for currency, why := range s.last.Missing() {
			note(s, currency, why)
		}
		for currency := range s.last.Prices() {
			note(s, currency, "no currency links its prices to those of the other sources")
		}
	}
	return missing
}

// inUse returns the currencies of accounts.
func (b *Backend) inUse() []string {
	if b.o.Currencies == nil {
		return nil
	}
	return b.o.Currencies()
}

// Lists reports whether a source may have a price of a currency.
func (b *Backend) Lists(currency string) bool {
	return slices.ContainsFunc(b.sources, func(s *source) bool { return s.lists(currency) })
}

// Backends returns the backends of the sources.
func (b *Backend) Backends() (all []rate.Backend) {
	for _, s := range b.sources {
		all = append(all, s.Backend)
	}
	return all
}

var (
	_ rate.Combiner = (*Backend)(nil)
	_ rate.Lister   = (*Backend)(nil)
	_ rate.Setter   = settable{}
	_ rate.Combiner = settable{}
	_ rate.Lister   = settable{}
	_ rate.Backend  = (*Backend)(nil)
	_ rate.Reporter = (*Backend)(nil)
	_ rate.Reporter = settable{}
)
