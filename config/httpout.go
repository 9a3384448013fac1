package config

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"strings"
)

// HTTPOutgoing says where packets go over HTTP, and how we prove there who we are: by Token, by tokens
// that JWT signs, or by the certificate in TLS. At most one of Token and JWT is set.
type HTTPOutgoing struct {
	// URL is http or https, with a path and perhaps a query, and without credentials. With HTTPMulti it
	// holds the delimiter.
	URL   string
	Token string
	JWT   *JWTSigner
	// Bare says that the token goes without "Bearer " before it.
	Bare bool
	// Name is the header ILP-Peer-Name, empty for none.
	Name string
	// SendDestination adds the header ILP-Destination.
	SendDestination bool
	// HTTP2 speaks HTTP/2 at once, for http URLs with prior knowledge.
	HTTP2 bool
	// HTTP2Requests is how many requests a connection of HTTP/2 carries, 0 for any number.
	HTTP2Requests int
	// TLS is nil for the defaults of the system.
	TLS *BTPClientTLS
}

// String returns the URL without its query, and no secrets.
func (o HTTPOutgoing) String() string {
	text, _, _ := strings.Cut(o.URL, "?")
	return text
}

// readOutgoing reads how ilp-http sends packets.
func readOutgoing(in *optionReader) *HTTPOutgoing {
	out := &HTTPOutgoing{URL: readURL(in, nil), Token: readToken(in, "token"), SendDestination: in.flag("sendIlpDestination", false), HTTP2: in.flag("http2", false)}
	if signer, ok := in.object("jwt"); ok {
		out.JWT = readJWTSigner(signer)
	}
	readNameAndTLS(in, out)
	switch {
	case in.given("token") && in.given("jwt"):
		in.fault("jwt", "is set, and so is token: one of them can be sent", "remove one of the two")
	case !in.given("token", "jwt") && (out.TLS == nil || out.TLS.Cert == ""):
		in.fault("", "has neither token nor jwt, nor a certificate in tls: the peer could not know us", "set token to the one that the peer takes from us")
	}
	in.done()
	return out
}

// readNpmOutgoing reads how ilp-plugin-http sends packets.
func readNpmOutgoing(in *optionReader, multi *HTTPMulti) *HTTPOutgoing {
	out := &HTTPOutgoing{URL: readURL(in, multi), SendDestination: in.flag("sendIlpDestination", false), HTTP2: in.flag("http2", false)}
	out.Bare = in.given("secret", "secretToken")
	out.Token = readOlder(in, readToken, "secretToken", "staticToken")
	secret := readOlder(in, readKey, "secret", "jwtSecret")
	older, newer := in.milliseconds("tokenExpiry"), in.milliseconds("jwtExpiry")
	if older > 0 && newer > 0 {
		in.warn("jwtExpiry", "is not used: tokenExpiry, its old name, wins", "remove one of the two")
	}
	expiry := "jwtExpiry"
	if older > 0 {
		expiry = "tokenExpiry"
	}
	if secret != "" {
		out.JWT = &JWTSigner{Secret: secret, Algorithm: "HS256", Expiry: signedFor(in, expiry, cmp.Or(older, newer))}
	}
	switch {
	case secret != "" && out.Token != "":
		in.warn(in.first("secretToken", "staticToken"), "is not used: "+in.first("secret", "jwtSecret")+" wins", "remove one of the two")
		out.Token = ""
	case secret == "" && out.Token != "" && older+newer > 0:
		in.warn(expiry, "has no effect: a static token does not expire", "remove it, or set jwtSecret")
	}
	readNameAndTLS(in, out)
	readHTTP2Requests(in, out)
	if !in.given("secretToken", "staticToken", "secret", "jwtSecret") {
		in.fault("", "holds no credentials, which the npm plugin calls invalid auth options: the peer could not know us", "set staticToken to the token that the peer takes from us, or jwtSecret")
	}
	in.done()
	return out
}

// first returns the first of some options that is given.
func (in *optionReader) first(keys ...string) string {
	for _, key := range keys {
		if in.given(key) {
			return key
		}
	}
	return keys[len(keys)-1]
}

// readURL reads where packets go. With many children it holds the delimiter.
func readURL(in *optionReader, multi *HTTPMulti) string {
	text := in.text("url")
	if text == "" {
		if in.isText("url") {
			in.fault("url", "is not set", "set it to the URL that takes packets of the peer, such as https://peer.example/ilp")
		}
		return ""
	}
	whole := text
	if multi != nil {
		if !strings.Contains(text, multi.Delimiter) {
			in.fault("url", "does not hold the multiDelimiter "+show(multi.Delimiter)+": the packets of all children would go to one place",
				"write it where the name of a child belongs, such as https://children.example/%/ilp")
			return text
		}
		whole = strings.Replace(text, multi.Delimiter, "1", 1)
	}
	if problem, hint := urlProblem(whole); problem != "" {
		in.fault("url", problem, hint)
		return text
	}
	if multi != nil && hostOf(whole) != hostOf(strings.Replace(text, multi.Delimiter, "2", 1)) {
		in.warn("url", "has the name of a child in its host or port: whoever sends a packet chooses where our token goes", "write the delimiter into the path")
	}
	if isPlainHTTP(text) && !IsLoopback(hostOfURL(whole)) {
		in.warn("url", "is not encrypted: anyone on the network path can read the token", "use https://")
	}
	return text
}

// hostOf returns the host and the port of a URL that urlProblem accepts.
func hostOf(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return parsed.Host
}

// readNameAndTLS reads how we call ourselves, and how we meet the server.
func readNameAndTLS(in *optionReader, out *HTTPOutgoing) {
	out.Name = in.text("name")
	if problem, hint := headerProblem(out.Name); problem != "" {
		in.fault("name", problem, hint)
	}
	tls, ok := in.object("tls")
	if !ok {
		return
	}
	out.TLS = readBTPClientTLS(tls)
	if isPlainHTTP(out.URL) {
		in.warn("tls", "has no effect: the url does not begin with https://", "use https://, or remove tls")
	}
}

// readHTTP2Requests reads how many requests a connection carries. Like Node.js, it accepts digits in
// quotes.
func readHTTP2Requests(in *optionReader, out *HTTPOutgoing) {
	const key = "http2MaxRequestsPerSession"
	v := in.value(key)
	if v == nil {
		return
	}
	n, ok := wholeNumber(unquotedNumber(v))
	switch out.HTTP2Requests = int(n); {
	case !ok || n > math.MaxInt32:
		in.fault(key, "is no number of requests", "use a whole number, 0 for any number")
	case !out.HTTP2 && n > 0:
		in.warn(key, "has no effect without http2", "remove it, or set http2")
	}
}

var _ fmt.Stringer = HTTPOutgoing{}
