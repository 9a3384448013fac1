package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
)

// lintConfig warns of settings that are allowed but probably mistakes.
func lintConfig(c among, r *report) {
	lintParents(c.Config, r)
	lintAccounts(c, r)
	lintRoutes(c.Config, r)
	lintNetwork(c.Config, r)
	lintTimes(c.Config, r)
	lintSecrets(c.Config, r)
	lintPar(c.Config, r)
	if c.Spread == "1" {
		r.warn("spread", "keeps the whole amount: everything sent on is 0", "write 0.2% as 0.002")
	}
	lintListen(c.Config, r)
	lintHTTP(c.Config, r)
	lintStore(c.Config, r)
	lintNodeHost(c.Config, r)
	lintMiddlewares(c.Config, r)
}

// lintMiddlewares warns of what is lost if a middleware takes the name of a built-in one that is disabled: in the
// reference, the admin API asks it instead.
func lintMiddlewares(c *Config, r *report) {
	lost := map[string]string{
		"balance": "no balance is kept: GET /balance has no accounts, POST /balance fails, nothing is settled, and none of them asks this middleware",
		"alert":   "GET /alerts shows nothing, also not what this middleware knows",
	}
	for _, m := range c.Middlewares {
		if what := lost[m.Name]; what != "" && slices.Contains(c.DisableMiddleware, m.Name) {
			r.warn(at("middlewares", m.Name), "has the name of a built-in middleware that is disabled, and stands in the pipelines only: "+what,
				"remove "+m.Name+" from disableMiddleware and give this one another name, unless you need nothing of that")
		}
	}
}

// lintAccounts warns of each of the fresh accounts, beside the others.
func lintAccounts(c among, r *report) {
	interval := c.cleanupInterval()
	for _, a := range c.Accounts {
		lintAccount(a, r)
		lintNetworkRouting(c.Config, a, r)
		lintResponseTimeout(c.Config, a, r)
		lintDeduplicate(a, interval, r)
	}
}

// lintPar warns of accounts in two currencies that are traded at par.
func lintPar(c *Config, r *report) {
	if c.Backend != "one-to-one" {
		return
	}
	for _, a := range c.Accounts {
		if first := c.Accounts[0]; a.AssetCode != first.AssetCode {
			r.warn("backend", fmt.Sprintf("is one-to-one: we change 1 %s for 1 %s, between the accounts %s and %s",
				first.AssetCode, a.AssetCode, first.ID, a.ID), "use it only for currencies of equal worth; else ecb, or a backend of your own")
			return
		}
	}
}

// lintParents warns if we choose the first of several parents, or if a named parent
// has no effect.
func lintParents(c *Config, r *report) {
	var parents []string
	for _, a := range c.Accounts {
		if a.Relation == account.Parent {
			parents = append(parents, a.ID)
		}
	}
	if len(parents) > 1 {
		several := "there are several parents (" + strings.Join(parents, ", ") + "): "
		if c.ILPAddress == "" && c.ILPAddressInheritFrom == "" {
			r.warn("ilpAddressInheritFrom", several+"our address comes from the first one, "+parents[0], "set it to the id of the parent that you mean")
		}
		if c.DefaultRoute == "auto" {
			r.warn("defaultRoute", several+"the default route goes to the first one, "+parents[0], "set it to the id of the parent that you mean")
		}
	}
	if c.ILPAddress != "" && c.ILPAddressInheritFrom != "" {
		r.warn("ilpAddressInheritFrom", "has no effect: ilpAddress is set", "remove one of the two")
	}
}

