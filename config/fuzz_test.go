package config

import (
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse checks that no text makes Parse panic, and that an accepted configuration
// can be written and read again.
func FuzzParse(f *testing.F) {
	faulty, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{exampleJSON, exampleYAML, one, secretive, string(faulty), one + "adminApiToken: {env: CONNECTOR_SPREAD}", strings.ReplaceAll(referring, "FILE", "/nothing"), one + engine("http://h:3000", "9") + "storeConfig: {path: /a, durability: '5'}", "a: &a [*a]", "{", "null", "- 1", "accounts: {a: null}"} {
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

// FuzzReference checks that what a reference names comes out whole or not at all, and in no
// message.
func FuzzReference(f *testing.F) {
	for _, reference := range []string{`{"file":"/a"}`, `{"env":"A"}`, `{"credential":"a"}`, `{"file":"a","env":1}`, `{"x":"/a"}`, `{}`, `[]`, `"text"`} {
		for _, secret := range []string{"s3cret\n", "", "\r\n", "\ufeff", "\xff", "a\nb", "\x00"} {
			f.Add(reference, secret)
		}
	}
	f.Fuzz(func(t *testing.T, reference, secret string) {
		secret = planted + secret + planted
		value, faults := parseJSON("", []byte(reference))
		if len(faults) > 0 || strings.Contains(reference, planted) || strings.Contains(reference, "DIRECTORY") {
			return
		}
		from := &source{
			lookup: func(variable string) (string, bool) {
				if variable == credentialsVariable {
					return "/run/credentials", true
				}
				return secret, true
			},
			read: func(string) ([]byte, fs.FileMode, error) { return []byte(secret), 0o644, nil },
		}
		schema := settings()
		for _, from := range []*source{from, nil} {
			document, r := newObject(), newReport(nil)
			document.set("adminApiToken", value)
			resolve(document, schema, builtin, from, r)
			got, written := document.values["adminApiToken"], value
			_, isObject := written.(*object)
			switch {
			case !isObject, from == nil && len(r.faults) == 0:
				if got != nil && !reflect.DeepEqual(got, written) || len(r.resolved) > 0 {
					t.Fatalf("%s became %v", reference, got)
				}
			case len(r.faults) > 0:
				if got != redacted || len(r.resolved) > 0 {
					t.Fatalf("%s is %v in spite of %v", reference, got, r.faults)
				}
			default:
				if text := strings.TrimSuffix(secret, "\n"); got != strings.TrimSuffix(text, "\r") && got != secret || !utf8.ValidString(secret) || len(r.resolved) != 1 {
					t.Fatalf("%s is %q, of %q", reference, got, secret)
				}
			}
			if shown := fmt.Sprintf("%#v %#v", r.faults, r.warnings); strings.Contains(shown, planted) {
				t.Fatalf("%s shows the secret: %s", reference, shown)
			}
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
