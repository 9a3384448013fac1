package config

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Invitation says that an account was made for a peer that was invited: its token is that of
// the invitation. The first login with the token accepts it.
type Invitation struct {
	// Expires is when the token is void unless the invitation was accepted, as RFC 3339 has it.
	Expires string `json:"expires"`
	// AcceptedAt is when it was accepted, empty until then.
	AcceptedAt string `json:"acceptedAt,omitempty"`
	// AcceptedAs is the SHA-256 hash, in hexadecimal, of the auth_username of the login that
	// accepted it. No other name can log in.
	AcceptedAs string `json:"acceptedAs,omitempty"`
}

// Open reports whether the invitation waits to be accepted. i may be nil, which is no invitation.
func (i *Invitation) Open() bool { return i != nil && i.AcceptedAt == "" }

// Deadline returns when the invitation expires.
func (i *Invitation) Deadline() time.Time {
	at, _ := time.Parse(time.RFC3339, i.Expires) // it was checked
	return at
}

// checkInvitation wants times that can be read, and an account whose only client is the peer.
func checkInvitation(path string, a Account, r *report) {
	if a.Invitation == nil {
		return
	}
	path = at(path, "invitation")
	listens := false
	if a.overBTP() {
		o := decodeBTP("", a, newReport(nil))
		listens = o.Listener != nil && o.Listener.Secret != "" && o.Server == nil
	}
	if !listens || a.Children != nil {
		r.fault(path, "is set, but the account does not listen for one peer alone", "use ilp-plugin-btp with a listener, without server and children; or remove it")
	}
	const hint = "remove the block: 'ilp-connector peer invite' writes it"
	i := a.Invitation
	if _, err := time.Parse(time.RFC3339, i.Expires); err != nil {
		r.fault(at(path, "expires"), "is "+show(i.Expires)+", which is no time such as 2026-01-31T12:00:00Z", hint)
	}
	if i.AcceptedAt == "" {
		if i.AcceptedAs != "" {
			r.fault(at(path, "acceptedAs"), "is set without acceptedAt", hint)
		}
		return
	}
	if _, err := time.Parse(time.RFC3339, i.AcceptedAt); err != nil {
		r.fault(at(path, "acceptedAt"), "is "+show(i.AcceptedAt)+", which is no time such as 2026-01-31T12:00:00Z", hint)
	}
	if sum, err := hex.DecodeString(i.AcceptedAs); err != nil || len(sum) != 32 {
		r.fault(at(path, "acceptedAs"), "is no SHA-256 hash in hexadecimal", hint)
	}
}

// Endpoint is a URL at which a peer reaches a listener of BTP. It has no credentials.
type Endpoint struct {
	URL    string // as written
	Host   string
	Port   int
	Secure bool // by TLS
}

// endpointMax is the longest URL of an endpoint, in bytes.
const endpointMax = 500

// ParseEndpoint reads btp+ws://host:port/path or btp+wss://... The problem is "" if there is
// none.
func ParseEndpoint(text string) (e Endpoint, problem string) {
	switch {
	case text == "":
		return e, "is not set"
	case len(text) > endpointMax:
		return e, "is longer than " + strconv.Itoa(endpointMax) + " bytes"
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }):
		return e, "holds a blank, a control character or another one that no URL has"
	case strings.ContainsAny(text, "?#"):
		return e, "holds a ? or a #"
	case strings.ContainsAny(text, `@\`):
		return e, "holds an account or a token"
	}
	server, _, problem := parseBTPURI(text)
	if problem != "" {
		return e, problem
	}
	parsed, err := url.Parse(server.URL)
	if err != nil {
		return e, "is not a URL"
	}
	e = Endpoint{URL: text, Host: parsed.Hostname(), Secure: parsed.Scheme == "wss", Port: 80}
	if e.Secure {
		e.Port = 443
	}
	if port := parsed.Port(); port != "" {
		e.Port, _ = strconv.Atoi(port) // parseBTPURI has checked it
	}
	switch {
	case e.Port == 0 || everywhere(e.Host):
		return e, "has a host or a port that no peer can connect to"
	case isNumber(e.Host):
		return e, "has a host that is a number, and no address such as 192.0.2.1"
	}
	return e, ""
}

// isNumber reports whether a host is an address in a form that we do not read, and some systems
// do: 127.1, 2130706433 and 0x7f.1 are this machine for them. No domain ends in a number.
func isNumber(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	digits, isHex := strings.CutPrefix(last, "0x")
	return last == "" || strings.Trim(last, "0123456789") == "" || isHex && strings.Trim(digits, "0123456789abcdef") == ""
}

// OnThisMachine reports whether the host is this machine for each one that dials it. A domain of
// others may still lead here.
func (e Endpoint) OnThisMachine() bool {
	return IsLoopback(e.Host) || strings.HasSuffix(strings.ToLower(strings.TrimSuffix(e.Host, ".")), ".localhost") // RFC 6761, section 6.3
}

// InPublic reports whether the endpoint is without TLS, and not in a private network.
func (e Endpoint) InPublic() bool { return plainInPublic(strings.TrimPrefix(e.URL, "btp+")) }

// checkPeerEndpoint wants a URL that an invitation can hold.
func checkPeerEndpoint(c *Config, r *report) {
	if c.PeerEndpoint == "" {
		return
	}
	if _, problem := ParseEndpoint(c.PeerEndpoint); problem != "" {
		r.fault("peerEndpoint", problem, "use the URL at which others reach us, such as btp+wss://connector.example:7768")
	}
}
