package config

import (
	"net/netip"
	"strings"
)

// hostProblem returns why we cannot listen on a host, and what to do. Both are "" if we can,
// unless the name is unknown.
func hostProblem(host string) (problem, hint string) {
	const only = "write only the host, such as 127.0.0.1, and the port in the setting for it"
	_, err := netip.ParseAddr(host)
	switch {
	case host == "" || err == nil:
		return "", ""
	case strings.Contains(host, "/"):
		return "is not a host but a URL or a path", only
	case strings.Contains(host, ":"):
		return "holds a port, or is an IPv6 address with a mistake", only
	case strings.ContainsFunc(host, func(c rune) bool { return c <= ' ' || c == '[' || c == ']' || c == 0x7f }):
		return "is not the name of a host", only
	}
	return "", ""
}

// unbracketed returns a host without the brackets that an IPv6 address has in a URL.
func unbracketed(host string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if _, err := netip.ParseAddr(inner); err == nil && len(inner) == len(host)-2 {
		return inner
	}
	return host
}

// checkHosts wants hosts that the APIs can listen on.
func checkHosts(c among, r *report) {
	for _, host := range []struct {
		setting, value string
		used           bool
	}{{"adminApiHost", c.AdminAPIHost, c.AdminAPI}, {"settlementApiHost", c.SettlementAPIHost, c.Settles()}} {
		if problem, hint := hostProblem(unbracketed(host.value)); problem != "" && host.used {
			r.fault(host.setting, "is "+show(host.value)+", which "+problem, hint)
		}
	}
}

// secretMax is the longest secret in bytes. The first message of a peer, and the head of a
// request, have at most 16 KiB, and hold more than the secret.
const secretMax = 16_000

const secretHint = "use at most 16000 bytes; 32 random bytes are enough"

// checkSecrets wants tokens that a request to us can carry.
func checkSecrets(c *Config, r *report) {
	for _, token := range []struct{ setting, value string }{
		{"adminApiToken", c.AdminAPIToken}, {"settlementApiToken", c.SettlementAPIToken},
	} {
		if len(token.value) > secretMax {
			r.fault(token.setting, "is longer than the head of a request can be", secretHint)
		}
	}
}
