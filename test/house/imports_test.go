package house

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// law says which of our packages each package may import: downwards only. A name
// that ends in "/..." is the packages below it as well. A package below one that
// is not named itself is under the law of the nearest one above it that ends so.
var law = map[string][]string{
	"clip":                     {},
	"clock":                    {},
	"smallfile":                {},
	"uuid":                     {},
	"ilp/oer":                  {},
	"ilp":                      {"clock", "ilp/oer"},
	"ilp/...":                  {"clip", "clock", "ilp/oer", "ilp"},
	"account/balance":          {"ilp"},
	"account":                  {"clip", "ilp", "account/balance"},
	"audit":                    {"clip", "store"},
	"ledger":                   {"clock", "ilp", "account", "account/balance", "store"},
	"rate":                     {"clock", "ilp"},
	"rate/...":                 {"clip", "rate", "rate/fetch"},
	"rate/combined":            {"clock", "rate"},
	"rate/ecbxrp":              {"rate", "rate/fetch", "rate/ecb", "rate/combined"},
	"rate/ecbcoinmarketcap":    {"rate", "rate/fetch", "rate/ecb", "rate/combined"},
	"store":                    {"ilp"},
	"store/...":                {"store"},
	"store/disk":               {"smallfile", "store", "store/bolt", "store/journal"},
	"config":                   {"smallfile", "clip", "ilp", "account", "account/balance", "rate"},
	"peering":                  {"ilp", "config"},
	"route":                    {"ilp", "account"},
	"route/speaker":            {"clock", "ilp", "ilp/ccp", "route", "account"},
	"engine":                   {"clock", "ilp", "account", "route", "rate"},
	"engine/middleware":        {"clock", "ilp", "ilp/echo", "account", "account/balance", "ledger", "rate", "engine", "engine/middleware/dedupe"},
	"engine/middleware/dedupe": {"clock", "ilp", "account", "engine"},
	"link":                     {"clock", "ilp", "ilp/..."},
	"link/bearer":              {},
	"link/websocket":           {"clip"},
	"link/httplink":            {"clip", "clock", "ilp", "ilp/...", "link", "store", "uuid"},
	"listen":                   {"clip", "clock", "link"},
	"nodehost/module":          {"clip"},
	"nodehost/contents":        {"clip", "nodehost/nodehosttest"},
	"link/miniaccounts":        {"clock", "ilp", "ilp/...", "link", "link/btplink", "store"},
	"link/...":                 {"clock", "ilp", "ilp/...", "link", "link/websocket"},
	"settle":                   {"clip", "uuid", "clock", "ilp", "account", "account/balance", "store"},
	"settle/...":               {"ilp", "account", "account/balance", "store", "settle"},
	"settle/xrp":               {"account/balance", "settle", "settle/xrp/xrpl", "store"},
	"settle/xrp/xrpl":          {"clip", "clock"},
	"nodehost/chain":           {"clock", "ilp", "account", "engine", "engine/middleware"},
	"metrics":                  {"account", "account/balance", "route", "rate", "config", "ilp"},
	"admin":                    {"smallfile", "clip", "clock", "account", "account/balance", "audit", "route", "rate", "config", "ilp", "peering", "settle"},
	"admin/client":             {"admin", "peering"},
	"admin/admintest":          {"admin", "account", "account/balance", "audit", "route", "rate", "config", "ilp", "peering", "settle", "store", "store/memory"},
	"ilptest":                  {"clock", "ilp"},
	"ilptest/btppeer":          {"ilp", "ilp/btp", "link/websocket"},
	"ilptest/httpwire":         {},
	"ilptest/rafikipeer":       {"ilp", "ilptest", "ilptest/httpwire"},
	"ilptest/rspeer":           {"ilp", "ilp/ccp", "ilp/ildcp", "ilptest", "ilptest/httpwire"},
	"ilptest/xrplsim":          {"ilptest/freeport", "settle/xrp/xrpl"},
	"ilptest/...":              {"clock", "ilp", "ilptest", "account", "account/balance", "ledger", "engine", "engine/middleware", "engine/middleware/dedupe", "rate", "route"},
	"nodehost":                 {"clip", "clock", "ilp", "link"},
	"nodehost/plugin":          {"account/balance", "clip", "clock", "ilp", "link", "nodehost", "settle", "store", "uuid"},
	"nodehost/source":          {"ilp", "nodehost", "rate"},
	"nodehost/nodehosttest":    {"nodehost"},
	"connector":                {"..."},
	"cli":                      {"clip", "clock", "connector", "admin/client", "config", "ilp", "peering", "smallfile"},
	"cmd/...":                  {"cli"},
	"bench/...":                {"..."},
	"test/...":                 {"..."},
}

func TestImportLaw(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range sources(t) {
		rule, allowed := lawOf(s.dir())
		if rule == "" {
			t.Errorf("%s: no law for package %q; add it to the table, and say in ARCHITECTURE.md why", s.path, s.dir())
			continue
		}
		seen[rule] = true
		if rule != "bench/..." && slices.ContainsFunc(s.ours(), isBench) {
			t.Errorf("%s imports bench: the connector's module must not need that one", s.path)
		}
		if s.isTest() {
			continue // tests may look at anything
		}
		for _, dir := range s.ours() {
			if !allows(allowed, dir) {
				t.Errorf("%s imports %s: packages under the law %q may import only %q", s.path, dir, rule, allowed)
			}
		}
	}
	if !seen["engine"] || !seen["link/..."] || !seen["bench/..."] {
		t.Error("the law was not applied to the engine, the links and bench")
	}
}

// isBench reports whether a folder belongs to the module in bench.
func isBench(dir string) bool { return dir == "bench" || strings.HasPrefix(dir, "bench/") }

// lawOf finds the law that a package is under.
func lawOf(dir string) (rule string, allowed []string) {
	if allowed, ok := law[dir]; ok {
		return dir, allowed
	}
	for up := path.Dir(dir); up != "."; up = path.Dir(up) {
		if allowed, ok := law[up+"/..."]; ok {
			return up + "/...", allowed
		}
	}
	if allowed, ok := law[dir+"/..."]; ok {
		return dir + "/...", allowed
	}
	return "", nil
}

func allows(allowed []string, dir string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		above, open := strings.CutSuffix(a, "...")
		return a == dir || open && strings.HasPrefix(dir, above)
	})
}

// The law must be able to say no.
func TestImportLawForbids(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"engine", "link/btplink"}, {"engine", "engine/middleware"}, {"link/btplink", "engine"},
		{"ilp/btp", "link"}, {"account/balance", "account"}, {"rate/ecb", "rate/onetoone"}, {"cmd/ilp-connector", "connector"}, {"cli", "engine"},
	} {
		if _, allowed := lawOf(c.from); allows(allowed, c.to) {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
}
