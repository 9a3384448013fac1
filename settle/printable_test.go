package settle

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"
)

func TestPrintableIsOneLineOfUTF8(t *testing.T) {
	for _, test := range []struct {
		text string
		max  int
		want string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc"},
		{"abcd", 0, ""},
		{"für", 2, "f"}, // ü has two bytes
		{"für", 3, "fü"},
		{"a€", 3, "a"}, // € has three
		{"\U0001F600", 3, ""},
		{"a\nb\rc\td\x00e\x7ff\u0085g\u2028h\u202ei", 99, "a b c d e f g h i"},
		{"\x1b[31mred", 99, " [31mred"},
		{"a\xffb", 99, "a\uFFFDb"},
		{"a\xc3", 99, "a\uFFFD"}, // a ü that something else has cut
		{"a\xffb", 3, "a"},       // U+FFFD has three bytes
	} {
		got := Printable(test.text, test.max)
		if got != test.want {
			t.Errorf("Printable(%q, %d) = %q, want %q", test.text, test.max, got, test.want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\xffü\n", 3)
	f.Fuzz(func(t *testing.T, text string, max int) {
		max = max & 0xff
		got := Printable(text, max)
		if len(got) > max || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\r\n\u0085") || Printable(got, max) != got {
			t.Errorf("Printable(%q, %d) = %q", text, max, got)
		}
	})
}

// saying is an error with any text.
type saying string

func (s saying) Error() string { return string(s) }

func TestReasonsOfStrangersCanBeShown(t *testing.T) {
	long := saying(strings.Repeat("x", reasonMax-1) + "€")
	for _, said := range []saying{long, "no\x00such\r\n\x1b[2Jaccount", "\xff\xfe"} {
		synctest.Test(t, func(t *testing.T) {
			d := newDisk()
			l := startPayer(d, says{said}, below)
			synctest.Wait()
			l.owe(200)
			synctest.Wait()
			s := l.payer.History()[0]
			l.end()
			if s.Reason != Printable(string(said), reasonMax) || len(s.Reason) > reasonMax || !utf8.ValidString(s.Reason) {
				t.Errorf("the reason is %q", s.Reason)
			}
			var kept struct{ Reason string }
			if err := json.Unmarshal(d.values[s.key()], &kept); err != nil || kept.Reason != s.Reason {
				t.Errorf("kept is %q, %v", kept.Reason, err)
			}
		})
	}
}

// says is a settler that pays nothing.
type says struct{ what error }

func (s says) Pay(context.Context, Payment) error { return s.what }
