package bearer

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestHeaderIsParsed(t *testing.T) {
	long := strings.Repeat("x", TokenBytesMax)
	for _, test := range []struct {
		header string
		token  string
		bare   bool
		err    error
	}{
		{"Bearer abc", "abc", false, nil},
		{"bearer abc", "abc", false, nil},
		{"BEARER abc", "abc", false, nil},
		{"Bearer two words", "two words", false, nil}, // the plugin takes any text
		{"abc", "abc", true, nil},
		{"Basic abc", "Basic abc", true, nil},
		{"Bearerabc", "Bearerabc", true, nil},
		{"Bearer " + long, long, false, nil},
		{long, long, true, nil},
		{"", "", false, errEmpty},
		{"Bearer", "", false, errNoToken},
		{"bearer ", "", false, errNoToken},
		{"Bearer  abc", "", false, errBlank},
		{"Bearer \tabc", "", false, errBlank},
		{"Bearer abc ", "", false, errBlank},
		{" Bearer abc", "", true, errBlank},
		{" abc", "", true, errBlank},
		{"abc\t", "", true, errBlank},
		{" ", "", true, errBlank},
		{"Bearer a\nb", "", false, errControl},
		{"Bearer\tabc", "", true, errControl},
		{"a\x7fb", "", true, errControl},
		{"Bearer x" + long, "", false, errLong},
		{"x" + long, "", true, errLong},
		{long + long, "", false, errLong},
	} {
		token, bare, err := parse([]string{test.header})
		if !errors.Is(err, test.err) || bare != test.bare || err == nil && token != test.token {
			t.Errorf("%.40q: %.40q, bare %t, %v; want %.40q, bare %t, %v", test.header, token, bare, err, test.token, test.bare, test.err)
		}
	}
}

func TestOneHeaderIsDemanded(t *testing.T) {
	for name, test := range map[string]struct {
		headers []string
		err     error
	}{
		"none": {nil, errNone}, "two": {[]string{"Bearer a", "Bearer a"}, errSeveral}, "one and an empty one": {[]string{"Bearer a", ""}, errSeveral},
	} {
		h := http.Header{"Authorization": test.headers}
		if _, err := read(h.Values("Authorization")); !errors.Is(err, test.err) || !errors.Is(err, ErrHeader) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzHeader holds that a token that is read is the end of its header, and is read again behind
// the scheme.
func FuzzHeader(f *testing.F) {
	for _, header := range []string{"Bearer abc", "bearer  abc", "abc", "Bearer", " ", "Bearer a b", "\x00", "ſ", "bearer bearer x"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		c, err := read([]string{header})
		if err != nil {
			if !errors.Is(err, ErrHeader) || len(header) > 3 && strings.Contains(err.Error(), header) {
				t.Fatalf("%q: %v", header, err)
			}
			return
		}
		begin, found := strings.CutSuffix(header, c.token)
		if !found || c.bare != (begin == "") || !c.bare && !strings.EqualFold(begin, "bearer ") {
			t.Fatalf("%q was read as %q, bare %t", header, c.token, c.bare)
		}
		if strings.TrimSpace(c.token) == "" || len(c.token) > TokenBytesMax {
			t.Fatalf("%q was read as %q", header, c.token)
		}
		again, err := read([]string{scheme + c.token})
		if err != nil || again.token != c.token || again.bare || again.digest != c.digest {
			t.Fatalf("%q was read again as %q: %v", c.token, again.token, err)
		}
	})
}
