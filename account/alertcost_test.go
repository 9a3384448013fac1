package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

// full returns alerts that are at their bounds, and addresses that are among them.
func full() (l *account.Alerts, texts []string) {
	l = account.NewAlerts(noon)
	for i := range 1000 {
		text := fmt.Sprint("test.an.address.of.more.than.32.bytes.", i%9)
		l.Raise(noon, fmt.Sprint("a", i/9), text, "exceeded maximum balance.")
		l.Raise(noon, fmt.Sprint("a", i), "", "link failed")
		texts = append(texts, text)
	}
	for i := range 10_000 {
		l.RaiseMoney(noon, fmt.Sprint("a", i), "unknown", "it is not known how a settlement ended")
	}
	return l, texts
}

// BenchmarkRaise raises alerts as the data path does. What it takes must not grow with the alerts there are.
func BenchmarkRaise(b *testing.B) {
	now := time.Now()
	strangers := make([]string, 4096)
	for i := range strangers {
		strangers[i] = fmt.Sprint("test.a.stranger.", i)
	}
	accounts := make([]string, 256)
	for i := range accounts {
		accounts[i] = fmt.Sprint("a", i)
	}
	const message = "exceeded maximum balance."
	for _, c := range []struct {
		name  string
		raise func(l *account.Alerts, i int)
	}{
		{"again", func(l *account.Alerts, _ int) { l.Raise(now, "a0", "test.a.stranger.0", message) }},
		{"again, of all accounts", func(l *account.Alerts, i int) { l.Raise(now, accounts[i%111], "test.a.stranger.0", message) }},
		{"new texts of one peer", func(l *account.Alerts, i int) { l.Raise(now, "a0", strangers[i%4096], message) }},
		{"new texts of more peers than there is room for", func(l *account.Alerts, i int) {
			l.Raise(now, accounts[i*7%256], strangers[i%4096], message)
		}},
		{"money", func(l *account.Alerts, _ int) { l.RaiseMoney(now, "a0", "unknown", "m") }},
	} {
		for _, there := range []string{"no alerts", "all alerts"} {
			b.Run(c.name+"/"+there, func(b *testing.B) {
				l := account.NewAlerts(noon)
				if there == "all alerts" {
					l, _ = full()
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					c.raise(l, i)
				}
			})
		}
	}
}

func TestAllocsOfAnAlertThatCountsUp(t *testing.T) {
	l, texts := full()
	long := strings.Repeat("a", 2000)
	l.Raise(noon, "crowded", long, "m")
	for i := range 9 {
		l.Raise(noon, "crowded", fmt.Sprint("test.", i), "m")
	}
	now, i := noon, 0
	for _, c := range []struct {
		name  string
		raise func()
	}{
		{"of a stranger", func() { l.Raise(now, "a5", texts[i%9], "exceeded maximum balance.") }},
		{"of another stranger", func() { l.Raise(now, "crowded", texts[i%9], "m") }},
		{"with a text that is too long", func() { l.Raise(now, "crowded", long, "m") }},
		{"with a text that is none", func() { l.Raise(now, "crowded", "\x00\xff", "m") }},
		{"of ours", func() { l.Raise(now, "a5", "", "link failed") }},
		{"about money", func() { l.RaiseMoney(now, "a5", "unknown", "it is not known how a settlement ended") }},
	} {
		if n := testing.AllocsPerRun(1000, func() {
			now, i = now.Add(time.Second), i+1
			c.raise()
		}); n != 0 {
			t.Errorf("%s allocates %v times", c.name, n)
		}
	}
}
