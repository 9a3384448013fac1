package clip

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestUTF8EndsBetweenCharacters(t *testing.T) {
	for _, test := range []struct {
		text string
		max  int
		want string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abc", 2, "ab"}, {"abc", 0, ""},
		{"aü", 3, "aü"}, {"aü", 2, "a"}, {"€€", 5, "€"}, {"€€", 2, ""}, {"a\U0001f600", 4, "a"},
		{"\x80\x80\x80", 2, ""}, {"a\xff\xff", 2, "a\xff"},
	} {
		if got := UTF8(test.text, test.max); got != test.want {
			t.Errorf("UTF8(%q, %d) = %q, want %q", test.text, test.max, got, test.want)
		}
		if got := UTF8([]byte(test.text), test.max); string(got) != test.want {
			t.Errorf("UTF8 of bytes (%q, %d) = %q, want %q", test.text, test.max, got, test.want)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add("a€\U0001f600", 3)
	f.Fuzz(func(t *testing.T, text string, max int) {
		if max < 0 {
			return
		}
		got := UTF8(text, max)
		if len(got) > max || !strings.HasPrefix(text, got) || utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("UTF8(%q, %d) = %q", text, max, got)
		}
	})
}
