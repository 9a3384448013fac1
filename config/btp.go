package config

import (
	"strings"
	"time"
)

// BTPOptions are the options of ilp-plugin-btp, and of every plugin whose
// packets travel over BTP. At least one of Server and Listener is set.
type BTPOptions struct {
	// Server is the server to dial, nil if we only listen.
	Server *BTPServer
	// Listener says where we wait for the peer, nil if we only dial.
	Listener *BTPListener
	// ReconnectIntervals are the pauses before the first, second, ... attempt
	// to connect again. The last one repeats. If nil, the link decides.
	ReconnectIntervals []time.Duration
	// ResponseTimeout is the option of that name, 0 without it. It has no effect: a
	// request waits until its packet expires.
	ResponseTimeout time.Duration
}

// BTPServer is a server to dial, with our credentials for it.
type BTPServer struct {
	// URL begins with ws:// or wss:// and holds no credentials.
	URL string
	// Account and Token are sent unchanged, as auth_username and auth_token.
	Account string
	Token   string
	// OldToken is tried when the server refuses Token, until its time.
	OldToken OldSecret
	// TLS is nil for the defaults of the system.
	TLS *BTPClientTLS
	// DeclareAsset says that we tell the server the asset and scale of our account when we log
	// in, so that it can refuse us if those of its account are others.
	DeclareAsset bool
}

// OldSecret is a secret from before a rotation. It is as good as the new one until a time. The
// zero OldSecret is none.
type OldSecret struct {
	Secret string
	Until  time.Time
}

// BTPClientTLS says how we verify a wss server, and which certificate we present to
// it. CA, Cert and Key are names of PEM files, or such text itself. If one is empty, there is none.
type BTPClientTLS struct {
	CA         string
	Cert       string
	Key        string
	ServerName string
	// Insecure accepts any certificate. The option is rejectUnauthorized: false.
	Insecure bool
}

// BTPListener is a port to listen on, and the token that a peer must send.
type BTPListener struct {
	Host   string // empty is every address
	Port   int    // 0 is any free port
	Secret string
	// OldSecret is accepted too, until its time.
	OldSecret OldSecret
	Path      string // empty is any path
	// TLS is nil for plain WebSocket.
	TLS *Certificate
	// Shared says that no port is given: the shared listener takes the connections. Then Host,
	// Port, Path and TLS do not count.
	Shared bool
}

