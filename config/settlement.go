package config

import (
	"net/url"
	"slices"
	"strings"
)

// SettlementEngine is a settlement engine that speaks the HTTP API of RFC 38.
type SettlementEngine struct {
	// URL is http or https, with a host. It may have a port and a path. It holds no
	// credentials.
	URL string `json:"url"`
	// Scale is the scale of the asset in the engine. The account may have another.
	Scale uint8 `json:"scale"`
}

// Settles reports whether an account has a settlement engine.
func (c *Config) Settles() bool {
	return slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.SettlementEngine != nil })
}

// settleEveryMin is the shortest interval between two regular settlements.
const settleEveryMin Milliseconds = 1000

// checkSettlementEngine wants a URL to which we can append the paths of the API.
func checkSettlementEngine(path string, e SettlementEngine, r *report) {
	if problem, hint := engineURLProblem(e.URL); problem != "" {
		r.fault(at(path, "url"), problem, hint)
	}
}

// engineURLProblem returns why we refuse a URL, and what to do. Both are "" if we accept
// it. It never quotes the URL, which may hold a password.
func engineURLProblem(text string) (problem, hint string) {
	const whole = "write it like http://localhost:3000"
	parsed, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"):
		return "holds a user or a password, which we would log", "remove everything between // and the host"
	case err != nil || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' }):
		return "is not a valid URL", whole
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return "does not begin with http:// or https://", whole
	case parsed.User != nil:
		return "holds a user or a password, which we would log", "remove everything between // and the host"
	case parsed.Hostname() == "":
		return "has no host", whole
	case !isPort(parsed.Port()):
		return "has a port that is not valid", "use a port up to 65535"
	case strings.ContainsAny(text, "?#"):
		return "has a query or a fragment", "remove it, from the ? or # on"
	}
	return "", ""
}
