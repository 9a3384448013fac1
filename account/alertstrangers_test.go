package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
)

// find returns the alerts of an account whose message is given, in the order of their ids.
func find(l *account.Alerts, accountID, message string) (found []account.Alert) {
	for _, a := range l.All() {
		if a.AccountID == accountID && a.Message == message {
			found = append(found, a)
		}
	}
	return found
}

// textsMax is how many texts of strangers are kept apart, per account and message.
const textsMax = 8

func TestStrangersTextsAreKeptApartUpToABound(t *testing.T) {
	l := account.NewAlerts(noon)
	raise := func(n int, message string) { l.Raise(noon, "alice", fmt.Sprint("test.x", n), message) }
	for i := range 100 {
		raise(i, "m")
	}
	raise(3, "m") // still a text of its own
	raise(0, "another message")
	l.Raise(noon, "bob", "test.x99", "m")
	all := find(l, "alice", "m")
	if len(all) != textsMax+1 {
		t.Fatalf("%d alerts are kept", len(all))
	}
	for i, a := range all[:textsMax] {
		want := 1
		if i == 3 {
			want = 2
		}
		if a.TriggeredBy != fmt.Sprint("test.x", i) || a.Count != want {
			t.Errorf("alert %d is %+v", i, a)
		}
	}
	if rest := all[textsMax]; rest.TriggeredBy != "(others)" || rest.Count != 100-textsMax {
		t.Errorf("the rest is %+v", rest)
	}
	if got := find(l, "alice", "another message"); len(got) != 1 || got[0].TriggeredBy != "test.x0" {
		t.Errorf("of another message there are %+v", got)
	}
	if got := find(l, "bob", "m"); len(got) != 1 || got[0].TriggeredBy != "test.x99" {
		t.Errorf("of another account there are %+v", got)
	}
	l.Dismiss(noon, all[0].ID)
	raise(200, "m")
	if all := find(l, "alice", "m"); len(all) != textsMax+1 || all[textsMax].TriggeredBy != "test.x200" {
		t.Errorf("in the place of a dismissed one there are %+v", all)
	}
}

func TestStrangersDoNotPushOutOurAlerts(t *testing.T) {
	for _, c := range []struct {
		name     string
		accounts int // from which strangers speak
		texts    int
	}{
		{"the account's own peer", 1, 5000},
		{"peers of many accounts", 500, 20},
		{"peers of more accounts than there is room", 5000, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := account.NewAlerts(noon)
			l.Raise(noon, "a0", "", "link failed")
			l.Raise(noon, "a0", "", "too many prefixes")
			l.RaiseMoney(noon, "a0", "unknown settlement", "it is not known how one ended")
			l.RaiseMoney(noon, "", "ledger", "balances cannot be written down")
			for i := range c.texts {
				for n := range c.accounts {
					l.Raise(noon.Add(time.Minute), fmt.Sprint("a", n), fmt.Sprint("test.", i), "refused")
				}
			}
			for _, own := range [][2]string{
				{"a0", "link failed"}, {"a0", "too many prefixes"}, {"a0", "it is not known how one ended"}, {"", "balances cannot be written down"},
			} {
				if len(find(l, own[0], own[1])) != 1 {
					t.Errorf("%q is gone", own)
				}
			}
			if n := len(l.All()); n > 1000+4 {
				t.Errorf("%d alerts are kept", n)
			}
		})
	}
}

// The account with the most alerts loses one, whatever account the new one is of.
func TestQuietAccountsKeepTheirAlertsAtTheBound(t *testing.T) {
	l := account.NewAlerts(noon)
	l.Raise(noon, "quiet", "test.x", "once, long ago")
	now := noon
	for n := range 5000 {
		now = now.Add(time.Second)
		l.Raise(now, "noisy", fmt.Sprint("test.", n), fmt.Sprint("again", n/9))
	}
	all := l.All()
	if len(all) != 1000 || all[0].AccountID != "quiet" {
		t.Errorf("%d alerts are kept, the first of %q", len(all), all[0].AccountID)
	}
}

