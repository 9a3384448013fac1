package config

import (
	"encoding/json"
	"fmt"
	"net"
)

// socket is a port somebody listens on.
type socket struct {
	owner string // in words
	path  string // of the setting that says so
	host  string // "" is every address
	port  int
}

// checkListeners wants a port of its own for everyone who listens: each
// account, the admin API, and the one for settlement engines.
func checkListeners(c *Config, r *report) {
	var taken []socket
	if c.AdminAPI {
		taken = append(taken, socket{owner: "the admin API", path: "adminApiPort", host: c.AdminAPIHost, port: c.AdminAPIPort})
	}
	if c.Settles() {
		s := socket{owner: "the settlement API", path: "settlementApiPort", host: c.SettlementAPIHost, port: c.SettlementAPIPort}
		for _, other := range taken {
			if s.meets(other) {
				r.fault(s.path, fmt.Sprintf("is the same port for %s as for %s", s.owner, other.owner), "give each of them a port of its own")
			}
		}
		taken = append(taken, s)
	}
	for _, a := range c.Accounts {
		s, ok := a.socket()
		if !ok {
			continue
		}
		for _, other := range taken {
			if s.meets(other) {
				r.fault(s.path, fmt.Sprintf("is the same port for %s as for %s", s.owner, other.owner), "give each of them a port of its own")
				break
			}
		}
		taken = append(taken, s)
	}
}

// socket is what the account listens on, if it listens.
func (a Account) socket() (socket, bool) {
	s := socket{owner: "account " + show(a.ID), path: at("accounts", a.ID, "options")}
	switch a.Plugin {
	case pluginBTP:
		options := decodeBTP("", a.Options, newReport(nil))
		if options.Listener == nil {
			return s, false
		}
		s.path = at(s.path, "listener", "port")
		s.host, s.port = options.Listener.Host, options.Listener.Port
	case pluginMiniAccounts:
		s.path, s.port = at(s.path, "port"), 3000 // what that plugin listens on by itself
		inner, _ := a.Options["wsOpts"].(map[string]any)
		s.host, _ = inner["host"].(string)
		for _, from := range []map[string]any{a.Options, inner} {
			if port, ok := from["port"].(json.Number); ok {
				n, _ := port.Int64()
				s.port = int(n)
			}
		}
	default:
		return s, false
	}
	return s, true
}

// meets is whether two sockets can not both be opened. Port 0 is whatever port
// is free.
func (s socket) meets(other socket) bool {
	if s.port == 0 || s.port != other.port {
		return false
	}
	return everywhere(s.host) || everywhere(other.host) || s.host == other.host
}

func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}
