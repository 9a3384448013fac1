package account_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
)

// cause is what one alert is about, in a naive model of Alerts.
type cause struct{ about, account, by, kind string }

// alertModel has the raised alerts with their counts, and all ids that were ever seen.
type alertModel struct {
	raised map[cause]int
	state  map[int64]string // of each alert that was seen
}

func causeOf(a account.Alert) cause {
	kind := a.Kind
	if kind == "" {
		kind = a.Message
	}
	return cause{a.About, a.AccountID, a.TriggeredBy, kind}
}

// TestAlertsEndOnceAndHoldTheirBounds raises, resolves, dismisses and restarts in any order.
// The model keeps the raised alerts in a map. It draws fewer than the bound of each list.
func TestAlertsEndOnceAndHoldTheirBounds(t *testing.T) {
	const endedMax, endedOfOne = 200, 8
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		l := account.NewAlerts(now)
		m := alertModel{make(map[cause]int), make(map[int64]string)}
		accounts, kinds := rapid.SampledFrom([]string{"", "a", "b", "c"}), rapid.SampledFrom([]string{"k", "l", "m"})
		forget := func(match func(cause) bool) {
			maps.DeleteFunc(m.raised, func(c cause, _ int) bool { return match(c) })
		}
		t.Repeat(map[string]func(*rapid.T){
			"Raise": func(t *rapid.T) {
				c := cause{"", accounts.Draw(t, "account"), rapid.SampledFrom([]string{"", "test.x", "test.y"}).Draw(t, "by"), kinds.Draw(t, "message")}
				l.Raise(now, c.account, c.by, c.kind)
				m.raised[c]++
			},
			"RaiseKind": func(t *rapid.T) {
				c := cause{"", accounts.Draw(t, "account"), "", kinds.Draw(t, "kind")}
				l.RaiseKind(now, c.account, c.kind, fmt.Sprint(now))
				m.raised[c]++
			},
			"RaiseStrangers": func(t *rapid.T) {
				c := cause{"", accounts.Draw(t, "account"), account.AlertStrangers, kinds.Draw(t, "kind")}
				l.RaiseStrangers(now, c.account, c.kind, fmt.Sprint(now))
				m.raised[c]++
			},
			"RaiseMoney": func(t *rapid.T) {
				c := cause{account.AboutMoney, accounts.Draw(t, "account"), "", kinds.Draw(t, "kind")}
				l.RaiseMoney(now, c.account, c.kind, fmt.Sprint(now))
				m.raised[c]++
			},
			"flap": func(t *rapid.T) {
				id, kind := fmt.Sprint("f", rapid.IntRange(0, 40).Draw(t, "account")), kinds.Draw(t, "kind")
				for range rapid.IntRange(1, 20).Draw(t, "times") {
					l.RaiseKind(now, id, kind, "flap")
					l.Resolve(now, id, kind)
				}
			},
			"Resolve": func(t *rapid.T) {
				id, kind := accounts.Draw(t, "account"), kinds.Draw(t, "kind")
				l.Resolve(now, id, kind)
				forget(func(c cause) bool { return c.account == id && c.kind == kind })
			},
			"Dismiss": func(t *rapid.T) {
				history := l.History()
				if len(history) == 0 {
					t.Skip("there is none")
				}
				a := rapid.SampledFrom(history).Draw(t, "alert")
				l.Dismiss(now, a.ID)
				if a.State == account.AlertRaised {
					delete(m.raised, causeOf(a))
				}
			},
			"DismissAll": func(t *rapid.T) {
				if n := len(l.DismissAll(now)); n != len(m.raised) {
					t.Fatalf("%d were dismissed, of %d", n, len(m.raised))
				}
				clear(m.raised)
			},
			"restart": func(t *rapid.T) {
				history := l.History()
				l = account.NewAlerts(now)
				l.Restore(history)
				if again := l.History(); !slices.Equal(again, history) {
					t.Fatalf("restored are %+v,\nwant %+v", again, history)
				}
			},
			"": func(t *rapid.T) {
				now = now.Add(time.Second)
				raised := make(map[cause]int)
				for _, a := range l.All() {
					raised[causeOf(a)] = a.Count
				}
				if !maps.Equal(raised, m.raised) {
					t.Fatalf("raised are %v,\nwant %v", raised, m.raised)
				}
				m.check(t, l.History(), len(raised), endedMax, endedOfOne)
			},
		})
	})
}

// check checks that history is in order and in bounds, and that no alert came back.
func (m *alertModel) check(t *rapid.T, history []account.Alert, raised, endedMax, endedOfOne int) {
	ended, last, ofOne := 0, int64(0), make(map[cause]int)
	for _, a := range history {
		if a.ID <= last {
			t.Fatalf("id %d comes after %d", a.ID, last)
		}
		last = a.ID
		before, seen := m.state[a.ID]
		if seen && before != account.AlertRaised && before != a.State {
			t.Fatalf("%+v was %s", a, before)
		}
		m.state[a.ID] = a.State
		if a.State == account.AlertRaised {
			if !a.EndedAt.IsZero() {
				t.Fatalf("%+v has an end", a)
			}
			continue
		}
		ended++
		ofOne[causeOf(a)]++
		if a.EndedAt.Before(a.UpdatedAt) || ofOne[causeOf(a)] > endedOfOne {
			t.Fatalf("%+v, one of %d", a, ofOne[causeOf(a)])
		}
	}
	if ended > endedMax || len(history) != ended+raised {
		t.Fatalf("%d have ended, %d are raised, there are %d", ended, raised, len(history))
	}
}
