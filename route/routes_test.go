package route

import (
	"encoding/json"
	"testing"
)

func TestEntriesAreAnObjectWithSortedKeysAndNoAuth(t *testing.T) {
	for _, test := range []struct {
		name   string
		routes Routes
		want   string
	}{
		{"none", nil, `{}`},
		{"some", Routes{
			{Prefix: "g.b", NextHop: "bob", Auth: [32]byte{1}, Source: Configured},
			{Prefix: "g.a"},
			{Prefix: "g.c", NextHop: "carol", Path: []string{"g.carol", "g.c"}},
		}, `{"g.a":{"nextHop":"","path":""},"g.b":{"nextHop":"bob","path":""},"g.c":{"nextHop":"carol","path":"g.carol g.c"}}`},
	} {
		got, err := json.Marshal(test.routes.Entries())
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v\nwant %s", test.name, got, err, test.want)
		}
	}
}

func TestSourceNames(t *testing.T) {
	for source, want := range map[Source]string{
		Local: "local", Child: "child", Default: "default", Configured: "configured", 0: "source 0",
	} {
		if got := source.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
