package config

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// HTTPIncoming says how a peer sends us packets over HTTP, and how it proves that it is the peer. A
// request with one of Tokens, or a token that meets one of JWT, is from the peer. With a
// ClientCertificate the connection must show that too, and without tokens and rules it is enough.
type HTTPIncoming struct {
	// Listener is the port of the account alone, nil if the shared listener takes the packets.
	Listener *HTTPListener
	// Tokens are bearer tokens, sent with or without "Bearer ".
	Tokens []string
	// OldToken is accepted too, until its time.
	OldToken          OldSecret
	JWT               []JWTRule
	ClientCertificate *ClientCertificate
}

// HTTPListener is a port for one account.
type HTTPListener struct {
	Host string // empty is every address
	Port int    // 0 is any free port
	// TLS is nil for plain HTTP.
	TLS *Certificate
}

// ClientCertificate says which certificate a client must show.
type ClientCertificate struct {
	// CA is the authority that has signed it, as the name of a PEM file or such text.
	CA string
	// Name is a name that the certificate is for, empty for any.
	Name string
}

// String returns the address, without secrets.
func (i HTTPIncoming) String() string {
	if i.Listener == nil {
		return "the shared listener"
	}
	return net.JoinHostPort(BareHost(i.Listener.Host), strconv.Itoa(i.Listener.Port))
}

// readIncoming reads how ilp-http takes packets.
func readIncoming(in *optionReader) *HTTPIncoming {
	out := &HTTPIncoming{}
	tokens := in.elements("tokens", `["a token"]`)
	for _, step := range tokens.steps() {
		token := readToken(tokens, step)
		switch {
		case token == "" && tokens.isText(step):
			tokens.fault(step, "is empty", "write a token, or remove it")
		case slices.Contains(out.Tokens, token):
			tokens.warn(step, "is in the list already", "remove one of the two")
		default:
			out.Tokens = append(out.Tokens, token)
		}
	}
	out.JWT = readJWTRules(in)
	if certificate, ok := in.object("clientCertificate"); ok {
		out.ClientCertificate = readClientCertificate(certificate)
	}
	out.OldToken = readOldToken(in, out.Tokens...)
	if len(out.Tokens) > credentialsMax {
		in.fault("tokens", fmt.Sprintf("has %d tokens, and %d are the most: a stranger makes us try all of them", len(out.Tokens), credentialsMax), "remove those that the peer does not send any more")
	}
	if !in.given("jwt", "clientCertificate") && len(tokens.values) == 0 && in.isList("tokens") {
		in.fault("", "has neither tokens, nor jwt, nor a clientCertificate: nobody could send us a packet", "set tokens to a list with one token that the peer sends")
	}
	in.done()
	return out
}

// readNpmIncoming reads how ilp-plugin-http takes packets.
func readNpmIncoming(in *optionReader) *HTTPIncoming {
	port, hasPort := in.port("port")
	if !hasPort {
		in.fault("port", "is not set", "set the port to listen on")
	}
	out := &HTTPIncoming{Listener: &HTTPListener{Host: in.text("host"), Port: port}}
	checkHostAndPath(in, &out.Listener.Host, "")
	if out.Listener.TLS = readListenerTLS(in); out.Listener.TLS == nil && openToOthers(out.Listener.Host) && in.values["tls"] == nil {
		in.warn("tls", "is not set, and the port is open to other machines: anyone on the network path can read the token", "set it, or set host to 127.0.0.1 behind a proxy that has TLS")
	}
	if token := readOlder(in, readToken, "secretToken", "staticToken"); token != "" {
		out.Tokens = []string{token}
	}
	if secret := readOlder(in, readKey, "secret", "jwtSecret"); secret != "" {
		out.JWT = []JWTRule{{Secret: secret}}
	}
	out.OldToken = readOldToken(in, out.Tokens...)
	if !in.given("secretToken", "staticToken", "secret", "jwtSecret") {
		in.fault("", "holds no credentials, which the npm plugin calls invalid auth options: nobody could send us a packet", "set staticToken to the token that the peer sends, or jwtSecret")
	}
	in.done()
	return out
}

