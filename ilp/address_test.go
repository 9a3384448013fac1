package ilp

import (
	"regexp"
	"strings"
	"testing"
)

// addressLaw is RFC 15's grammar as the reference has it.
var addressLaw = regexp.MustCompile(`^(g|private|example|peer|self|test[1-3]?|local)([.][a-zA-Z0-9_~-]+)+$`)

func lawful(address string) bool { return len(address) <= 1023 && addressLaw.MatchString(address) }

func TestAddressIsASchemeAndSegments(t *testing.T) {
	longest := "g." + strings.Repeat("a", AddressBytesMax-2)
	for address, want := range map[string]bool{
		"g.a": true, "private.a": true, "example.a": true, "peer.config": true, "self.a": true, "local.a": true,
		"test.a": true, "test1.a": true, "test2.a": true, "test3.a": true,
		"g.us.nexus.bob": true, "g.A-z_0~9": true, "g.~": true, "g.-.-": true,
		longest: true, longest + "a": false, "g." + strings.Repeat("a.", 510) + "a": true,

		"": false, ".": false, "g": false, "test": false, "g.": false, ".a": false, "g..a": false, "g.a.": false, "g.a..b": false,
		"G.a": false, "test0.a": false, "test4.a": false, "test11.a": false, "tes.a": false, "ga.a": false, "foo.a": false, "a.g.b": false,
		"g.a b": false, "g.a/b": false, "g.a+b": false, "g.a\n": false, "\ng.a": false, "g.\x00": false, "g.\xe1": false, "g.é": false, " g.a": false,
	} {
		if got := ValidAddress(address); got != want {
			t.Errorf("ValidAddress(%q) = %t", address, got)
		}
		if got := lawful(address); got != want {
			t.Errorf("the grammar says %t of %q", got, address)
		}
	}
}

func TestSegmentsAreNotEmpty(t *testing.T) {
	for s, want := range map[string]bool{
		"a": true, "a.b": true, "A~_-9.0": true,
		"": false, ".": false, ".a": false, "a.": false, "a..b": false, "a b": false, "a\xff": false,
	} {
		if got := ValidSegments(s); got != want {
			t.Errorf("ValidSegments(%q) = %t", s, got)
		}
	}
}

func TestUnderPrefixCountsWholeSegments(t *testing.T) {
	for _, c := range []struct {
		address, prefix string
		want            bool
	}{
		{"g.us", "g.us", true},
		{"g.us.x", "g.us", true},
		{"g.us.x.y", "g.us", true},
		{"g.usa", "g.us", false},
		{"g.usa.x", "g.us", false},
		{"g.u", "g.us", false},
		{"g", "g.us", false},
		{"test1.x", "test", false},
		{"test.x", "test", true},
		{"g.eu", "g.us", false},
		{"", "g", false},
	} {
		if got := UnderPrefix(c.address, c.prefix); got != c.want {
			t.Errorf("UnderPrefix(%q, %q) = %t", c.address, c.prefix, got)
		}
		if got := UnderPrefix([]byte(c.address), c.prefix); got != c.want {
			t.Errorf("UnderPrefix of bytes (%q, %q) = %t", c.address, c.prefix, got)
		}
	}
}

// FuzzAddress holds that the validator and the grammar are the same.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{"g.a", "test3.a~b", "test", "g..a", "g.a.", "peer.config", "local.\x80"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if got, want := ValidAddress(address), lawful(address); got != want {
			t.Errorf("ValidAddress(%q) = %t, the grammar says %t", address, got, want)
		}
	})
}
