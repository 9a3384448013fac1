package config

import (
	"fmt"
	"net"
	"slices"
)

// socket is an address that we listen on.
type socket struct {
	owner string // in words
	path  string // of the setting of the port
	host  string // "" is every address
	port  int
}

// checkListeners wants a different port for each listener: those of the accounts, the
// admin API and the settlement API.
func checkListeners(c *Config, r *report) {
	var all []socket
	if c.AdminAPI {
		all = append(all, socket{owner: "the admin API", path: "adminApiPort", host: c.AdminAPIHost, port: c.AdminAPIPort})
	}
	if c.Settles() {
		all = append(all, socket{owner: "the settlement API", path: "settlementApiPort", host: c.SettlementAPIHost, port: c.SettlementAPIPort})
	}
	for _, a := range c.Accounts {
		if s, ok := a.socket(); ok {
			all = append(all, s)
		}
	}
	for i, s := range all {
		if first := slices.IndexFunc(all[:i], s.meets); first >= 0 {
			r.fault(s.path, fmt.Sprintf("is the same port for %s as for %s", s.owner, all[first].owner), "give each of them a port of its own")
		}
	}
}

// socket returns what the plugin of the account listens on, if it listens.
func (a Account) socket() (socket, bool) {
	s := socket{owner: "account " + show(a.ID), path: at("accounts", a.ID, "options")}
	switch a.Plugin {
	case pluginBTP:
		options := decodeBTP("", a, newReport(nil))
		if options.Listener == nil {
			return s, false
		}
		s.path = at(s.path, "listener", "port")
		s.host, s.port = options.Listener.Host, options.Listener.Port
	case pluginMiniAccounts:
		options := decodeMiniAccounts("", a.Options, newReport(nil))
		s.path = at(s.path, "port")
		s.host, s.port = options.Host, options.Port
	default:
		return s, false
	}
	return s, true
}

// meets reports whether s and other cannot both be open. Port 0 is any free port.
func (s socket) meets(other socket) bool {
	if s.port == 0 || s.port != other.port {
		return false
	}
	return everywhere(s.host) || everywhere(other.host) || BareHost(s.host) == BareHost(other.host)
}

func everywhere(host string) bool {
	ip := net.ParseIP(BareHost(host))
	return host == "" || ip != nil && ip.IsUnspecified()
}
