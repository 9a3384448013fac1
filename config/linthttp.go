package config

import "strings"

// lintHTTP warns of what accounts on the shared listener and a parent over HTTP need.
func lintHTTP(c *Config, r *report) {
	if parent, ok := c.AddressParent(); ok && parent.overHTTP() {
		r.warn("ilpAddress", "is not set: we ask the parent "+show(parent.ID)+" for our address, and some connectors, such as Rafiki, do not tell it over HTTP",
			"set it to the address that the parent gives us, unless you know that it answers ILDCP")
	}
	lintAsync(c, r)
	l := c.Listen
	if l == nil || l.TLS != nil || !openToOthers(l.Host) || strings.HasPrefix(strings.ToLower(l.PublicURL), "https:") {
		return
	}
	if owner := c.exposed(); owner != "" {
		r.warn("listen.tls", "is not set, and the port is open to other machines: anyone on the network path can read the token of "+owner,
			"set it; or set listen.host to 127.0.0.1 behind a proxy that has TLS; if the proxy is on another machine, set listen.publicUrl to its https URL")
	}
}

// lintAsync warns of answers by callback whose records do not outlive a crash.
func lintAsync(c *Config, r *report) {
	if c.StoreName() != storeMemory || r.void["storePath"] {
		return
	}
	for _, a := range c.Accounts {
		if a.Plugin == pluginOurHTTP && decodeHTTP("", a, newReport(nil)).Async != nil {
			r.warn(at("accounts", a.ID, "options", "async"), "keeps its records in memory only: after a crash, a Fulfill may be booked at one side alone",
				"set storePath to a directory")
		}
	}
}

// exposed returns the first whose tokens come in at the shared listener, "" if there is none.
func (c *Config) exposed() string {
	if c.Listen.AdminAPI && c.AdminAPI {
		return "the admin API"
	}
	for _, a := range c.Accounts {
		shares := false
		switch a.Plugin {
		case pluginBTP, pluginXRP:
			l := decodeBTP("", a, newReport(nil)).Listener
			shares = l != nil && l.Shared
		case pluginMiniAccounts:
			shares = decodeMiniAccounts("", a.Options, newReport(nil)).Shared
		case pluginOurHTTP:
			shares = decodeHTTP("", a, newReport(nil)).Incoming != nil
		}
		if shares {
			return "account " + show(a.ID)
		}
	}
	return ""
}