// A text that is no address is cut off, and never looks like an alert that we raised.
func TestStrangersTextsAreClipped(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an address", "test.alice", "test.alice"},
		{"of the greatest length", strings.Repeat("a", 1023), strings.Repeat("a", 1023)},
		{"too long", strings.Repeat("a", 1024), strings.Repeat("a", 1023)},
		{"too long, with a character at the bound", strings.Repeat("a", 1022) + "é", strings.Repeat("a", 1022)},
		{"a control character", "test.\x1b[31mred", "test."},
		{"a control character of two bytes", "test.\u0085x", "test."},
		{"a line feed", "test.a\nb", "test.a"},
		{"not UTF-8", "test.\xffx", "test."},
		{"a replacement character", "test.\uFFFDx", "test.\uFFFDx"},
		{"nothing that can be shown", "\x00test", "(others)"},
		{"nothing in UTF-8", "\xff", "(others)"},
		{"none", "", ""},
	} {
		l := account.NewAlerts(noon)
		l.Raise(noon, "alice", c.text, "m")
		l.Raise(noon, "alice", c.want, "m")
		all := l.All()
		if len(all) != 1 || all[0].TriggeredBy != c.want || all[0].Count != 2 {
			t.Errorf("%s: alerts are %+v", c.name, all)
		}
	}
}

func TestMessagesAreClipped(t *testing.T) {
	long := strings.Repeat("a", 1022) + "é\xff"
	l := account.NewAlerts(noon)
	l.Raise(noon, "alice", "", long)
	l.RaiseMoney(noon, "alice", long, long)
	for _, a := range l.All() {
		if len(a.Message) > 1023 || !utf8.ValidString(a.Message) || len(a.Kind) > 1023 || !utf8.ValidString(a.Kind) {
			t.Errorf("alert is %+v", a)
		}
	}
}

// TestAlertsOfStrangersAreBoundedWhateverTheySay lets strangers say anything between what we
// raise and an operator dismisses. The oracle is a list of what was raised by us.
func TestAlertsOfStrangersAreBoundedWhateverTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := account.NewAlerts(noon)
		type own struct{ account, text string }
		counts := make(map[own]int)
		now := noon
		some := func(name string, n int) string { return fmt.Sprint(name, rapid.IntRange(0, n-1).Draw(t, name)) }
		t.Repeat(map[string]func(*rapid.T){
			"stranger": func(t *rapid.T) {
				from, message := some("account", 300), some("message", 3)
				for i := range rapid.IntRange(1, 300).Draw(t, "texts") {
					l.Raise(now, from, fmt.Sprint(rapid.StringN(1, 8, -1).Draw(t, "text"), i), message)
				}
			},
			"ours": func(*rapid.T) {
				o := own{some("account", 300), some("own", 3)}
				l.Raise(now, o.account, "", o.text)
				counts[o]++
			},
			"money": func(*rapid.T) {
				o := own{some("account", 300), some("kind", 3)}
				l.RaiseMoney(now, o.account, o.text, fmt.Sprint(o.text, now))
				counts[o]++
			},
			"dismiss": func(t *rapid.T) {
				all := l.All()
				if len(all) == 0 {
					t.Skip("there is none")
				}
				a := rapid.SampledFrom(all).Draw(t, "alert")
				l.Dismiss(noon, a.ID)
				delete(counts, own{a.AccountID, a.Message})
				delete(counts, own{a.AccountID, a.Kind})
			},
			"": func(t *rapid.T) {
				now = now.Add(time.Second)
				texts, strangers := make(map[own]int), 0
				all := l.All()
				for _, a := range all {
					switch {
					case a.About == account.AboutMoney && a.Count != counts[own{a.AccountID, a.Kind}]:
						t.Fatalf("%+v, and was raised %d times", a, counts[own{a.AccountID, a.Kind}])
					case a.About == account.AboutMoney:
					case a.TriggeredBy == "" && a.Count != counts[own{a.AccountID, a.Message}]:
						t.Fatalf("%+v, and was raised %d times", a, counts[own{a.AccountID, a.Message}])
					case a.TriggeredBy != "":
						strangers++
						texts[own{a.AccountID, a.Message}]++
						if n := texts[own{a.AccountID, a.Message}]; n > textsMax+1 {
							t.Fatalf("%d texts are kept apart", n)
						}
					}
				}
				if strangers > 1000 || len(all) != strangers+len(counts) {
					t.Fatalf("%d alerts, %d of strangers and %d of ours", len(all), strangers, len(counts))
				}
				if !slices.IsSortedFunc(all, func(a, b account.Alert) int { return int(a.ID - b.ID) }) {
					t.Fatal("they are out of order")
				}
			},
		})
	})
}
