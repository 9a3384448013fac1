package config

import (
	"fmt"
	"net"
	"slices"
)

// Socket is an address that the connector listens on.
type Socket struct {
	Owner string // in words
	Path  string // of the setting of the port
	Host  string // "" is every address
	Port  int    // 0 is any free port
}

// Sockets returns the addresses that the connector listens on. Of a [Draft] it leaves out
// those that are not sound.
func (c *Config) Sockets() []Socket {
	all := c.ownSockets(c.Settles())
	for _, a := range c.Accounts {
		if s, ok := a.socket(); ok && c.Sound(a.Path("plugin")) && c.Sound(a.Path("options")) {
			all = append(all, s)
		}
	}
	return all
}

// ownSockets returns the addresses of the admin API, the settlement API and the shared listener.
func (c *Config) ownSockets(settles bool) (all []Socket) {
	if c.AdminAPI && c.Sound("adminApi") && c.Sound("adminApiHost") && c.Sound("adminApiPort") {
		all = append(all, Socket{Owner: "the admin API", Path: "adminApiPort", Host: c.AdminAPIHost, Port: c.AdminAPIPort})
	}
	if settles && c.Sound("settlementApiHost") && c.Sound("settlementApiPort") {
		all = append(all, Socket{Owner: "the settlement API", Path: "settlementApiPort", Host: c.SettlementAPIHost, Port: c.SettlementAPIPort})
	}
	if c.Listen != nil && c.Sound("listen.host") && c.Sound("listen.port") {
		all = append(all, Socket{Owner: "the shared listener", Path: "listen.port", Host: c.Listen.Host, Port: c.Listen.Port})
	}
	return all
}

// checkOwnSockets wants ports for these that differ from each other, and from those of the other
// accounts: with its first engine a fresh one opens the settlement API.
func checkOwnSockets(c among, r *report) {
	own := c.ownSockets(c.Settles())
	for i, s := range own {
		checkSocket(s, own[:i], r)
		for _, other := range c.others.sockets[s.Port] {
			checkSocket(other, own[i:i+1], r)
		}
	}
}

// checkListener wants a port for an account that nothing else has.
func checkListener(c among, in indexed, r *report) {
	if in.socket != nil {
		checkSocket(*in.socket, c.ownSockets(c.Settles()), r)
		checkSocket(*in.socket, c.others.sockets[in.socket.Port], r)
	}
}

// checkSocket wants a socket to have another port than those before it.
func checkSocket(s Socket, before []Socket, r *report) {
	if first := slices.IndexFunc(before, s.meets); first >= 0 {
		r.fault(s.Path, fmt.Sprintf("is the same port for %s as for %s", s.Owner, before[first].Owner), "give each of them a port of its own")
	}
}

// socket returns what the plugin of the account listens on, if it listens on a port of its own.
func (a Account) socket() (Socket, bool) {
	s, listens, _ := a.entrance()
	return s, listens
}

// entrance returns what the plugin of the account listens on, if it listens on a port of its own, and
// the tokens by which the account of a peer is known beside other accounts.
func (a Account) entrance() (s Socket, listens bool, tokens []string) {
	s = Socket{Owner: "account " + show(a.ID), Path: a.Path("options")}
	switch a.Plugin {
	case pluginBTP, pluginXRP:
		l := decodeBTP("", a, newReport(nil)).Listener
		switch {
		case l == nil:
			return s, false, nil
		case l.Shared && a.Children == nil && l.Secret != "":
			return s, false, []string{l.Secret}
		}
		s.Path = at(s.Path, "listener", "port")
		s.Host, s.Port, listens = l.Host, l.Port, !l.Shared
	case pluginMiniAccounts:
		options := decodeMiniAccounts("", a.Options, newReport(nil))
		s.Path = at(s.Path, "port")
		s.Host, s.Port, listens = options.Host, options.Port, !options.Shared
	case pluginHTTP, pluginOurHTTP:
		in := decodeHTTP("", a, newReport(nil)).Incoming
		if in == nil {
			return s, false, nil
		}
		if tokens = slices.Clone(in.Tokens); in.OldToken.Secret != "" {
			tokens = append(tokens, in.OldToken.Secret)
		}
		if in.Listener != nil {
			s.Path = at(s.Path, "incoming", "port")
			s.Host, s.Port, listens = in.Listener.Host, in.Listener.Port, true
		}
	}
	return s, listens, tokens
}

// meets reports whether s and other cannot both be open. Port 0 is any free port.
func (s Socket) meets(other Socket) bool {
	if s.Port == 0 || s.Port != other.Port {
		return false
	}
	return everywhere(s.Host) || everywhere(other.Host) || BareHost(s.Host) == BareHost(other.Host)
}

func everywhere(host string) bool {
	ip := net.ParseIP(BareHost(host))
	return host == "" || ip != nil && ip.IsUnspecified()
}