// portText returns the port as ilp-plugin-http writes it, which is our name for the peer.
func portText(in *optionReader) string {
	switch v := in.values["port"].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// given reports whether one of some options is there, and not an empty string.
func (in *optionReader) given(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return in.values[key] != nil && in.values[key] != "" })
}

// isList reports whether an option is a list or left out.
func (in *optionReader) isList(key string) bool {
	_, ok := in.values[key].([]any)
	return ok || in.values[key] == nil
}

// readOlder reads an option that has an older name too, which wins in ilp-plugin-http.
func readOlder(in *optionReader, read func(in *optionReader, key string) string, older, newer string) string {
	first, second := read(in, older), read(in, newer)
	if first != "" && second != "" {
		in.warn(newer, "is not used: "+older+", its old name, wins", "remove one of the two")
	}
	return cmp.Or(first, second)
}

// secretMin is the length in bytes from which on a secret is not guessed.
const secretMin = 16

// readKey reads a secret that signs tokens.
func readKey(in *optionReader, key string) string {
	text := in.text(key)
	switch {
	case IsPEM(text):
		in.fault(key, "is PEM text: a public key is known to others, who could sign with it", "use a secret of random bytes")
	case len(text) > secretMax:
		in.fault(key, "is longer than any secret needs to be", secretHint)
	case text != "" && len(text) < secretMin:
		in.warn(key, "has fewer than 16 bytes, so that it can be guessed", shortHint)
	}
	return text
}

// shortHint says where a secret may come from.
const shortHint = "agree on a longer one with the peer, such as the output of: openssl rand -hex 32"

// readToken reads a secret that a header carries.
func readToken(in *optionReader, key string) string {
	text := in.text(key)
	if problem, hint := tokenProblem(text); problem != "" {
		in.fault(key, problem, hint)
	} else if text != "" && len(text) < secretMin {
		in.warn(key, "has fewer than 16 bytes, so that it can be guessed", shortHint)
	}
	return text
}

// readOldToken reads the token from before a rotation, none if it is one of the present ones.
func readOldToken(in *optionReader, present ...string) OldSecret {
	old := readOldSecret(in, "oldToken", "token")
	if problem, hint := tokenProblem(old.Secret); problem != "" {
		in.out.fault(at(in.where("oldToken"), "token"), problem, hint)
	}
	for _, token := range present {
		if checkOldSecret(in, "oldToken", token, old); token == old.Secret {
			return OldSecret{}
		}
	}
	return old
}

// Bounds of what a peer may prove itself with.
const (
	tokenMax       = 8 << 10 // bytes
	credentialsMax = 15      // tokens beside an old one, and rules
)

// tokenProblem returns why a text cannot be a token, and what to do.
func tokenProblem(text string) (problem, hint string) {
	const scheme = "Bearer "
	switch {
	case len(text) > tokenMax:
		return "is longer than 8192 bytes", "use at most 8192 bytes; 32 random bytes are enough"
	case len(text)+1 >= len(scheme) && strings.EqualFold((text + " ")[:len(scheme)], scheme):
		return "begins with Bearer, which the header adds", "leave that out"
	}
	return headerProblem(text)
}

// headerProblem returns why no header of HTTP carries a text as it is, and what to do.
func headerProblem(text string) (problem, hint string) {
	switch {
	case len(text) > secretMax:
		return "is longer than the head of a request can be", secretHint
	case slices.ContainsFunc([]byte(text), func(c byte) bool { return c < ' ' || c > '~' }):
		return "holds a character that no header carries as it is", "use printable ASCII characters alone"
	case text != "" && (text[0] == ' ' || text[len(text)-1] == ' '):
		return "begins or ends with a blank, which a header loses", "remove it"
	}
	return "", ""
}

// readClientCertificate reads which certificate a client must show.
func readClientCertificate(in *optionReader) *ClientCertificate {
	out := &ClientCertificate{CA: in.text("ca"), Name: in.text("name")}
	if out.CA == "" && in.isText("ca") {
		in.fault("ca", "is not set", "set it to the certificate of the authority, or to that of the peer: a PEM file or its text")
	}
	if out.Name == "" && in.isText("name") {
		in.warn("name", "is not set: every certificate that the authority has signed is that of the peer", "set it to the name in the certificate of the peer")
	}
	in.done()
	return out
}

var _ fmt.Stringer = HTTPIncoming{}
