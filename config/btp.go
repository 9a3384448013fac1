package config

import (
	"strings"
	"time"
)

// BTPOptions are the options of ilp-plugin-btp, and of every plugin whose
// packets travel over BTP. At least one of Server and Listener is set.
type BTPOptions struct {
	// Server is the server to dial; nil when we only listen.
	Server *BTPServer
	// Listener is where to wait for the other side; nil when we only dial.
	Listener *BTPListener
	// ReconnectIntervals are the pauses before the first, second, ... attempt
	// to connect again; the last one repeats. Nil leaves them to the link.
	ReconnectIntervals []time.Duration
	// ResponseTimeout is what the option says, zero if it is left out. It has no effect:
	// a request waits until its packet expires.
	ResponseTimeout time.Duration
}

// BTPServer is a server to dial and what we say to be let in.
type BTPServer struct {
	// URL begins with ws:// or wss:// and holds no credentials.
	URL string
	// Account and Token go out as auth_username and auth_token, as they are.
	Account string
	Token   string
	// TLS is nil for the defaults of the system.
	TLS *BTPClientTLS
}

// BTPClientTLS says how to check a wss server and how to be known to it. Files
// are PEM; an empty name is none.
type BTPClientTLS struct {
	CAFile     string
	CertFile   string
	KeyFile    string
	ServerName string
	// Insecure, rejectUnauthorized: false in the options, takes any
	// certificate.
	Insecure bool
}

// BTPListener is a port to wait on, and the token that lets somebody in.
type BTPListener struct {
	Host   string // empty is every address
	Port   int    // 0 is any free port
	Secret string
	Path   string // empty is any path
	// TLS is nil for plain WebSocket.
	TLS *TLSFiles
}

// TLSFiles are the PEM files of a certificate and its key.
type TLSFiles struct {
	CertFile string
	KeyFile  string
}

// BTP reads the options of the account as those of a BTP plugin. The error is a
// [Faults].
func (a Account) BTP() (BTPOptions, error) {
	r := newReport(nil)
	options := decodeBTP(at("accounts", a.ID, "options"), a.Options, r)
	if len(r.faults) > 0 {
		return BTPOptions{}, r.faults
	}
	return options, nil
}

// decodeBTP reads options, which stand at path, and reports to r. As the
// reference does, it takes empty strings and zeros for left out.
func decodeBTP(path string, options map[string]any, r *report) BTPOptions {
	in := &optionReader{path: path, values: options, out: r}
	// Options that only mean something inside the reference.
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
		out.Listener = readBTPListener(listener)
	}
	if out.Server == nil && out.Listener == nil {
		in.fault("", "has neither server nor listener", "set server to btp+wss://account:token@host:port/path to dial, or listener to a port and a secret to wait")
	}
	in.done()
	return out
}

func readBTPServer(in *optionReader) *BTPServer {
	uri := in.text("server")
	account, token := in.text("btpAccount"), in.text("btpToken")
	tls, hasTLS := in.object("tls")
	var client *BTPClientTLS
	if hasTLS {
		client = readBTPClientTLS(tls)
	}
	if uri == "" {
		return nil
	}
	server, escaped, problem := parseBTPURI(uri)
	if problem != "" {
		in.fault("server", problem, "use btp+wss://account:token@host:port/path, or btp+ws:// without TLS")
		return &BTPServer{}
	}
	switch {
	case server.Account+server.Token == "":
		server.Account, server.Token = account, token
	case account+token != "":
		in.fault("server", "holds an account or a token, and so do btpAccount and btpToken", "keep them in one place only")
	}
	if escaped {
		in.warn("server", "holds an account or a token with characters that are sent percent-escaped", "use btpAccount and btpToken to send them as they are")
	}
	if plainInPublic(server.URL) {
		in.warn("server", "is not encrypted: whoever is on the way reads the token", "use btp+wss://")
	}
	server.TLS = client
	if client != nil && !strings.HasPrefix(server.URL, "wss:") {
		in.warn("tls", "has no effect: the server is not a btp+wss:// one", "use btp+wss://, or remove tls")
	}
	return server
}

func readBTPClientTLS(in *optionReader) *BTPClientTLS {
	out := &BTPClientTLS{
		CAFile:     in.text("ca"),
		CertFile:   in.text("cert"),
		KeyFile:    in.text("key"),
		ServerName: in.text("serverName"),
		Insecure:   !in.flag("rejectUnauthorized", true),
	}
	if (out.CertFile == "") != (out.KeyFile == "") {
		in.fault("", "has only one of cert and key", "give both, or neither")
	}
	if out.Insecure {
		in.warn("rejectUnauthorized", "is false: whoever answers gets our token", "give the certificate of the server's authority as ca")
	}
	in.done()
	return out
}

// readBTPListener reads a listener. Host, port and path may stand in wsOpts as
// well, where the reference has them, and win there.
func readBTPListener(in *optionReader) *BTPListener {
	out := &BTPListener{Host: in.text("host"), Path: in.text("path")}
	port, hasPort := in.port("port")
	if inner, ok := in.object("wsOpts"); ok {
		// Options of the WebSocket server of the reference.
		inner.ignore("backlog", "clientTracking", "maxBufferedChunks", "maxFragments", "maxPayload",
			"maxPendingAutoPongs", "perMessageDeflate", "noServer", "skipUTF8Validation")
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
	if out.Port = port; !hasPort {
		in.fault("port", "is not set", "set the port to listen on")
	}
	switch secret, given := in.values["secret"]; {
	case !given || secret == nil:
		in.fault("secret", "is not set", "set the token that the other side has to show")
	case secret == "":
		in.warn("secret", "is empty: whoever reaches the port is let in", "set a token")
	}
	out.Secret = in.text("secret")
	if out.Path != "" && out.Path[0] != '/' {
		in.fault("path", "does not begin with a slash", "write it as /path")
	}
	if tls, ok := in.object("tls"); ok {
		out.TLS = &TLSFiles{CertFile: tls.text("cert"), KeyFile: tls.text("key")}
		if out.TLS.CertFile == "" || out.TLS.KeyFile == "" {
			tls.fault("", "needs both cert and key", "give the names of both PEM files")
		}
		tls.done()
	}
	in.done()
	return out
}
