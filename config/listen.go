package config

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Listen is the shared listener, which takes packets of many accounts at one port.
type Listen struct {
	Host string       `json:"host"` // empty is every address
	Port int          `json:"port"` // 0 is any free port
	TLS  *Certificate `json:"tls,omitempty"`
	// PublicURL is the URL at which others reach the listener. It may be empty.
	PublicURL string `json:"publicUrl"`
	// AdminAPI says that it serves the admin API too, if Config.AdminAPI is on.
	AdminAPI bool `json:"adminApi"`
	HTTP2    bool `json:"http2"`
	// MaxSockets bounds the open sockets, and MaxSocketsPerAddress those of one remote address.
	MaxSockets           int `json:"maxSockets"`
	MaxSocketsPerAddress int `json:"maxSocketsPerAddress"`
}

// Proxied reports whether others reach the listener through a proxy alone: it ends TLS, or the listener
// is on loopback.
func (l *Listen) Proxied() bool {
	return l.TLS == nil && (IsLoopback(l.Host) || strings.HasPrefix(strings.ToLower(l.PublicURL), "https:"))
}

// AccountURL returns the URL at which others reach an account on the listener, "" if PublicURL is
// empty.
func (l *Listen) AccountURL(id string) string {
	if l == nil || l.PublicURL == "" {
		return ""
	}
	return strings.TrimSuffix(l.PublicURL, "/") + AccountPrefix(id)
}

// ReplyURL returns the URL at which answers to our requests come in from the peer of an account, ""
// if PublicURL is empty.
func (l *Listen) ReplyURL(id string) string {
	account := l.AccountURL(id)
	if account == "" {
		return ""
	}
	return account + "/reply"
}

// AccountPrefix returns the path at which the shared listener takes the packets of an account.
func AccountPrefix(id string) string { return "/accounts/" + id + "/ilp" }

// String returns the address.
func (l Listen) String() string { return net.JoinHostPort(BareHost(l.Host), strconv.Itoa(l.Port)) }

// redacted returns a copy in which names of files stay, and neither PEM text does nor what references
// have given. l may be nil.
func (l *Listen) redacted(refs []resolved) *Listen {
	if l == nil || l.TLS == nil {
		return l
	}
	next, pair := *l, *l.TLS
	for key, text := range map[string]*string{"cert": &pair.Cert, "key": &pair.Key} {
		given := slices.ContainsFunc(refs, func(s resolved) bool { return slices.Equal(s.location, []string{"listen", "tls", key}) })
		if given || IsPEM(*text) {
			*text = redacted
		}
	}
	next.TLS = &pair
	return &next
}

// checkListen wants a shared listener that can be opened, and whose admin API asks for a token.
func checkListen(c *Config, r *report) {
	l := c.Listen
	if l == nil {
		return
	}
	if problem, hint := hostProblem(unbracketed(l.Host)); problem != "" {
		r.fault("listen.host", "is "+show(l.Host)+", which "+problem, hint)
	}
	if problem, hint := urlProblem(l.PublicURL); problem != "" && l.PublicURL != "" {
		r.fault("listen.publicUrl", problem, hint)
	} else if strings.Contains(l.PublicURL, "?") {
		r.fault("listen.publicUrl", "has a query", "remove it, from the ? on")
	}
	if l.AdminAPI && c.AdminAPI && c.AdminAPIToken == "" {
		r.fault("adminApiToken", "is not set, and listen.adminApi offers the admin API to every client that reaches the listener", "set it, or remove listen.adminApi")
	}
}

// lintListen warns of settings of the shared listener that have no effect.
func lintListen(c *Config, r *report) {
	l := c.Listen
	if l == nil {
		return
	}
	if unbracketed(l.Host) != l.Host {
		r.warn("listen.host", "has brackets around an IPv6 address, which only a URL needs", "write it without them, such as ::1")
	}
	if l.AdminAPI && !c.AdminAPI {
		r.warn("listen.adminApi", "has no effect: adminApi is false", "set adminApi, or remove it")
	}
	if l.MaxSocketsPerAddress > l.MaxSockets {
		r.warn("listen.maxSocketsPerAddress", "is above maxSockets, and has no effect", "lower it, or raise maxSockets")
	}
}

// checkShared wants a shared listener for an account that needs one.
func checkShared(c *Config, a Account, r *report) {
	missing := c.Listen == nil && !r.void["listen"]
	path := a.Path("options")
	if r.faulty[a.Path("plugin")] {
		return
	}
	switch a.Plugin {
	case pluginBTP, pluginXRP:
		l := decodeBTP("", a, newReport(nil)).Listener
		switch {
		case l == nil || !l.Shared:
		case missing:
			r.fault(at(path, "listener", "port"), "is not set", "set the port to listen on; or set listen at the top, whose port the accounts share")
		default:
			warnShared(r, at(path, "listener"), map[string]bool{"host": l.Host != "", "path": l.Path != "", "tls": l.TLS != nil})
		}
	case pluginMiniAccounts:
		if missing && decodeMiniAccounts("", a.Options, newReport(nil)).Shared {
			r.fault(at(path, "shared"), "is true, and there is no shared listener", sharedHint+", or use a port of its own")
		}
	case pluginOurHTTP:
		checkSharedHTTP(c, decodeHTTP("", a, newReport(nil)), path, missing, r)
	}
}

const sharedHint = `set listen at the top, such as {"port": 7770}`

// checkSharedHTTP wants the shared listener to have what the options of ilp-http at path need.
func checkSharedHTTP(c *Config, options HTTPOptions, path string, missing bool, r *report) {
	in := options.Incoming
	switch {
	case in == nil:
	case missing:
		r.fault(at(path, "incoming"), "is set, and there is no shared listener that could take the packets", sharedHint+"; or use ilp-plugin-http, which has a port of its own")
	case c.Listen == nil: // it has a fault
	default:
		if in.ClientCertificate != nil && c.Listen.TLS == nil && !r.void["listen.tls"] {
			r.fault(at(path, "incoming", "clientCertificate"), "is set, and the shared listener speaks no TLS, so that no client could show one", "set listen.tls, or remove it")
		}
		if options.Async != nil && options.Async.CallbackURL == "" && c.Listen.PublicURL == "" {
			r.fault(at(path, "async", "callbackUrl"), "is not set, and neither is listen.publicUrl: the peer would not know where to send its answers", "set one of them")
		}
	}
}

// warnShared warns of options inside path that are given, and that the shared listener decides.
func warnShared(r *report, path string, given map[string]bool) {
	for _, option := range slices.Sorted(maps.Keys(given)) {
		if given[option] {
			r.warn(path+"."+option, "has no effect: the account has no port of its own, and the shared listener decides", "remove it, or set a port")
		}
	}
}
