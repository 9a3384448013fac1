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
	if in.listens {
		checkSocket(in.socket, c.ownSockets(c.Settles()), r)
		checkSocket(in.socket, c.others.sockets[in.socket.Port], r)
	}
}

// checkSocket wants a socket to have another port than those before it.
func checkSocket(s Socket, before []Socket, r *report) {
	if first := slices.IndexFunc(before, s.meets); first >= 0 {
		r.fault(s.Path, fmt.Sprintf("is the same port for %s as for %s", s.Owner, before[first].Owner), "give each of them a port of its own")
	}
}

// socket returns what the plugin of the account listens on, if it listens.
func (a Account) socket() (Socket, bool) {
	s := Socket{Owner: "account " + show(a.ID), Path: a.Path("options")}
	switch a.Plugin {
	case pluginBTP:
		options := decodeBTP("", a, newReport(nil))
		if options.Listener == nil || options.Listener.Shared {
			return s, false
		}
		s.Path = at(s.Path, "listener", "port")
		s.Host, s.Port = options.Listener.Host, options.Listener.Port
	case pluginMiniAccounts:
		options := decodeMiniAccounts("", a.Options, newReport(nil))
		if options.Shared {
			return s, false
		}
		s.Path = at(s.Path, "port")
		s.Host, s.Port = options.Host, options.Port
	default:
		return s, false
	}
	return s, true
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
