package config

import (
	"encoding/json"
	"net"
	"slices"
	"strconv"
)

// redacted replaces a secret.
const redacted = "[redacted]"

// Redacted returns a copy of c without secrets. routingSecret, adminApiToken,
// settlementApiToken and the options of plugins, middlewares, backend and store keep
// their names and lose their values. So does PEM text in listen. References to secrets stay.
func (c *Config) Redacted() *Config {
	next := *c
	next.resolved = redactRefs(c.refs())
	next.RoutingSecret = redactText(c.RoutingSecret)
	next.AdminAPIToken = redactText(c.AdminAPIToken)
	next.SettlementAPIToken = redactText(c.SettlementAPIToken)
	next.Listen = c.Listen.redacted(next.resolved)
	next.BackendConfig = redactValues(c.BackendConfig)
	next.StoreConfig = redactValues(c.StoreConfig)
	next.Accounts = slices.Clone(c.Accounts)
	for i := range next.Accounts {
		next.Accounts[i] = c.Accounts[i].redacted()
	}
	next.Middlewares = slices.Clone(c.Middlewares)
	for i := range next.Middlewares {
		next.Middlewares[i].Options = redactValues(c.Middlewares[i].Options)
	}
	return &next
}

func redactText(text string) string {
	if text == "" {
		return ""
	}
	return redacted
}

func redactValues(values map[string]any) map[string]any {
	if values == nil {
		return nil
	}
	out := make(map[string]any, len(values))
	for key := range values {
		out[key] = redacted
	}
	return out
}

// String returns the configuration as JSON, without secrets.
func (c Config) String() string { return asText(c.Redacted()) }

// redacted returns a copy in which the options have no values, but may have references.
func (a Account) redacted() Account {
	refs := a.refs()
	a.Options, a.resolved = redactOptions(a.Options, refs), redactRefs(refs)
	if a.SettlementEngine != nil {
		shown := SettlementEngine{URL: a.SettlementEngine.String(), Scale: a.SettlementEngine.Scale}
		a.SettlementEngine = &shown
	}
	return a
}

// String returns the account as JSON, without secrets.
func (a Account) String() string { return asText(a.redacted()) }

// String returns the URL. It hides a URL that the configuration refuses, which may hold
// a password.
func (e SettlementEngine) String() string {
	if problem, _ := engineURLProblem(e.URL); problem != "" {
		return redacted
	}
	return e.URL
}

// String returns the middleware as JSON, without secrets.
func (m Middleware) String() string {
	m.Options = redactValues(m.Options)
	return asText(m)
}

// String returns the URL, without the token.
func (s BTPServer) String() string { return s.URL }

// String returns the address and the path, without the secret.
func (l BTPListener) String() string {
	if l.Shared {
		return "the shared listener"
	}
	return net.JoinHostPort(BareHost(l.Host), strconv.Itoa(l.Port)) + l.Path
}

func asText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "a configuration that cannot be written as JSON"
	}
	return string(text)
}