// lintAccount warns of one account on its own.
func lintAccount(a Account, r *report) {
	path := at("accounts", a.ID)
	if a.ILPAddressSegment != "" && a.Relation != account.Child && a.Relation != 0 {
		r.warn(at(path, "ilpAddressSegment"), "has no effect: the account is not a child", "remove it")
	}
	if a.AssetMismatch == MismatchAllow && a.Relation != account.Parent && a.Relation != 0 {
		r.warn(at(path, "assetMismatch"), "has no effect: only a parent tells us its asset", "remove it")
	}
	lintRouting(a, r)
	if a.Children == nil {
		lintLimits(path, "this account", a.Balance, a.MaxPacketAmount, a.InFlight, a.Throughput, r)
	} else { // its clients owe, and not it
		terms := a.Children.PerChild
		lintLimits(at(path, "children", "perChild"), "each client", terms.Balance, terms.MaxPacketAmount, terms.InFlight, terms.Throughput, r)
	}
	lintSettlement(a, r)
}

// lintLimits warns of limits that are missing, or that no packet can meet.
func lintLimits(path, of string, balance *Balance, packetMax string, inFlight InFlight, throughput Throughput, r *report) {
	if packet, period := parseLimit(packetMax), parseLimit(throughput.IncomingAmount); packet.above(period) {
		r.warn(at(path, "maxPacketAmount"), "is above throughput.incomingAmount: a packet of more than that never passes", "lower it, or raise throughput.incomingAmount")
	}
	if packet, most := parseLimit(packetMax), parseLimit(inFlight.IncomingAmount); packet.above(most) {
		r.warn(at(path, "maxPacketAmount"), "is above inFlight.incomingAmount: a packet of more than that never passes", "lower it, or raise inFlight.incomingAmount")
	}
	if balance == nil {
		r.warn(at(path, "balance"), "is not set: nothing limits what "+of+" may owe us, or what we may owe it", "set at least balance.maximum")
	}
}

// lintRoutes warns of routes that no packet can take.
func lintRoutes(c *Config, r *report) {
	seen := map[string]bool{}
	for i, route := range c.Routes {
		path := atIndex("routes", i)
		prefix := route.TargetPrefix
		if _, ok := c.Accounts.Find(route.PeerID); !ok && route.PeerID != "" && !r.void["accounts"] {
			r.warn(at(path, "peerId"), "is "+show(route.PeerID)+", which is not an account: the route is ignored", "use the id of an account")
		}
		if prefix != "" && !isPrefix(prefix) {
			r.warn(at(path, "targetPrefix"), "is "+show(prefix)+", which no routed address begins with", "use an address prefix such as g.acme, without a dot at the end")
		}
		if prefix != "" && prefix == c.ILPAddress {
			r.warn(at(path, "targetPrefix"), "is "+show(prefix)+", our own address: packets for us and our children go to that account, which never hears of our address", "remove the route")
		}
		if seen[prefix] {
			r.warn(at(path, "targetPrefix"), "is the prefix of an earlier route: the first route for "+show(prefix)+" counts", "remove one of the two")
		}
		seen[prefix] = prefix != ""
	}
}

// lintNetwork warns of an address outside the network of env.
func lintNetwork(c *Config, r *report) {
	if w, outside := c.AddressWarning(c.ILPAddress); outside {
		r.warn(w.Path, w.Problem, w.Hint)
	}
}

// AddressWarning returns a warning if an address of ours, configured or given by a parent,
// is outside the network of env.
func (c *Config) AddressWarning(address string) (w Warning, outside bool) {
	scheme, _, _ := strings.Cut(address, ".")
	prefix := c.GlobalPrefix()
	if scheme == prefix || scheme != "g" && !strings.HasPrefix(scheme, "test") {
		return Warning{}, false
	}
	return Warning{
		Path: "env",
		Problem: fmt.Sprintf("is %s, whose network is %s.*, but our address begins with %s: we learn no routes there, and the default route does not cover them",
			c.Env, prefix, scheme),
		Hint: "set env to production for g.*, to test for test.*",
	}, true
}

// lintSecrets warns of a secret that is short.
func lintSecrets(c *Config, r *report) {
	if c.RoutingSecret != "" && len(c.RoutingSeed()) < 16 {
		r.warn("routingSecret", "holds fewer than 16 bytes of base64", "use the output of: openssl rand -base64 32")
	}
}
