package config

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ilp-go/connector/smallfile"
)

// publicOptions lists the options of our plugins that are no secret, each by its location.
var publicOptions = map[string][][]string{
	pluginBTP: publicBTP,
	pluginXRP: slices.Concat(publicBTP, [][]string{
		{"address"}, {"peerAddress"}, {"assetScale"}, {"currencyScale"}, {"channelAmount"}, {"channelMax"}, {"fundThreshold"}, {"fundingMax"},
		{"claimInterval"}, {"settleDelay"}, {"maxFeePercent"}, {"feeMax"}, {"networkId"},
	}),
	pluginMiniAccounts: {
		{"port"}, {"shared"}, {"wsOpts", "host"}, {"wsOpts", "port"}, {"wsOpts", "path"}, {"tls", "cert"}, {"tls", "key"},
		{"allowedOrigins"}, {"generateAccount"},
	},
	pluginHTTP: slices.Concat(publicHTTP, [][]string{
		{"incoming", "port"}, {"incoming", "host"}, {"incoming", "tls", "cert"}, {"incoming", "tls", "key"},
		{"outgoing", "jwtExpiry"}, {"outgoing", "tokenExpiry"}, {"outgoing", "http2MaxRequestsPerSession"},
		{"multi"}, {"multiDelimiter"}, {"ildcp", "clientAddress"}, {"ildcp", "assetCode"}, {"ildcp", "assetScale"},
	}),
	pluginOurHTTP: slices.Concat(publicHTTP, publicJWT("incoming", "jwt"), publicJWT("incoming", "jwt", anyElement), publicJWT("outgoing", "jwt"), [][]string{
		{"incoming", "clientCertificate", "ca"}, {"incoming", "clientCertificate", "name"}, {"async", "callbackHosts"},
	}),
}

// publicBTP lists the public options of plugins over BTP.
var publicBTP = [][]string{
	{"reconnectInterval"}, {"reconnectIntervals"}, {"responseTimeout"},
	{"listener", "host"}, {"listener", "port"}, {"listener", "path"},
	{"listener", "wsOpts", "host"}, {"listener", "wsOpts", "port"}, {"listener", "wsOpts", "path"},
	{"listener", "tls", "cert"}, {"listener", "tls", "key"},
	{"tls", "ca"}, {"tls", "cert"}, {"tls", "key"}, {"tls", "serverName"}, {"tls", "rejectUnauthorized"},
}

// publicHTTP lists the public options that both plugins for HTTP have.
var publicHTTP = [][]string{
	{"incoming", "oldToken", "until"},
	{"outgoing", "name"}, {"outgoing", "sendIlpDestination"}, {"outgoing", "http2"},
	{"outgoing", "tls", "ca"}, {"outgoing", "tls", "cert"}, {"outgoing", "tls", "key"}, {"outgoing", "tls", "serverName"}, {"outgoing", "tls", "rejectUnauthorized"},
}

// publicJWT returns the public options about JSON Web Tokens at a location.
func publicJWT(location ...string) (all [][]string) {
	for _, key := range []string{"publicKey", "algorithms", "algorithm", "subject", "issuer", "audience", "maxAge", "requireExpiry", "expiry"} {
		all = append(all, append(slices.Clone(location), key))
	}
	return all
}

// urlOptions lists the options that are URLs. They are public unless they may hold a secret.
var urlOptions = map[string][][]string{
	pluginBTP:     {{"server"}},
	pluginXRP:     {{"server"}, {"xrpServer"}, {"rippledServer"}, {"xrpServers", anyElement}},
	pluginHTTP:    {{"outgoing", "url"}},
	pluginOurHTTP: {{"outgoing", "url"}, {"async", "callbackUrl"}},
}

// Shown returns a copy of c for operators. It is [Config.Redacted], but has the values of those
// options that are known to be no secret, such as ports.
func (c *Config) Shown() *Config {
	next := c.Redacted()
	for i, a := range c.Accounts {
		next.Accounts[i].Options = a.shownOptions(next.Accounts[i].Options)
	}
	if !c.hostsStore { // to a module they may mean something else
		next.StoreConfig = reopen(c.StoreConfig, next.StoreConfig, []string{"path"}, []string{"durability"})
	}
	next.BackendConfig = reopen(c.BackendConfig, next.BackendConfig, []string{"spread"})
	return next
}

// Shown returns a copy of the account for operators, as [Config.Shown] does.
func (a Account) Shown() Account {
	shown := a.redacted()
	shown.Options = a.shownOptions(shown.Options)
	return shown
}

// shownOptions returns the redacted options with the values that are no secret. References stay,
// and the text of a PEM file stays hidden: it may hold a private key, whatever the option is.
func (a Account) shownOptions(hidden map[string]any) map[string]any {
	refers := make(map[string]bool)
	for _, s := range a.refs() {
		refers[pathOf("", s.location[1:])] = true
	}
	var open [][]string
	for _, pattern := range publicOptions[a.Plugin] {
		open = append(open, places(a.Options, pattern)...)
	}
	open = slices.DeleteFunc(open, func(location []string) bool {
		text, _ := valueAt(a.Options, location).(string)
		return refers[pathOf("", location)] || IsPEM(text)
	})
	for _, location := range urlOptions[a.Plugin] {
		if url, ok := valueAt(a.Options, location).(string); ok && !refers[pathOf("", location)] && !strings.ContainsAny(url, "@?#") {
			open = append(open, location)
		}
	}
	return reopen(a.Options, hidden, open...)
}

// reopen puts the values at some locations back into options that redactValues has hidden. What is
// beside them stays hidden.
func reopen(values, hidden map[string]any, locations ...[]string) map[string]any {
	for _, location := range locations {
		around, last := location[:len(location)-1], location[len(location)-1]
		if value, there := childAt(valueAt(values, around), last); there && isPlain(value) {
			put(opened(values, hidden, around), last, value)
		}
	}
	return hidden
}

// isPlain reports whether a value is no object, and no list with one.
func isPlain(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return false
	case []any:
		return !slices.ContainsFunc(v, func(inner any) bool { return !isPlain(inner) })
	}
	return true
}

// File returns the whole name of the file that the configuration was read from, and the digest
// of its text. Both are empty if there was none.
func (c *Config) File() (name, digest string) { return c.file, c.digest }

// FileNow reads that file again, and returns its text and the digest of it.
func (c *Config) FileNow() (text []byte, digest string, err error) {
	if text, err = smallfile.ReadRegular(c.file, fileBytesMax); err != nil {
		return nil, "", err
	}
	return text, digestOf(text), nil
}

// Setting returns the value of a setting, with its defaults, in JSON: nil for one that is left
// out. References are in the place of secrets.
func (c *Config) Setting(name string) json.RawMessage { return entries(c)[name] }

// With returns c with another value of a setting that a reload changes, as Setting gives it.
func (c *Config) With(name string, value json.RawMessage) (*Config, error) {
	if name == "accounts" || !Reloads(name) {
		return nil, Faults{{Path: name, Problem: "is no setting that changes while the connector runs", Hint: "change it in the configuration, and restart"}}
	}
	next := *c
	switch name { // or the list of c would be overwritten
	case "routes":
		next.Routes = nil
	case "spreads":
		next.Spreads = nil
	}
	entry, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err == nil {
		err = unmarshal(entry, (*fields)(&next))
	}
	if err != nil {
		return nil, Faults{{Path: name, Problem: "cannot be read: " + err.Error(), Hint: "discard the change"}}
	}
	return &next, nil
}