// Certificate is a certificate and its key. Each is the name of a PEM file, or such text itself:
// IsPEM tells which.
type Certificate struct {
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// IsPEM reports whether an option that may name a PEM file is the text of one itself. Other lines
// may come before the first block, as some programs write them.
func IsPEM(option string) bool { return strings.Contains(option, "-----BEGIN ") }

// overBTP reports whether the packets of the account travel over BTP.
func (a Account) overBTP() bool { return a.Plugin == pluginBTP || a.Plugin == pluginXRP }

// BTP reads the options of the account as options of a BTP plugin. The error is a
// [Faults].
func (a Account) BTP() (BTPOptions, error) {
	r := newReport(nil)
	options := decodeBTP(at("accounts", a.ID, "options"), a, r)
	if len(r.faults) > 0 {
		return BTPOptions{}, r.faults
	}
	return options, nil
}

// decodeBTP reads the options of an account at path, and reports to r. Like the reference, it
// treats empty strings and zeros as left out.
func decodeBTP(path string, a Account, r *report) BTPOptions {
	in := &optionReader{path: path, values: a.Options, out: r}
	if a.Plugin == pluginXRP {
		in.ignore(xrpOptions...)
	}
	// Options that only have a meaning inside the reference.
	in.ignore("_log", "_store", "btpAuthFlags", "reconnectClearTryTimeout")
	out := BTPOptions{ResponseTimeout: in.milliseconds("responseTimeout")}
	if interval := in.milliseconds("reconnectInterval"); interval > 0 {
		out.ReconnectIntervals = []time.Duration{interval}
	}
	if intervals := in.millisecondsList("reconnectIntervals"); len(intervals) > 0 {
		out.ReconnectIntervals = intervals
	}
	out.Server = readBTPServer(in)
	if listener, ok := in.object("listener"); ok {
		out.Listener = readBTPListener(listener, a.Children != nil)
	}
	if out.Server == nil && out.Listener == nil {
		in.fault("", "has neither server nor listener", "to dial, set server to btp+wss://account:token@host:port/path; to wait for the peer, set listener to a port and a secret")
	}
	in.doneWith(optionHint)
	return out
}

func readBTPServer(in *optionReader) *BTPServer {
	uri := in.text("server")
	account, token := in.text("btpAccount"), in.text("btpToken")
	old := readOldSecret(in, "oldToken", "token")
	tls, hasTLS := in.object("tls")
	declares := in.flag("declareAsset", false)
	var client *BTPClientTLS
	if hasTLS {
		client = readBTPClientTLS(tls)
	}
	if uri == "" {
		return nil
	}
	server, escaped, problem := parseBTPURI(uri)
	if cutByToken(uri) && !hasCredentials(uri) && (problem != "" || account+token == "") {
		in.fault("server", `has a /, ?, # or \ in its account or token, where the host would end`,
			"percent-encode it (%2F, %3F, %23, %5C), if the peer expects it so; or use btpAccount and btpToken, which are sent as they are")
		return &BTPServer{}
	}
	if problem != "" {
		in.fault("server", problem, "use btp+wss://account:token@host:port/path, or btp+ws:// without TLS")
		return &BTPServer{}
	}
	if server.Account+server.Token != "" && cutByToken(uri) {
		in.warn("server", "has an @ behind its host: if that belongs to the token, the token is cut, and the rest of it is part of the path",
			"percent-encode the token, or set btpToken")
	}
	switch {
	case server.Account+server.Token == "":
		server.Account, server.Token = account, token
	case account+token != "":
		in.fault("server", "holds an account or a token, and so do btpAccount and btpToken", "keep them in one place only")
	}
	switch {
	case server.Token == "":
		in.warn("server", "holds no token: the peer refuses us, unless it accepts any client", "write btp+wss://account:token@host:port/path, or set btpToken")
	case len(server.Token) > secretMax:
		in.warn("server", "holds a token of more than 16000 bytes: connectors like ours refuse it", "agree on a shorter one with the peer")
	}
	if strings.Contains(uri, "#") {
		in.warn("server", "holds a #: we leave it out, and all that follows it", "remove it from the # on")
	}
	if escaped {
		in.warn("server", "holds an account or a token with characters that are sent percent-escaped", "use btpAccount and btpToken to send them as they are")
	}
	if plainInPublic(server.URL) {
		in.warn("server", "is not encrypted: anyone on the network path can read the token", "use btp+wss://")
	}
	server.TLS, server.OldToken, server.DeclareAsset = client, old, declares
	checkOldSecret(in, "oldToken", server.Token, old)
	if client != nil && !strings.HasPrefix(server.URL, "wss:") {
		in.warn("tls", "has no effect: the server does not begin with btp+wss://", "use btp+wss://, or remove tls")
	}
	return server
}

func readBTPClientTLS(in *optionReader) *BTPClientTLS {
	out := &BTPClientTLS{
		CA:         in.text("ca"),
		Cert:       in.text("cert"),
		Key:        in.text("key"),
		ServerName: in.text("serverName"),
		Insecure:   !in.flag("rejectUnauthorized", true),
	}
	if (out.Cert == "") != (out.Key == "") {
		in.fault("", "has only one of cert and key", "set both, or neither")
	}
	if out.Insecure {
		in.warn("rejectUnauthorized", "is false: we send our token to any server that answers", "set ca to the certificate of the authority that signed the server's")
	}
	in.done()
	return out
}

// pathProblem returns why no request could have the path of a listener, and what to do. Both
// are "" if one could.
func pathProblem(path string) (problem, hint string) {
	switch {
	case path == "":
		return "", ""
	case path[0] != '/':
		return "does not begin with a slash", "write it as /path"
	case strings.ContainsAny(path, "?#"):
		return "holds a ? or a #, which end the path of a URL", "write only the path, such as /path"
	case strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "holds a control character, which no URL has", "write it as /path"
	}
	return "", ""
}

// readBTPListener reads a listener. Host, port and path may also be in wsOpts, as in
// the reference. There they win. If the clients are accounts, they have tokens of their own.
func readBTPListener(in *optionReader, children bool) *BTPListener {
	out := &BTPListener{Host: in.text("host"), Path: in.text("path")}
	port, hasPort := in.port("port")
	if inner, ok := in.object("wsOpts"); ok {
		inner.ignore(wsOptsIgnored...)
		if inner.flag("noServer", false) {
			inner.warn("noServer", "is true, and has no effect: we listen on the port ourselves", "remove it")
		}
		if host := inner.text("host"); host != "" {
			out.Host = host
		}
		if path := inner.text("path"); path != "" {
			out.Path = path
		}
		if innerPort, ok := inner.port("port"); ok {
			if hasPort && port != innerPort {
				in.warn("port", "is not used: wsOpts.port wins", "remove one of the two")
			}
			port, hasPort = innerPort, true
		}
		inner.done()
	}
	out.Port, out.Shared = port, !hasPort
	switch secret, given := in.values["secret"]; {
	case children && given && secret != nil:
		in.warn("secret", "has no effect: each client has a token of its own", "remove it")
	case children:
	case !given || secret == nil:
		in.fault("secret", "is not set", "set the token that the peer must send")
	case secret == "":
		in.warn("secret", "is empty: we accept any client that reaches the port", "set a token")
	}
	if out.Secret = in.text("secret"); len(out.Secret) > secretMax {
		in.fault("secret", "is longer than the first message of a peer can be", secretHint)
	}
	out.OldSecret = readOldSecret(in, "oldSecret", "secret")
	if checkOldSecret(in, "oldSecret", out.Secret, out.OldSecret); children && out.OldSecret.Secret != "" {
		in.warn("oldSecret", "has no effect: each client has a token of its own", "remove it")
	}
	checkHostAndPath(in, &out.Host, out.Path)
	out.TLS = readListenerTLS(in)
	in.done()
	return out
}

// wsOptsIgnored are options of the WebSocket server of the reference that we do not need.
var wsOptsIgnored = []string{
	"backlog", "clientTracking", "maxBufferedChunks", "maxFragments", "maxPayload",
	"maxPendingAutoPongs", "perMessageDeflate", "skipUTF8Validation",
}

// checkHostAndPath checks where a listener listens. It takes brackets off the host.
func checkHostAndPath(in *optionReader, host *string, path string) {
	if bare := unbracketed(*host); bare != *host {
		in.warn("host", "has brackets around an IPv6 address, which only a URL needs", "write it without them, such as ::1")
		*host = bare
	}
	if problem, hint := hostProblem(*host); problem != "" {
		in.fault("host", problem, hint)
	}
	if problem, hint := pathProblem(path); problem != "" {
		in.fault("path", problem, hint)
	}
}

// readListenerTLS reads the certificate that a listener shows, nil for none.
func readListenerTLS(in *optionReader) *Certificate {
	tls, ok := in.object("tls")
	if !ok {
		return nil
	}
	pair := &Certificate{Cert: tls.text("cert"), Key: tls.text("key")}
	if pair.Cert == "" || pair.Key == "" {
		tls.fault("", "needs both cert and key", "set both to the names of PEM files, or to their text")
	}
	tls.done()
	return pair
}
