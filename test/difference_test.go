package test

import (
	"fmt"
	"slices"
	"strings"
)

// counter is a difference in one sample of a family of metrics of an account in XRP, in both places that tell it.
// The labels are names and values in turn; account, asset and scale go without saying.
func counter(family, account string, scale int, better, reason string, labels ...string) []difference {
	pairs := []string{fmt.Sprintf("account=%q", account), `asset="XRP"`}
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	name := func(scale string) string {
		all := append(slices.Clone(pairs), "scale="+scale)
		slices.Sort(all)
		return " ilp_connector_" + family + "{" + strings.Join(all, ",") + "}"
	}
	return []difference{
		{fact: "/metrics" + name(fmt.Sprintf("%q", fmt.Sprint(scale))), better: better, reason: reason},
		{fact: "/stats" + name(fmt.Sprint(scale)), better: better, reason: reason},
	}
}

// balance is a difference in the balance of an account in XRP, in all places that tell it.
func balance(account string, scale int, better, reason string) []difference {
	return append(counter("balance", account, scale, better, reason),
		difference{fact: "/balance accounts." + account + ".balance", better: "text " + better, reason: reason},
		difference{fact: "/status balances." + account, better: "text " + better, reason: reason},
	)
}
