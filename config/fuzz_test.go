package config

import (
	"os"
	"reflect"
	"testing"
)

// FuzzParse checks that no text makes Parse panic, and that an accepted configuration
// can be written and read again.
func FuzzParse(f *testing.F) {
	faulty, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{exampleJSON, exampleYAML, one, secretive, string(faulty), one + engine("http://h:3000", "9") + "storeConfig: {path: /a, durability: '5'}", "a: &a [*a]", "{", "null", "- 1", "accounts: {a: null}"} {
		f.Add("c.yaml", text, "")
		f.Add("c.json", text, `{"a":{"relation":"parent","options":{"server":"btp+ws://:a@b"}}}`)
	}
	f.Fuzz(func(t *testing.T, name, text, accounts string) {
		environ := []string{"CONNECTOR_SPREAD=" + accounts}
		if accounts != "" {
			environ = append(environ, "CONNECTOR_ACCOUNTS="+accounts)
		}
		for _, environ := range [][]string{nil, environ} {
			c, _, err := Parse(name, []byte(text), environ, builtin)
			if err != nil {
				continue
			}
			again, _, err := c.Validate(builtin)
			if err != nil {
				t.Fatalf("not valid when written out: %v", err)
			}
			if !reflect.DeepEqual(c, again) {
				t.Fatalf("read    %v\nwritten %v", c, again)
			}
			if changes := Diff(c, again); changes != nil {
				t.Fatalf("differs from itself: %v", changes)
			}
			_ = c.String()
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"", "1e3", "0x1f", "-0.5", "1e999999999", ".", "1e-400"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plain, ok := number(text); ok {
			if again, ok := number(plain); !ok || again != plain {
				t.Errorf("number(%q) is %q, and of that %q", text, plain, again)
			}
		}
	})
}

func FuzzBTPURI(f *testing.F) {
	for _, uri := range []string{"btp+ws://a:b@h:1/p", "btp+wss://[::1]", "btp+ws://:@@:/", "btp+"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		server, _, problem := parseBTPURI(uri)
		if (server == nil) != (problem != "") {
			t.Errorf("server %v with problem %q", server, problem)
		}
	})
}
