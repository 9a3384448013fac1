package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// guard decides who may ask. There are two ways in:
//
//   - with the token, if there is one, from wherever the socket can be reached;
//   - without, on a loopback address alone, for local programs as the reference
//     serves them.
//
// A web page in the operator's browser is a local program too. It gives itself
// away by the name it reached us under, which is its own when it has rebound its
// DNS name to us, by its origin, or by a body of a type that browsers send to
// anybody without asking first.
type guard struct {
	token [sha256.Size]byte
	open  bool     // no token is asked for
	hosts []string // names we go by
}

// newGuard makes a guard for a socket on host.
func newGuard(host, token string) (guard, error) {
	if token == "" && !IsLoopback(host) {
		return guard{}, fmt.Errorf("admin API: %q is not a loopback address, so a token is needed: "+
			"set CONNECTOR_ADMIN_API_TOKEN, or CONNECTOR_ADMIN_API_HOST to 127.0.0.1", host)
	}
	return guard{
		token: sha256.Sum256([]byte(token)),
		open:  token == "",
		hosts: []string{"localhost", "127.0.0.1", "::1", strings.ToLower(host)},
	}, nil
}

// check is nil if the request may be answered.
func (g *guard) check(r *http.Request) error {
	if g.open {
		if err := g.checkLocal(r); err != nil {
			return err
		}
	} else if !g.hasToken(r) {
		return errUnauthorized
	}
	if err := g.checkOrigin(r); err != nil {
		return err
	}
	return checkType(r)
}

// checkLocal is for requests without a token.
func (g *guard) checkLocal(r *http.Request) error {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return errUnauthorized
	}
	if !g.isUs(r.Host) {
		return refusal(http.StatusForbidden, "the Host header names %q, which is not this API; "+
			"use localhost or the address it listens on, or set CONNECTOR_ADMIN_API_TOKEN and send it", r.Host)
	}
	return nil
}

// hasToken compares digests, in a time that depends on neither token.
func (g *guard) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(given[:], g.token[:]) == 1
}

// checkOrigin refuses web pages that are not ours. Ours are those under the name we
// were reached by, which is any for who has the token.
func (g *guard) checkOrigin(r *http.Request) error {
	for _, origin := range r.Header.Values("Origin") {
		page, err := url.Parse(origin)
		ours := err == nil && page.Host != "" && (g.isUs(page.Host) || strings.EqualFold(page.Host, r.Host))
		if !ours {
			return refusal(http.StatusForbidden, "requests of web pages from elsewhere are refused. origin=%q", origin)
		}
	}
	return nil
}

// checkType refuses the types of body that a web page may send to anybody. The
// reference's clients send JSON, often without a type, and curl -d says it is a
// form: that is let in if nothing says that a browser sent it. A form that a
// browser fills in is no JSON either.
func checkType(r *http.Request) error {
	given := r.Header.Values("Content-Type")
	if r.Method == http.MethodGet || len(given) == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(given[0])
	switch {
	case err != nil || len(given) > 1:
	case media == "application/json", media == "application/x-www-form-urlencoded" && !fromBrowser(r):
		return nil
	}
	return refusal(http.StatusForbidden, "send JSON with Content-Type: application/json (curl: -H 'Content-Type: application/json'), not %q", given[0])
}

// fromBrowser reports whether a browser sent the request: they tell where the page
// is from, or what they fetch it for.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// isUs reports whether a host, with a port or without, is a name we go by.
func (g *guard) isUs(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return host != "" && slices.Contains(g.hosts, strings.ToLower(host))
}

// IsLoopback reports whether only this machine can reach a socket on host. A name
// that merely resolves to such an address may do so no longer tomorrow.
func IsLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}
