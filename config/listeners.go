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
func (c *Config) Sockets() (all []Socket) {
	if c.AdminAPI && c.Sound("adminApi") && c.Sound("adminApiHost") && c.Sound("adminApiPort") {
		all = append(all, Socket{Owner: "the admin API", Path: "adminApiPort", Host: c.AdminAPIHost, Port: c.AdminAPIPort})
	}
	if c.Settles() && c.Sound("settlementApiHost") && c.Sound("settlementApiPort") {
		all = append(all, Socket{Owner: "the settlement API", Path: "settlementApiPort", Host: c.SettlementAPIHost, Port: c.SettlementAPIPort})
	}
	for _, a := range c.Accounts {
		if s, ok := a.socket(); ok && c.Sound(a.Path("plugin")) && c.Sound(a.Path("options")) {
			all = append(all, s)
		}
	}
	return all
}

// checkListeners wants a different port for each listener: those of the accounts, the
// admin API and the settlement API.
func checkListeners(c *Config, r *report) {
	byPort := make(map[int][]Socket)
	for _, s := range c.Sockets() {
		before := byPort[s.Port]
		if first := slices.IndexFunc(before, s.meets); first >= 0 {
			r.fault(s.Path, fmt.Sprintf("is the same port for %s as for %s", s.Owner, before[first].Owner), "give each of them a port of its own")
		}
		byPort[s.Port] = append(before, s)
	}
}

// socket returns what the plugin of the account listens on, if it listens.
func (a Account) socket() (Socket, bool) {
	s := Socket{Owner: "account " + show(a.ID), Path: a.Path("options")}
	switch a.Plugin {
	case pluginBTP:
		options := decodeBTP("", a, newReport(nil))
		if options.Listener == nil {
			return s, false
		}
		s.Path = at(s.Path, "listener", "port")
		s.Host, s.Port = options.Listener.Host, options.Listener.Port
	case pluginMiniAccounts:
		options := decodeMiniAccounts("", a.Options, newReport(nil))
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
