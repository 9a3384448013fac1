package config

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// urlProblem returns why we cannot send requests to a URL, and what to do. Both are "" if we can. It
// never quotes the URL, which may hold a password.
func urlProblem(text string) (problem, hint string) {
	const whole = "write it whole, such as https://peer.example/ilp"
	const credentials = "holds a user or a password, which we would show and log"
	parsed, err := url.Parse(text)
	scheme, _, _ := strings.Cut(text, "://")
	switch {
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > unicode.MaxASCII || c == 0x7f }):
		return "holds a blank, a control character or another one that no URL has", "percent-encode it"
	case err != nil && strings.Contains(text, "@"):
		return credentials, "remove everything between // and the host; percent-encode an @ of the path as %40"
	case !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		return "does not begin with http:// or https://", whole
	case err != nil && strings.Contains(text, "%"):
		return "is not a valid URL", "percent-encode each % as %25, or correct it"
	case err != nil:
		return "is not a valid URL", whole
	case parsed.User != nil:
		return credentials, "remove everything between // and the host"
	case parsed.Hostname() == "":
		return "has no host", whole
	case !isPort(parsed.Port()) || parsed.Port() == "0":
		return "has a port that is not valid", "use a port from 1 to 65535"
	case strings.Contains(text, "#"):
		return "has a fragment, which no request carries", "remove it, from the # on"
	}
	return "", ""
}

// hostOfURL returns the host of a URL that urlProblem accepts.
func hostOfURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return parsed.Hostname()
}

// isPlainHTTP reports whether a URL that urlProblem accepts is without TLS.
func isPlainHTTP(text string) bool { return len(text) > 5 && strings.EqualFold(text[:5], "http:") }

// openToOthers reports whether machines outside of a private network may reach a socket on a host.
func openToOthers(host string) bool {
	host = BareHost(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast()
	}
	return host == "" || !IsLoopback(host) && strings.Contains(host, ".")
}
