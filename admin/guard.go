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

	"github.com/ilp-go/connector/config"
)

// guard decides about access. A request is let in
//
//   - with the token, if there is one, from any address;
//   - without a token, from a loopback address only. The reference serves local
//     programs so;
//   - as a stranger, without the token that there is, if it asks whether we live or are
//     ready. Then it learns yes or no. The probes of Kubernetes are such requests.
//
// A web page in the operator's browser is a local program too. Three things give it away:
// the Host header, if the page has rebound its DNS name to our address; the Origin header;
// or the type of its body, if browsers send that type to other sites without a preflight.
type guard struct {
	token [sha256.Size]byte
	open  bool     // no token is needed
	hosts []string // our own names
}

// newGuard makes a guard for a socket on host.
func newGuard(host, token string) (guard, error) {
	if token == "" && !config.IsLoopback(host) {
		return guard{}, fmt.Errorf("admin API: %q is not a loopback address, so a token is needed: "+
			"set CONNECTOR_ADMIN_API_TOKEN, or CONNECTOR_ADMIN_API_HOST to 127.0.0.1", host)
	}
	return guard{
		token: sha256.Sum256([]byte(token)),
		open:  token == "",
		hosts: []string{"localhost", "127.0.0.1", "::1", strings.ToLower(config.BareHost(host))},
	}, nil
}

// check returns an error if the request has no access. stranger reports whether it has
// access without the token that others need.
func (g *guard) check(r *http.Request) (stranger bool, err error) {
	switch {
	case g.open:
		err = g.checkLocal(r)
	case !g.hasToken(r):
		if stranger = isForStrangers(r); !stranger {
			err = errUnauthorized
		}
	}
	if err == nil {
		err = g.checkOrigin(r)
	}
	if err == nil {
		err = checkType(r)
	}
	return stranger, err
}

// isForStrangers reports whether a request needs no token: a probe that does not try to
// give one. A wrong token is refused and logged, so that no client can guess it here.
func isForStrangers(r *http.Request) bool {
	if _, tries := r.Header["Authorization"]; tries || isChange(r) {
		return false
	}
	path := r.URL.EscapedPath()
	return path == "/livez" || path == "/readyz"
}

// checkLocal returns an error if a request without a token has no access.
func (g *guard) checkLocal(r *http.Request) error {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return errUnauthorized
	}
	if !g.isUs(r.Host) {
		return errorf(http.StatusForbidden, "the Host header names %q, which is not this API; "+
			"use localhost or the address it listens on, or set CONNECTOR_ADMIN_API_TOKEN and send it", r.Host)
	}
	return nil
}

// hasToken reports whether the request has the token. It compares digests, so the time it
// takes depends on neither token.
func (g *guard) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(given[:], g.token[:]) == 1
}

// checkOrigin refuses web pages of other origins. A page is ours if its host is one of our
// names, or the host that the request was sent to. checkLocal has checked the latter for
// requests without a token.
func (g *guard) checkOrigin(r *http.Request) error {
	for _, origin := range r.Header.Values("Origin") {
		page, err := url.Parse(origin)
		ours := err == nil && page.Host != "" && (g.isUs(page.Host) || strings.EqualFold(page.Host, r.Host))
		if !ours {
			return errorf(http.StatusForbidden, "requests from web pages of another origin are refused. origin=%q", origin)
		}
	}
	return nil
}

// checkType refuses the types of body that a web page may send to other sites. Clients of
// the reference send JSON, often without a type. curl -d calls it a form, which is let in
// unless a browser sent it. A form that a browser fills in is not JSON anyway.
func checkType(r *http.Request) error {
	given := r.Header.Values("Content-Type")
	if r.Method == http.MethodGet || len(given) == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(given[0])
	switch {
	case err != nil || len(given) > 1:
	case media == linesType && r.Method == http.MethodPost && strings.HasSuffix(r.URL.EscapedPath(), "/children"): // a browser asks first
		return nil
	case isConfig(r) && isConfigType(media): // and before a PUT
		return nil
	case media == "application/json", media == "application/x-www-form-urlencoded" && !fromBrowser(r):
		return nil
	}
	return errorf(http.StatusForbidden, "send JSON with Content-Type: application/json (curl: -H 'Content-Type: application/json'), not %q", given[0])
}

// fromBrowser reports whether a browser sent the request. Browsers add at least one of
// these headers.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// isUs reports whether a host, with or without a port, is one of our names.
func (g *guard) isUs(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return host != "" && slices.Contains(g.hosts, strings.ToLower(config.BareHost(host)))
}
