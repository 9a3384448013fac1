package config

import (
	"encoding/json"
	"net"
	"slices"
	"strconv"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// Redacted is a copy of c that may be shown to anyone who may see the
// configuration: routingSecret, adminApiToken, settlementApiToken and the options of plugins,
// middlewares, backend and store keep their names and lose their values. As
// JSON it is the running configuration.
func (c *Config) Redacted() *Config {
	next := *c
	next.RoutingSecret = redactText(c.RoutingSecret)
	next.AdminAPIToken = redactText(c.AdminAPIToken)
	next.SettlementAPIToken = redactText(c.SettlementAPIToken)
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

// String is the redacted configuration as JSON.
func (c Config) String() string { return asText(c.Redacted()) }

// redacted is a copy without the options.
func (a Account) redacted() Account {
	a.Options = redactValues(a.Options)
	if a.SettlementEngine != nil {
		shown := SettlementEngine{URL: a.SettlementEngine.String(), Scale: a.SettlementEngine.Scale}
		a.SettlementEngine = &shown
	}
	return a
}

// String is the account as JSON, its options redacted.
func (a Account) String() string { return asText(a.redacted()) }

// String is the URL; one that no configuration is accepted with, since it may hold
// a password, is not shown.
func (e SettlementEngine) String() string {
	if problem, _ := engineURLProblem(e.URL); problem != "" {
		return redacted
	}
	return e.URL
}

// String is the middleware as JSON, its options redacted.
func (m Middleware) String() string {
	m.Options = redactValues(m.Options)
	return asText(m)
}

// String leaves the token out.
func (s BTPServer) String() string { return s.URL }

// String leaves the secret out.
func (l BTPListener) String() string { return net.JoinHostPort(l.Host, strconv.Itoa(l.Port)) + l.Path }

func asText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "a configuration that can not be written as JSON"
	}
	return string(text)
}
