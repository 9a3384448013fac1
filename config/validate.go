package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/rate"
)

// The plugins that this package knows.
const (
	pluginBTP          = "ilp-plugin-btp"
	pluginXRP          = "ilp-plugin-xrp-paychan"
	pluginMiniAccounts = "ilp-plugin-mini-accounts"
	pluginHTTP         = "ilp-plugin-http"
	pluginOurHTTP      = "ilp-http"
	pluginLoopback     = "loopback"
)

// checkConfig reports the faults that the schema cannot see: those between settings,
// and names that are not built in.
func checkConfig(c among, schema *setting, known Known, r *report) {
	known.refused = c.NodeHost.Refused
	checkAddress(c, schema, r)
	for _, a := range c.Accounts {
		checkAccount(a, known, r)
		checkShared(c.Config, a, r)
	}
	checkTogether(c, r)
	checkHosts(c, r)
	checkListen(c.Config, r)
	checkSecrets(c.Config, r)
	checkAdminAPI(c.Config, schema, r)
	checkSettlementAPI(c, r)
	checkReferences(c, r)
	checkSpread(c.Config, r)
	checkModule("backend", c.Backend, BackendModule, known, r)
	checkStore(c.Config, schema, known, r)
	checkMiddlewares(c.Config, schema, known, r)
	checkNodeHost(c.Config, r)
	checkPeerEndpoint(c.Config, r)
}

// checkAddress wants an address of our own, or a parent that can give us one.
func checkAddress(c among, schema *setting, r *report) {
	switch {
	case c.ILPAddress != "":
		if problem := AddressProblem(c.ILPAddress); problem != "" {
			r.fault("ilpAddress", "is "+show(c.ILPAddress)+", "+problem, schema.property("ilpAddress").hint())
		}
	case r.void["accounts"] || c.hasParent():
	default:
		s := schema.property("ilpAddress")
		r.add(Fault{
			Path: s.name, Variable: s.variable(), Problem: "is not set, and no account is a parent that could give us an address",
			Hint: "set it to our ILP address, such as test.alice, or add a parent account",
		})
	}
}

// Bounds of texts that become a part of keys in the store, in bytes.
const (
	AccountIDMax = 255
	assetCodeMax = 255
)

// checkAccount checks one account on its own.
func checkAccount(a Account, known Known, r *report) {
	path := at("accounts", a.ID)
	if len(a.ID) > AccountIDMax {
		r.fault(at("accounts", a.ID[:20]+"..."), fmt.Sprintf("has an id of %d bytes, longer than %d", len(a.ID), AccountIDMax),
			"use a shorter id; ilpAddressSegment can set a different address")
		return
	}
	if len(a.AssetCode) > assetCodeMax {
		r.fault(at(path, "assetCode"), fmt.Sprintf("has %d bytes, more than %d", len(a.AssetCode), assetCodeMax), "use a code such as USD")
	}
	checkModule(at(path, "plugin"), a.Plugin, PluginModule, known, r)
	if problem := spreadProblem(a.Spread.String()); problem != "" {
		r.fault(at(path, "spread"), "is "+show(a.Spread.String())+", which "+problem, spreadHint)
	}
	if a.Balance != nil {
		checkBalance(at(path, "balance"), *a.Balance, r)
	}
	if a.SettlementEngine != nil {
		checkSettlementEngine(at(path, "settlementEngine"), *a.SettlementEngine, r)
	}
	checkRouting(at(path, "routing"), a.Routing, r)
	if a.Relation == account.Child && !ilp.ValidSegments(a.Segment()) {
		where, hint := at(path, "ilpAddressSegment"), "use letters, digits, _, ~ and -"
		if a.ILPAddressSegment == "" {
			where, hint = path, "give the account an ilpAddressSegment"
		}
		r.fault(where, "makes no ILP address: "+show(a.Segment())+" is not an address segment", hint)
	}
	switch a.Plugin {
	case pluginBTP:
		decodeBTP(at(path, "options"), a, r)
	case pluginXRP:
		if r.faulty[at(path, "plugin")] {
			break
		}
		decodeBTP(at(path, "options"), a, r)
		decodeXRP(at(path, "options"), a, r)
		checkXRP(path, a, r)
	case pluginMiniAccounts:
		decodeMiniAccounts(at(path, "options"), a.Options, r)
		if a.Relation != account.Child && a.Relation != 0 {
			r.fault(at(path, "relation"), fmt.Sprintf("is %s: the clients of the plugin are children", a.Relation), "use child")
		}
	}
	checkHTTP(path, a, r)
	checkChildren(path, a, r)
	checkInvitation(path, a, r)
}

