package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account/balance"
)

// SettlementEngine is a settlement engine that speaks the HTTP API of RFC 38.
type SettlementEngine struct {
	// URL is http or https, with a host. It may have a port and a path. It holds no
	// credentials.
	URL string `json:"url"`
	// Scale is the scale of the asset in the engine. The account may have another.
	Scale uint8 `json:"scale"`
}

// Settles reports whether an account has a settlement engine.
func (c *Config) Settles() bool {
	return slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.SettlementEngine != nil })
}

// settleEveryMin is the shortest interval between two regular settlements.
const settleEveryMin Milliseconds = 1000

// checkSettlementEngine wants a URL to which we can append the paths of the API.
func checkSettlementEngine(path string, e SettlementEngine, r *report) {
	if problem, hint := engineURLProblem(e.URL); problem != "" {
		r.fault(at(path, "url"), problem, hint)
	}
}

// engineURLProblem returns why we refuse a URL, and what to do. Both are "" if we accept
// it. It never quotes the URL, which may hold a password.
func engineURLProblem(text string) (problem, hint string) {
	const whole = "write it like http://localhost:3000"
	parsed, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"):
		return "holds a user or a password, which we would log", "remove everything between // and the host"
	case err != nil || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' }):
		return "is not a valid URL", whole
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return "does not begin with http:// or https://", whole
	case parsed.User != nil:
		return "holds a user or a password, which we would log", "remove everything between // and the host"
	case parsed.Hostname() == "":
		return "has no host", whole
	case !isPort(parsed.Port()):
		return "has a port that is not valid", "use a port up to 65535"
	case strings.ContainsAny(text, "?#"):
		return "has a query or a fragment", "remove it, from the ? or # on"
	}
	return "", ""
}

// lintSettlement warns of settlements that can never happen.
func lintSettlement(a Account, r *report) {
	path, block := at("accounts", a.ID), at("accounts", a.ID, "balance")
	if a.Balance == nil {
		if a.SettlementEngine != nil && !r.void[block] {
			r.warn(at(path, "settlementEngine"), "has no effect: the account has no balance, so there is nothing to settle", "set balance, or remove it")
		}
		return
	}
	minimum, maximum := parseLimit(a.Balance.Minimum), parseLimit(a.Balance.Maximum)
	threshold, settleTo := parseLimit(a.Balance.SettleThreshold), parseLimit(a.Balance.SettleTo)
	_, finite := threshold.Amount()
	byThreshold, regularly := threshold.given && finite, a.Balance.SettleEvery != 0
	if !byThreshold && !regularly {
		if r.void[at(block, "settleThreshold")] || r.void[at(block, "settleEvery")] {
			return
		}
		if a.SettlementEngine != nil {
			r.warn(at(path, "settlementEngine"), "only receives payments: without balance.settleThreshold or balance.settleEvery we never pay",
				"set one of them to make us pay")
		}
		if settleTo.given && a.Balance.SettleTo != "0" {
			r.warn(at(block, "settleTo"), "has no effect: without settleThreshold or settleEvery we never settle", "set one of them, or remove settleTo")
		}
		return
	}
	if settleTo.above(maximum) {
		r.warn(at(block, "settleTo"), "is above the maximum, so no settlement can ever happen", "lower settleTo, or raise the maximum")
	}
	byClock := regularly && (!minimum.given || settleTo.above(minimum))
	if byThreshold && minimum.given && !threshold.above(minimum) {
		effect := "so we never settle"
		if byClock {
			effect = "so only settleEvery makes us settle"
		}
		r.warn(at(block, "settleThreshold"), "is not above the minimum: the balance never falls below it, "+effect,
			"raise settleThreshold, or lower the minimum")
	}
	if regularly && !byClock {
		r.warn(at(block, "settleTo"), "is not above the minimum: the balance never falls below it, so settleEvery has no effect",
			"raise settleTo, or lower the minimum")
	}
	if a.SettlementEngine == nil {
		lintBooking(a, byThreshold, r)
	} else if byClock || byThreshold && (!minimum.given || threshold.above(minimum)) {
		lintUnit(a, minimum, settleTo, r)
	}
}

// lintBooking warns of an account whose debts are taken off the balance and never paid.
func lintBooking(a Account, byThreshold bool, r *report) {
	if a.Plugin != pluginBTP || r.void[at("accounts", a.ID, "settlementEngine")] {
		return
	}
	key := "settleEvery"
	if byThreshold {
		key = "settleThreshold"
	}
	r.warn(at("accounts", a.ID, "balance", key), "only books: nothing pays, because the account has no settlementEngine and ilp-plugin-btp moves no money",
		"set settlementEngine, or pay by hand what 'ilp-connector settlements' shows as booked")
}

// lintUnit warns if all that we may owe is less than one unit of the settlement engine.
func lintUnit(a Account, minimum, settleTo limit, r *report) {
	lowest, finite := minimum.Amount()
	if a.SettlementEngine.Scale >= a.AssetScale || !minimum.given || !finite {
		return
	}
	unit := "1" + strings.Repeat("0", int(a.AssetScale-a.SettlementEngine.Scale))
	least, err := balance.Parse(unit)
	highest, _ := settleTo.Amount()
	most, fits := highest.Sub(lowest)
	if err == nil && (!fits || most.Cmp(least) >= 0) {
		return
	}
	r.warn(at("accounts", a.ID, "balance", "minimum"),
		"is less than one unit of the engine below settleTo: the engine pays in units of "+unit+", so we never settle",
		"lower the minimum, or use an engine of a larger scale")
}
