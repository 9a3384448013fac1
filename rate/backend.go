package rate

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
)

// Backend is a source of prices. Rates returns a new table or an error. It may wait for a
// network, and must return soon after ctx is done. Poller calls it in the background, one
// call at a time, never for a packet.
type Backend interface {
	Rates(ctx context.Context) (*Table, error)
}

// Lister is a [Backend] that knows, before it has any rates, which currencies will have none.
type Lister interface {
	// Lists reports whether a currency may have a price. It does not wait.
	Lists(currency string) bool
}

// Options are the arguments of the constructor of a backend. The zero value is valid.
type Options struct {
	// Spread is the connector's own spread as decimal text; blank is none.
	Spread string

	// Config is the backend's own part of the configuration, backendConfig.
	Config map[string]any

	// HTTP is the client for backends that need one; nil is http.DefaultClient.
	HTTP *http.Client

	// Log receives warnings; nil discards them.
	Log *slog.Logger

	// Warn receives what is allowed in Config and probably a mistake: the path of the setting, what is
	// odd, and what to do. Nil logs it.
	Warn func(path, problem, hint string)

	// Path says where Config is in the configuration, empty for backendConfig.
	Path string

	// Currencies returns the currencies of the accounts in use, in any order. Backends call it
	// each time they are asked for rates. Nil means that nobody knows them.
	Currencies func() []string

	// Accounts returns the accounts in use, in the order of the configuration. Nil means that
	// nobody knows them.
	Accounts func() []AccountAsset
}

// AccountAsset is an account, and what its amounts are in.
type AccountAsset struct {
	ID string
	Asset
}

// EffectiveSpread returns the spread to charge: backendConfig.spread where that key is
// present, else the connector's own.
func (o Options) EffectiveSpread() (Spread, error) {
	name, value := "spread", any(o.Spread)
	if own, ok := o.Config["spread"]; ok {
		name, value = o.Field("spread"), own
	}
	spread, err := ParseSpread(value)
	if err != nil {
		return Spread{}, fmt.Errorf("%s: %w", name, err)
	}
	return spread, nil
}

// warn tells of something that is odd about a key of Config.
func (o Options) warn(key, problem, hint string) {
	if o.Warn != nil {
		o.Warn(o.Field(key), problem, hint)
		return
	}
	o.Logger().Warn("configuration of the rate backend", "key", o.Field(key), "warning", problem+"; "+hint)
}

// WarnUnknown logs a warning for each key of Config other than the generic and the known ones.
// They are not an error, since JavaScript backends ignore keys they do not know.
func (o Options) WarnUnknown(known ...string) {
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		if !slices.Contains(genericKeys, key) && !slices.Contains(known, key) {
			o.Logger().Warn("unknown key in the configuration of the rate backend", "key", o.Field(key))
		}
	}
}

// Logger returns Log, or a logger that discards if it is nil.
func (o Options) Logger() *slog.Logger {
	return orDiscard(o.Log)
}

// orDiscard returns log, or a logger that discards if it is nil.
func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
