package remote

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// The engine carries out each key once, but answers as badly as it can. We ask until it
// says that it has paid, and it pays once.
func TestFaultyEnginesPayOnce(t *testing.T) {
	tests := []struct {
		name    string
		faults  func(f *fake) []fault
		timeout time.Duration
		keys    int
	}{
		{"500 after paying", func(*fake) []fault { return []fault{answers(500, ""), answers(500, "")} }, late, 1},
		{"timeout after paying", func(f *fake) []fault { return []fault{f.hangs} }, soon, 1},
		{"dies after paying", func(*fake) []fault { return []fault{says(""), says("HTTP/1.1 20")} }, late, 1},
		{"answers twice", func(*fake) []fault {
			return []fault{says("HTTP/1.1 502 Oops\r\nContent-Length: 0\r\n\r\nHTTP/1.1 201 Created\r\n\r\n")}
		}, late, 1},
		{"redirects", func(f *fake) []fault { return []fault{redirects(307, f.URL+"/elsewhere")} }, late, 1},
		{"oversized answer", func(*fake) []fault { return []fault{answers(500, string(make([]byte, 1<<20)))} }, late, 1},
		{"refuses", func(*fake) []fault { return []fault{refuses(404), refuses(503), refuses(404)} }, late, 2},
		{"refuses after a timeout", func(f *fake) []fault { return []fault{f.hangs, refuses(404), refuses(400)} }, soon, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, b := newFake(t), newLedger()
			f.faults = test.faults(f)
			d := b.payer()
			defer d.end()
			bob := b.newAccount("bob", 9)
			if err := d.Add(bob, engineAt(t, f.URL, test.timeout), 0); err != nil {
				t.Fatal(err)
			}
			b.owe(bob, 500)
			d.Consider(bob)
			b.until(t, "bob", 0)
			if f.total(t) != balance.FromInt64(500) {
				t.Errorf("paid %s", f.total(t))
			}
			keys := make(map[string]bool)
			for _, r := range f.asked() {
				if r.key != "" {
					keys[r.key] = true
				}
			}
			if len(keys) != test.keys {
				t.Errorf("%d keys, want %d", len(keys), test.keys)
			}
		})
	}
}

// We settle whole units of the engine, and the rest stays owed.
func TestEngineOfACoarserScale(t *testing.T) {
	f, b := newFake(t), newLedger()
	d := b.payer()
	defer d.end()
	bob := b.newAccount("bob", 12)
	if err := d.Add(bob, engineAt(t, f.URL, late), 0); err != nil {
		t.Fatal(err)
	}
	b.owe(bob, 2_999)
	d.Consider(bob)
	b.until(t, "bob", -999)
	asked := f.asked()
	if got := asked[len(asked)-1].body; !sameJSON(t, got, `{"amount":"2","scale":9}`) {
		t.Errorf("asked for %s", got)
	}
}
