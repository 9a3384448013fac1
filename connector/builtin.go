package connector

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/engine/middleware/dedupe"
	"github.com/ilp-go/connector/nodehost/module"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/combined"
	"github.com/ilp-go/connector/rate/ecb"
	"github.com/ilp-go/connector/rate/ecbcoinmarketcap"
	"github.com/ilp-go/connector/rate/ecbxrp"
	"github.com/ilp-go/connector/rate/httpjson"
	"github.com/ilp-go/connector/rate/onetoone"
	"github.com/ilp-go/connector/rate/randomizer"
	"github.com/ilp-go/connector/rate/static"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
	"github.com/ilp-go/connector/store/memory"
)

// parts is everything a connector can be made of, by the names in the
// configuration.
type parts struct {
	log         *slog.Logger
	plugins     map[string]Plugin
	backends    map[string]Backend
	stores      map[string]StoreFactory
	probes      map[string]storeProbe // of stores
	middlewares map[string]MiddlewareType
	added       []middleware.Named
	observers   []rate.Observer
	duplicates  *dedupe.Memory
	resolve     resolver                                         // finds npm modules
	warn        func(config.Warning)                             // takes what is odd about options of parts; it is logged unless Check has it
	reread      func() (*config.Config, []config.Warning, error) // nil if nothing can be read again
}

// builtin returns everything that is built in. This is the list.
func builtin() parts {
	p := parts{
		log: slog.New(slog.DiscardHandler),
		plugins: map[string]Plugin{
			"ilp-http":                 newHTTP,
			"ilp-plugin-btp":           newBTP,
			"ilp-plugin-http":          newHTTP,
			"ilp-plugin-mini-accounts": newMiniAccounts,
			xrpPlugin:                  nil, // see pluginOf
			"loopback":                 newLoopback,
		},
		backends: map[string]Backend{
			"one-to-one":             {0, onetoone.New},
			"ecb":                    {ecb.Interval, ecb.New},
			"ecb-plus-xrp":           {ecbxrp.Interval, ecbxrp.New},
			"ecb-plus-coinmarketcap": {ecbcoinmarketcap.Interval, ecbcoinmarketcap.New},
			"http":                   {httpjson.Interval, httpjson.New},
			"static":                 {0, static.New},
			"randomizer":             {randomizer.Interval, randomizer.New},
		},
		stores: map[string]StoreFactory{
			memoryStore: newMemoryStore,
			"bolt":      newBoltStore,
		},
		probes:      map[string]storeProbe{"bolt": {disk.Probe, readBoltStore, disk.Exposed}},
		middlewares: map[string]MiddlewareType{},
		duplicates:  dedupe.NewMemory(),
		resolve:     module.Resolve,
	}
	p.backends["combined"] = Backend{combined.Interval, combined.New(p.source)}
	return p
}

// errAtPar says why a backend is no source for another one.
var errAtPar = errors.New("makes rates without prices, which cannot be combined; leave it out")

// source returns the backend of a name as a source of a combined one.
func (p *parts) source(name string) (combined.Maker, error) {
	b, there := p.backends[name]
	switch {
	case !there:
		return combined.Maker{}, unknown("backend", name, p.backends)
	case name == "one-to-one" || name == "randomizer":
		return combined.Maker{}, fmt.Errorf("%s %w", name, errAtPar)
	}
	return combined.Maker{Interval: b.Interval, New: b.New}, nil
}

// memoryStore is the name of the store that keeps nothing.
const memoryStore = "memory"

// newMemoryStore makes a store in memory, which logs that a restart loses it.
func newMemoryStore(c StoreConfig) (store.Store, error) { return memory.New(c.Log), nil }

// newBoltStore opens the durable store, or makes it.
func newBoltStore(c StoreConfig) (store.Store, error) {
	return disk.Open(c.Path, disk.Options{
		Durability: store.Durability(c.Durability), Version: admin.OwnVersion().Version, Log: c.Log,
	})
}

// readBoltStore reads the durable store while no connector has it open.
func readBoltStore(path string, visit func(key string, value []byte)) error {
	_, err := disk.Read(path, visit)
	return err
}

// newParts returns what is built in and what the options add.
func newParts(options []Option) parts {
	p := builtin()
	for _, o := range options {
		o(&p)
	}
	log := p.log
	p.warn = func(w config.Warning) { log.Warn("configuration", "warning", w.String()) }
	return p
}

func (p *parts) known() config.Known {
	return config.Known{
		Plugins:     names(p.plugins),
		Backends:    names(p.backends),
		Stores:      names(p.stores),
		Middlewares: names(p.middlewares),
		Hosting:     true,
	}
}

// names returns the sorted keys. It is never nil, which would allow every name.
func names[V any](m map[string]V) []string {
	sorted := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(sorted)
	return sorted
}

// unknown returns the error for a name that no part has.
func unknown[V any](kind, name string, there map[string]V) error {
	if len(there) == 0 {
		return fmt.Errorf("unknown %s %q; there is none", kind, name)
	}
	return fmt.Errorf("unknown %s %q; there is: %s", kind, name, strings.Join(names(there), ", "))
}