// checkBalance wants minimum <= maximum and settleThreshold <= settleTo. With a threshold
// above settleTo, every settlement would cause the next one, or pay a negative amount.
// An interval of less than a second is probably a mistake in the unit.
func checkBalance(path string, b Balance, r *report) {
	for _, amount := range []struct{ key, text string }{
		{"minimum", b.Minimum}, {"maximum", b.Maximum}, {"settleThreshold", b.SettleThreshold}, {"settleTo", b.SettleTo},
	} {
		if _, err := balance.ParseLimit(amount.text); errors.Is(err, strconv.ErrRange) {
			r.fault(at(path, amount.key), "is "+show(amount.text)+", more than a balance can be", "use at most 38 digits")
		}
	}
	minimum, maximum := parseLimit(b.Minimum), parseLimit(b.Maximum)
	if minimum.above(maximum) {
		r.fault(at(path, "minimum"), fmt.Sprintf("is %s, above the maximum %s", show(b.Minimum), show(b.Maximum)),
			"use a minimum that is not above the maximum")
	}
	threshold, settleTo := parseLimit(b.SettleThreshold), parseLimit(b.SettleTo)
	if threshold.above(settleTo) {
		r.fault(at(path, "settleThreshold"), fmt.Sprintf("is %s, above settleTo %s: every settlement would end below it",
			show(b.SettleThreshold), show(b.SettleTo)), "lower settleThreshold, or raise settleTo")
	}
	if b.SettleEvery != 0 && b.SettleEvery < settleEveryMin {
		r.fault(at(path, "settleEvery"), fmt.Sprintf("is %d, which is less than a second", b.SettleEvery),
			fmt.Sprintf("use 0 for never, or %d milliseconds or more", settleEveryMin))
	}
}

// checkReferences wants settings with an account id to name an account.
func checkReferences(c among, r *report) {
	if r.void["accounts"] {
		return
	}
	if id := c.DefaultRoute; id != "" && id != "auto" {
		if _, ok := c.relationOf(id); !ok {
			r.fault("defaultRoute", "is "+show(id)+", which is not an account", nameHint(id, c.ids(), "use auto, an account id or the empty string"))
		}
	}
	if id := c.ILPAddressInheritFrom; id != "" && c.ILPAddress == "" {
		relation, ok := c.relationOf(id)
		switch {
		case !ok:
			r.fault("ilpAddressInheritFrom", "is "+show(id)+", which is not an account", nameHint(id, c.ids(), "use the id of a parent account"))
		case !couldGiveAddress(relation):
			r.fault("ilpAddressInheritFrom", fmt.Sprintf("is %s, which is a %s; only a parent gives us an address", show(id), relation),
				"use the id of a parent account")
		}
	}
}

const spreadHint = "write 0.2% as 0.002"

// checkSpread refuses a spread of more than the whole amount.
func checkSpread(c *Config, r *report) {
	if own, ok := c.BackendConfig["spread"]; ok {
		if problem := spreadProblem(own); problem != "" {
			r.fault(at("backendConfig", "spread"), problem, spreadHint)
		}
	}
	check := func(path, spread string) {
		if problem := spreadProblem(spread); problem != "" {
			r.fault(path, "is "+show(spread)+", which "+problem, spreadHint)
		}
	}
	check("spread", c.Spread)
	seen := make(map[[2]string]bool)
	for i, s := range c.Spreads {
		path := atIndex("spreads", i)
		check(at(path, "spread"), s.Spread.String())
		if pair := [2]string{s.From, s.To}; seen[pair] {
			r.fault(path, "is of the same pair as an earlier one", "remove one of the two")
		} else {
			seen[pair] = true
		}
	}
}

// spreadProblem returns why rate.ParseSpread refuses v, "" if it accepts it. It never
// shows v, which may be secret.
func spreadProblem(v any) string {
	switch _, err := rate.ParseSpread(v); {
	case err == nil:
		return ""
	case errors.Is(err, rate.ErrSpreadOverOne):
		return "keeps more than the whole amount"
	}
	return "is not a number of at most 64 characters"
}

// checkMiddlewares wants known types and unused names: the operator must disable a
// built-in middleware before adding one of the same name.
func checkMiddlewares(c *Config, schema *setting, known Known, r *report) {
	builtin := schema.property("disableMiddleware").each.enum
	for _, m := range c.Middlewares {
		path := at("middlewares", m.Name)
		if slices.Contains(builtin, m.Name) && !slices.Contains(c.DisableMiddleware, m.Name) && !r.void["disableMiddleware"] {
			r.fault(path, "has the name of a built-in middleware", "use another name, or add this one to disableMiddleware")
		}
		checkModule(at(path, "type"), m.Type, MiddlewareModule, known, r)
	}
}

// checkName wants a name that is built in. A nil list allows any name.
func checkName(path, name string, known []string, r *report) {
	if known == nil || slices.Contains(known, name) {
		return
	}
	hint := "none is built in"
	if len(known) > 0 {
		hint = nameHint(name, known, "use "+oneOf(suggested(known)))
	}
	r.fault(path, "is "+show(name)+", which is not known", hint)
}

// suggested returns the names that a hint may suggest to an operator that meant another. An
// account of loopback has no peer, so none meant that.
func suggested(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == pluginLoopback })
}

// nameHint puts the nearest name, if one is near, before the general hint.
func nameHint(name string, names []string, general string) string {
	if near := didYouMean(name, names); near != "" {
		return near + " " + general
	}
	return general
}
