package config

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
)

// Config is a whole configuration with its defaults filled in. It is a plain
// value, safe for concurrent use as long as no caller changes it. Printing it with
// any verb but %#v shows no secret.
type Config struct {
	// Env is production or test.
	Env string `json:"env"`
	// ILPAddress is empty when a parent gives us our address.
	ILPAddress            string   `json:"ilpAddress,omitempty"`
	ILPAddressInheritFrom string   `json:"ilpAddressInheritFrom"`
	Accounts              Accounts `json:"accounts"`
	DefaultRoute          string   `json:"defaultRoute"`
	Routes                []Route  `json:"routes"`
	// Spreads are those of pairs of currencies.
	Spreads []PairSpread `json:"spreads,omitempty"`
	// Spread is decimal text, exactly the number that the operator wrote. A spread
	// in BackendConfig wins over it.
	Spread string `json:"-"`

	MinMessageWindow Milliseconds `json:"minMessageWindow"`
	MaxHoldTime      Milliseconds `json:"maxHoldTime"`

	RouteBroadcastEnabled  bool         `json:"routeBroadcastEnabled"`
	RouteBroadcastInterval Milliseconds `json:"routeBroadcastInterval"`
	RouteCleanupInterval   Milliseconds `json:"routeCleanupInterval"`
	RouteExpiry            Milliseconds `json:"routeExpiry"`
	// RoutingSecret is base64; see RoutingSeed.
	RoutingSecret string `json:"routingSecret"`

	Backend       string         `json:"backend"`
	BackendConfig map[string]any `json:"backendConfig"`
	// Store may be auto; see StoreName, StoreFile and StoreDurability.
	Store       string         `json:"store"`
	StorePath   string         `json:"storePath"`
	StoreConfig map[string]any `json:"storeConfig"`
	// LedgerPath is where our own books are if the store is a hosted module: see HostedStore.
	LedgerPath string `json:"ledgerPath,omitempty"`

	Middlewares       Middlewares `json:"middlewares"`
	DisableMiddleware []string    `json:"disableMiddleware"`

	NodeHost NodeHost `json:"nodeHost"`

	ReflectPayments       bool         `json:"reflectPayments"`
	InitialConnectTimeout Milliseconds `json:"initialConnectTimeout"`

	// Listen is nil without a shared listener.
	Listen *Listen `json:"listen,omitempty"`

	AdminAPI      bool   `json:"adminApi"`
	AdminAPIPort  int    `json:"adminApiPort"`
	AdminAPIHost  string `json:"adminApiHost"`
	AdminAPIToken string `json:"adminApiToken"`

	// SettlementAPI... says where settlement engines send us requests, if an account
	// has one.
	SettlementAPIPort  int    `json:"settlementApiPort"`
	SettlementAPIHost  string `json:"settlementApiHost"`
	SettlementAPIToken string `json:"settlementApiToken"`

	// PeerEndpoint is the URL at which peers reach us, for invitations. It may be empty.
	PeerEndpoint string `json:"peerEndpoint"`

	CollectDefaultMetrics bool `json:"collectDefaultMetrics"`

	// given holds the origin of each setting that is not a default.
	given map[string]string
	// file is the whole name of the file that it was read from, and digest that of its text.
	file, digest string
	// environ is where references find secrets, in the form of os.Environ.
	environ []string
	// resolved holds the secrets that references have given.
	resolved []resolved
	// hostsStore says that the store is a hosted module.
	hostsStore bool
	// unsound holds the paths of settings with a fault, of a [Draft].
	unsound []string
}

// Route is a configured route.
type Route struct {
	TargetPrefix string `json:"targetPrefix"`
	PeerID       string `json:"peerId"`
}

// PairSpread is what we keep of money that is changed from one currency into another, and on the
// way back unless that pair has a spread of its own.
type PairSpread struct {
	From   string      `json:"from"`
	To     string      `json:"to"`
	Spread json.Number `json:"spread"`
}

// Middleware is a middleware added to the built-in ones.
type Middleware struct {
	Name    string         `json:"-"`
	Type    string         `json:"type"`
	Options map[string]any `json:"options,omitempty"`
}

// Middlewares are middlewares in the order of the configuration. In JSON they are
// an object keyed by Name.
type Middlewares []Middleware

// Milliseconds is a length of time as the configuration writes it.
type Milliseconds int64

// Duration returns m as a duration, or the longest duration if m is longer.
func (m Milliseconds) Duration() time.Duration {
	if m > Milliseconds(math.MaxInt64/time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(m) * time.Millisecond
}

// Default returns a configuration with the default of every setting. It has no
// accounts and no address, so Validate refuses it as it is.
func Default() *Config {
	document := newObject()
	settings().fill(document)
	return decode(document)
}

// Origin returns where a setting came from: the name of its variable, "file", or
// "default". For a secret behind a reference it returns that one: "file /path",
// "variable NAME" or "credential NAME". Such a secret may also be an option, such as
// accounts.bob.options.btpToken.
func (c *Config) Origin(setting string) string {
	refs := c.refs()
	for _, a := range c.Accounts {
		refs = append(refs, a.refs()...)
	}
	for _, s := range refs {
		if s.path() == setting {
			return s.ref.String()
		}
	}
	return c.SettingOrigin(setting)
}

// SettingOrigin returns where a setting stands, as Origin does, but of a reference where the
// reference stands.
func (c *Config) SettingOrigin(setting string) string {
	if origin := c.given[setting]; origin != "" {
		return origin
	}
	return "default"
}

// AddressParent returns the parent that gives us our address. It returns false if the
// address is configured, or if there is no parent.
func (c *Config) AddressParent() (Account, bool) {
	switch {
	case c.ILPAddress != "":
		return Account{}, false
	case c.ILPAddressInheritFrom != "":
		return c.Accounts.Find(c.ILPAddressInheritFrom)
	}
	for _, a := range c.Accounts {
		if a.Relation == account.Parent {
			return a, true
		}
	}
	return Account{}, false
}

// GlobalPrefix returns the address prefix of the network, which the default route
// covers.
func (c *Config) GlobalPrefix() string {
	if c.Env == "production" {
		return "g"
	}
	return "test"
}

// RoutingSeed returns the routing secret in bytes, nil if there is none. It reads
// base64 as Node.js does: it takes both alphabets, skips every other character, and
// needs no padding.
func (c *Config) RoutingSeed() []byte {
	secret, _, _ := strings.Cut(c.RoutingSecret, "=")
	secret = strings.NewReplacer("-", "+", "_", "/").Replace(secret)
	secret = strings.Map(func(r rune) rune {
		if strings.ContainsRune(base64Letters, r) {
			return r
		}
		return -1
	}, secret)
	if len(secret)%4 == 1 {
		secret = secret[:len(secret)-1] // six bits make no byte
	}
	seed, err := base64.RawStdEncoding.DecodeString(secret)
	if err != nil || len(seed) == 0 {
		return nil
	}
	return seed
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
