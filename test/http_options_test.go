package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	settings "github.com/ilp-go/connector/config"
)

// httpMade is what the npm plugin makes of some options, as peers/httpoptions.js says it.
type httpMade struct {
	Error       string   `json:"error"`
	Takes       []string `json:"takes"`
	Checks      []string `json:"checks"`
	Bare        bool     `json:"bare"`
	Token       string   `json:"token"`
	SignedWith  []string `json:"signedWith"`
	Seconds     int      `json:"seconds"`
	Name        string   `json:"name"`
	Destination bool     `json:"destination"`
	HTTP2       bool     `json:"http2"`
	Multi       string   `json:"multi"`
}

// httpCase is one set of options, with the tokens and the secrets that they may hold.
type httpCase struct {
	Options map[string]any `json:"options"`
	Tokens  []string       `json:"tokens"`
	Secrets []string       `json:"secrets"`
}

// TestOptionsOfHTTPAreThoseOfTheNpmPlugin gives options to both, and compares whether they are taken, and what is
// sent and accepted then. Each name of a credential is left out, empty or set, in all combinations.
func TestOptionsOfHTTPAreThoseOfTheNpmPlugin(t *testing.T) {
	var cases []httpCase
	names := []string{"staticToken", "secretToken", "jwtSecret", "secret"}
	sides := func(visit func(credentials map[string]any)) {
		for n := range 81 {
			credentials := make(map[string]any)
			for _, name := range names {
				switch n % 3 {
				case 1:
					credentials[name] = ""
				case 2:
					credentials[name] = "value-of-" + name
				}
				n /= 3
			}
			visit(credentials)
		}
	}
	add := func(incoming, outgoing map[string]any, more map[string]any) {
		options := map[string]any{"incoming": incoming, "outgoing": outgoing}
		for key, value := range more {
			options[key] = value
		}
		cases = append(cases, httpCase{options, []string{"value-of-staticToken", "value-of-secretToken"}, []string{"value-of-jwtSecret", "value-of-secret"}})
	}
	with := func(base map[string]any, key string, value any) map[string]any {
		next := map[string]any{key: value}
		for k, v := range base {
			next[k] = v
		}
		return next
	}
	in := map[string]any{"port": 7768, "staticToken": "value-of-staticToken"}
	out := map[string]any{"url": "https://peer.example/ilp/%25", "staticToken": "value-of-staticToken"}
	sides(func(credentials map[string]any) {
		add(with(credentials, "port", 7768), out, nil)
		for _, expiry := range []any{nil, 0, 5000} {
			for _, older := range []any{nil, 0, 7000} {
				outgoing := with(with(with(credentials, "url", "https://peer.example"), "jwtExpiry", expiry), "tokenExpiry", older)
				for _, key := range []string{"jwtExpiry", "tokenExpiry"} {
					if outgoing[key] == nil {
						delete(outgoing, key)
					}
				}
				add(in, outgoing, nil)
			}
		}
	})
	for _, port := range []any{0, 1, "4000", 65535} {
		add(with(map[string]any{"staticToken": "value-of-staticToken"}, "port", port), out, nil)
	}
	for _, option := range []map[string]any{{"name": "alice"}, {"name": ""}, {"sendIlpDestination": true}, {"http2": true}, {"http2": false}, {"http2": true, "http2MaxRequestsPerSession": 5}} {
		outgoing := out
		for key, value := range option {
			outgoing = with(outgoing, key, value)
		}
		add(in, outgoing, nil)
	}
	many := map[string]any{"url": "https://%", "staticToken": "value-of-staticToken"}
	add(in, many, map[string]any{"multi": true})
	add(in, many, map[string]any{"multi": true, "multiDelimiter": ""})
	add(in, with(map[string]any{"staticToken": "value-of-staticToken"}, "url", "https://h/NAME"), map[string]any{"multi": true, "multiDelimiter": "NAME"})
	add(in, out, map[string]any{"multi": false})

	for i, made := range npmHTTP(t, cases) {
		c := cases[i]
		text, _ := json.Marshal(c.Options)
		ours, err := settings.Account{ID: "bob", Plugin: "ilp-plugin-http", Options: c.Options}.HTTP()
		if (err == nil) != (made.Error == "") {
			t.Errorf("%s: npm says %q, we say %v", text, made.Error, err)
		}
		if err != nil || made.Error != "" {
			continue
		}
		got := httpMade{
			Takes: ours.Incoming.Tokens, Bare: ours.Outgoing.Bare, Token: ours.Outgoing.Token,
			Name: ours.Outgoing.Name, Destination: ours.Outgoing.SendDestination, HTTP2: ours.Outgoing.HTTP2,
		}
		for _, rule := range ours.Incoming.JWT {
			got.Checks = append(got.Checks, rule.Secret)
		}
		if s := ours.Outgoing.JWT; s != nil {
			got.SignedWith, got.Seconds = []string{s.Secret}, int(s.Expiry/time.Second)
		}
		if ours.Multi != nil {
			got.Multi = ours.Multi.Delimiter
		}
		if fmt.Sprint(got) != fmt.Sprint(made) {
			t.Errorf("%s:\nours %+v\nnpm  %+v", text, got, made)
		}
	}
	if refused := len(slices.DeleteFunc(npmHTTP(t, cases), func(m httpMade) bool { return m.Error == "" })); refused < 100 || refused > len(cases)/2 {
		t.Errorf("npm refuses %d of %d", refused, len(cases))
	}
}

// TestOptionsOfHTTPThatWeRefuse are taken by the npm plugin, which finds out later or never: each is a difference that
// docs/compatibility.md has.
func TestOptionsOfHTTPThatWeRefuse(t *testing.T) {
	options := func(text string) (o map[string]any) {
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	const in, out = `"incoming":{"port":1,"staticToken":"t"}`, `"outgoing":{"url":"https://h","staticToken":"t"}`
	var cases []httpCase
	for _, text := range []string{
		`{"incoming":{"staticToken":"t"},` + out + `}`,
		`{` + in + `,"outgoing":{"staticToken":"t"}}`,
		`{` + in + `,"outgoing":{"url":"peer.example","staticToken":"t"}}`,
		`{` + in + `,"outgoing":{"url":"https://me:pass@h","staticToken":"t"}}`,
		`{` + in + `,"outgoing":{"url":"https://h/#a","staticToken":"t"}}`,
		`{"multi":true,` + in + `,` + out + `}`,
		`{"multi":"no",` + in + `,` + out + `}`,
		`{` + in + `,"outgoing":{"url":"https://h","jwtSecret":"s","jwtExpiry":999}}`,
		`{` + in + `,"outgoing":{"url":"https://h","staticToken":"t","htttp2":true}}`,
	} {
		cases = append(cases, httpCase{options(text), []string{}, []string{}})
	}
	for i, made := range npmHTTP(t, cases) {
		if _, err := (settings.Account{ID: "bob", Plugin: "ilp-plugin-http", Options: cases[i].Options}).HTTP(); err == nil || made.Error != "" {
			t.Errorf("%v: npm says %q, we say %v", cases[i].Options, made.Error, err)
		}
	}
}

// npmHTTP asks the npm plugin about options.
func npmHTTP(t *testing.T, cases []httpCase) (made []httpMade) {
	t.Helper()
	program, err := node()
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "httpoptions.js")
	cmd.Dir, cmd.Stdin = "peers", bytes.NewReader(append(line, '\n'))
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if err := json.Unmarshal(output, &made); err != nil || len(made) != len(cases) {
		t.Fatalf("%v\n%s", err, output)
	}
	return made
}
