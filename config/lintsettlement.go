package config

import (
	"strings"

	"github.com/ilp-go/connector/account/balance"
)

// lintSettlement warns of settlements that can never happen, or that pay nothing. It says one
// thing of an account: of settlements that never happen, it does not say what they would do.
func lintSettlement(a Account, r *report) {
	path, block := at("accounts", a.ID), at("accounts", a.ID, "balance")
	if a.Balance == nil {
		if a.SettlementEngine != nil && !r.void[block] {
			r.warn(at(path, "settlementEngine"), "has no effect: the account has no balance, so there is nothing to settle", "set balance, or remove it")
		}
		return
	}
	threshold := parseLimit(a.Balance.SettleThreshold)
	_, finite := threshold.Amount()
	byThreshold, regularly := threshold.given && finite, a.Balance.SettleEvery != 0
	if !byThreshold && !regularly {
		lintReceiving(a, r)
		return
	}
	key := lintTriggers(a, byThreshold, regularly, r)
	switch {
	case key == "": // we never settle
	case books(a, r):
		r.warn(at(block, key), "only books: nothing pays, because the account has no settlementEngine and "+a.Plugin+" moves no money",
			"set settlementEngine, or pay by hand what 'ilp-connector settlements' shows as booked")
	case a.SettlementEngine != nil:
		lintUnit(a, r)
	}
}

// lintReceiving warns of an account whose debts nothing makes us pay, though it has an engine
// or says up to where.
func lintReceiving(a Account, r *report) {
	path, block := at("accounts", a.ID), at("accounts", a.ID, "balance")
	if r.void[at(block, "settleThreshold")] || r.void[at(block, "settleEvery")] {
		return
	}
	if a.SettlementEngine != nil {
		r.warn(at(path, "settlementEngine"), "only receives payments: without balance.settleThreshold or balance.settleEvery we never pay",
			"set one of them to make us pay")
	}
	if settleTo := a.Balance.SettleTo; parseLimit(settleTo).given && settleTo != "0" {
		r.warn(at(block, "settleTo"), "has no effect: without settleThreshold or settleEvery we never settle", "set one of them, or remove settleTo")
	}
}

// lintTriggers warns of a threshold or an interval that never makes us settle. It returns the
// key of the one that does, or "" if neither does.
func lintTriggers(a Account, byThreshold, regularly bool, r *report) (key string) {
	block := at("accounts", a.ID, "balance")
	minimum, maximum := parseLimit(a.Balance.Minimum), parseLimit(a.Balance.Maximum)
	threshold, settleTo := parseLimit(a.Balance.SettleThreshold), parseLimit(a.Balance.SettleTo)
	too := ""
	if books(a, r) {
		too = "; and set settlementEngine, without which we only book"
	}
	if settleTo.above(maximum) {
		r.warn(at(block, "settleTo"), "is above the maximum, so no settlement can ever happen", "lower settleTo, or raise the maximum"+too)
		return ""
	}
	thresholdWorks := byThreshold && (!minimum.given || threshold.above(minimum))
	intervalWorks := regularly && (!minimum.given || settleTo.above(minimum))
	if thresholdWorks {
		key = "settleThreshold"
	} else if intervalWorks {
		key = "settleEvery"
	}
	if key != "" {
		too = "" // the warning about that key says it
	}
	if byThreshold && !thresholdWorks {
		effect := "so we never settle"
		if intervalWorks {
			effect = "so only settleEvery has an effect"
		}
		r.warn(at(block, "settleThreshold"), "is not above the minimum: the balance never falls below it, "+effect,
			"raise settleThreshold, or lower the minimum"+too)
	}
	if regularly && !intervalWorks {
		r.warn(at(block, "settleTo"), "is not above the minimum: the balance never falls below it, so settleEvery has no effect",
			"raise settleTo, or lower the minimum"+too)
	}
	return key
}

// books reports whether the debts of an account are taken off the balance and never paid.
func books(a Account, r *report) bool {
	return (a.Plugin == pluginBTP || a.overHTTP()) && a.SettlementEngine == nil && !r.void[at("accounts", a.ID, "settlementEngine")]
}

// lintUnit warns if all that we may owe is less than one unit of the settlement engine.
func lintUnit(a Account, r *report) {
	minimum, settleTo := parseLimit(a.Balance.Minimum), parseLimit(a.Balance.SettleTo)
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
