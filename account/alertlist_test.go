package account

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// naive is an alertList without a heap: the groups in the order in which they were last raised.
type naive []alertGroup

func (n *naive) raise(g alertGroup, bound int) {
	if i := slices.Index(*n, g); i >= 0 {
		*n = slices.Delete(*n, i, i+1)
	} else if len(*n) >= bound {
		counts, most := make(map[string]int), 0
		for _, g := range *n {
			counts[g.account]++
			most = max(most, counts[g.account])
		}
		quiet := slices.IndexFunc(*n, func(g alertGroup) bool { return counts[g.account] == most })
		*n = slices.Delete(*n, quiet, quiet+1)
	}
	*n = append(*n, g)
}

// texts returns the number of origins of an account and message.
func (n naive) texts() map[alertGroup]int {
	texts := make(map[alertGroup]int)
	for _, g := range n {
		if g.by != AlertOthers {
			texts[g.anyOrigin()]++
		}
	}
	return texts
}

func TestAlertListLosesTheQuietestOfTheAccountWithTheMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.IntRange(1, 12).Draw(t, "bound")
		l := newAlertList(bound)
		var oracle naive
		t.Repeat(map[string]func(*rapid.T){
			"raise": func(t *rapid.T) {
				a := Alert{
					AccountID:   fmt.Sprint("a", rapid.IntRange(0, 5).Draw(t, "account")),
					TriggeredBy: rapid.SampledFrom([]string{"", "test.x", "test.y", AlertOthers}).Draw(t, "by"),
					Message:     rapid.SampledFrom([]string{"m", "n"}).Draw(t, "message"),
				}
				if e := l.find(groupOf(&a)); e != nil {
					l.countUp(e, &a)
				} else {
					l.add(a)
				}
				oracle.raise(groupOf(&a), bound)
			},
			"remove": func(t *rapid.T) {
				if len(oracle) == 0 {
					t.Skip("there is none")
				}
				i := rapid.IntRange(0, len(oracle)-1).Draw(t, "alert")
				l.remove(l.find(oracle[i]))
				oracle = slices.Delete(oracle, i, i+1)
			},
			"": func(t *rapid.T) {
				if len(l.alerts) != len(oracle) {
					t.Fatalf("%d alerts, want %d", len(l.alerts), len(oracle))
				}
				accounts := make(map[string]bool)
				for _, g := range oracle {
					accounts[g.account] = true
					if l.find(g) == nil {
						t.Fatalf("%v is gone", g)
					}
				}
				if !maps.Equal(l.texts, oracle.texts()) || len(l.accounts) != len(accounts) || len(l.order) != len(accounts) {
					t.Fatalf("texts %v, %d accounts, %d in order", l.texts, len(l.accounts), len(l.order))
				}
			},
		})
	})
}
