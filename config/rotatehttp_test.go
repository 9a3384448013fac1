package config

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

const rotatingHTTP = `
ilpAddress: test.me
listen: {port: 7770, tls: {cert: c.pem, key: k.pem}}
accounts:
  npm: {relation: peer, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {incoming: {port: 1, staticToken: first-of-npm}, outgoing: {url: "https://h", staticToken: first-of-npm}}}
  old: {relation: peer, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {incoming: {port: 2, secretToken: first-of-old, staticToken: unused}, outgoing: {url: "https://h", secretToken: first-of-old, staticToken: ""}}}
  comes: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [first-of-comes]}}}
  goes: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {outgoing: {url: "https://h", token: first-of-goes}}}
  both: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [first-of-both]}, outgoing: {url: "https://h", token: first-of-both}}}
  beside: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [first-of-beside], jwt: {secret: signs}}}}
  several: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [first-of-several, last], oldToken: {token: older, until: "2026-06-01T13:00:00Z"}}}}
  jwt: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {jwt: [{secret: first-of-jwt}]}, outgoing: {url: "https://h", jwt: {secret: first-of-jwt}}}}
  npmjwt: {relation: peer, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {incoming: {port: 3, jwtSecret: first-of-npmjwt}, outgoing: {url: "https://h", jwtSecret: first-of-npmjwt, staticToken: unused}}}
  tls: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {clientCertificate: {ca: c.pem}}, outgoing: {url: "https://h", tls: {cert: c.pem, key: k.pem}}}}
  file: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [{file: FILE}]}}}
`

// httpSecretsOf returns the static tokens of one side: the present ones, the old one and its end.
func httpSecretsOf(t *testing.T, a Account, side Side) string {
	t.Helper()
	o, err := a.HTTP()
	if err != nil {
		t.Fatal(err)
	}
	now, old := "", OldSecret{}
	if side == OutgoingSide {
		now = o.Outgoing.Token
	} else {
		now, old = strings.Join(o.Incoming.Tokens, " "), o.Incoming.OldToken
	}
	if old != (OldSecret{}) {
		now += ", " + old.Secret + " until " + old.Until.Format(time.TimeOnly)
	}
	return strings.ReplaceAll(now, "first-of-"+a.ID, "first")
}

func TestRotationsOverHTTP(t *testing.T) {
	c, _ := mustParse(t, strings.ReplaceAll(rotatingHTTP, "FILE", secretFile(t, "secret", "first")))
	const hour = time.Hour
	for _, tt := range []struct {
		id      string
		side    Side
		secret  string
		overlap time.Duration
		want    string // or else a part of the error
	}{
		{"npm", IncomingSide, "next", hour, "incoming: next, first until 13:00:00"},
		{"npm", OutgoingSide, "next", hour, "rotate it without an overlap"},
		{"npm", OutgoingSide, "first", hour, "outgoing: first"},
		{"npm", OutgoingSide, "next", 0, "outgoing: next"},
		{"npm", "", "next", hour, "it has incoming and outgoing, each with a secret: say which is meant"},
		{"npm", ListenerSide, "next", hour, "side is neither incoming nor outgoing"},
		{"old", IncomingSide, "next", hour, "incoming: next, first until 13:00:00"},
		{"old", OutgoingSide, "next", 0, "outgoing: next"},
		{"comes", "", "next", hour, "incoming: next, first until 13:00:00"},
		{"comes", "", "next", 0, "incoming: next"},
		{"comes", "", "first", hour, "incoming: first"},
		{"comes", "", "", 0, "incoming: first"},
		{"comes", OutgoingSide, "next", hour, "it has no outgoing"},
		{"goes", "", "next", 0, "outgoing: next"},
		{"goes", "", "", 0, "outgoing: first"},
		{"goes", IncomingSide, "next", hour, "it has no incoming"},
		{"both", OutgoingSide, "next", 0, "outgoing: next"},
		{"beside", "", "next", hour, "incoming: next, first until 13:00:00"},
		{"several", "", "next", hour, "several tokens in incoming.tokens"},
		{"several", "", "", 0, "incoming: first last"},
		{"jwt", IncomingSide, "next", hour, "add a rule with the new secret"},
		{"jwt", OutgoingSide, "next", hour, "it signs tokens with a secret or a key"},
		{"npmjwt", IncomingSide, "next", hour, "its peer signs tokens with jwtSecret"},
		{"npmjwt", OutgoingSide, "next", hour, "it signs tokens with a secret or a key"},
		{"tls", IncomingSide, "next", hour, "shows a certificate and sends no token"},
		{"tls", OutgoingSide, "next", hour, "sends no token, but shows a certificate"},
		{"file", "", "next", hour, "its secret comes from the file "},
		{"comes", "", "two\nlines", hour, "accounts.comes.options.incoming.tokens[0]: holds a character that no header carries"},
		{"comes", "", strings.Repeat("x", secretMax+1), hour, "longer than the first message"},
	} {
		a, _ := c.Accounts.Find(tt.id)
		secret := strings.Replace(tt.secret, "first", "first-of-"+tt.id, 1)
		next, done, _, err := c.Rotate(a, Rotation{Side: tt.side, Secret: secret, Until: noon.Add(tt.overlap), Now: noon}, Known{})
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "first-of") {
				t.Errorf("%s %s: %v, want %q", tt.id, tt.side, err, tt.want)
			}
			continue
		}
		if done.OldUntil.IsZero() == strings.Contains(tt.want, "until") {
			t.Errorf("%s to %q: the old one is good until %v", tt.id, tt.secret, done.OldUntil)
		}
		if got := string(done.Side) + ": " + httpSecretsOf(t, next, done.Side); got != tt.want {
			t.Errorf("%s to %q: %s, want %s", tt.id, tt.secret, got, tt.want)
		}
		if !next.SecretsAlone(a, noon) {
			t.Errorf("%s to %q: the link is replaced", tt.id, tt.secret)
		}
		again, _, err := c.Kept(tt.id, next.Text(), Known{})
		if err != nil || again.Hash() != next.Hash() || httpSecretsOf(t, again, done.Side) != httpSecretsOf(t, next, done.Side) {
			t.Errorf("%s: after a restart %v, %v", tt.id, again, err)
		}
		if text, _ := json.Marshal(next.redacted()); strings.Contains(string(text), "first") || strings.Contains(string(text), "next") {
			t.Errorf("it shows a secret: %s", text)
		}
	}
	old, _ := c.Accounts.Find("old")
	next, _, _, err := c.Rotate(old, Rotation{Side: OutgoingSide, Secret: "next", Until: noon, Now: noon}, Known{})
	if o, failed := next.HTTP(); err != nil || failed != nil || !o.Outgoing.Bare {
		t.Errorf("a token of the old name goes without Bearer no more: %v %v", err, failed)
	}
}

// A third token does not end the first one, which the peer may still send.
func TestRotationOverHTTPDuringAnOverlap(t *testing.T) {
	c, _ := mustParse(t, strings.ReplaceAll(rotatingHTTP, "FILE", secretFile(t, "secret", "first")))
	for id, side := range map[string]Side{"comes": IncomingSide, "beside": IncomingSide} {
		a, _ := c.Accounts.Find(id)
		second, _, _, err := c.Rotate(a, Rotation{Secret: "second", Until: noon.Add(time.Hour), Now: noon}, Known{})
		if err != nil {
			t.Fatal(err)
		}
		for secret, want := range map[string]string{
			"third": "is good until 2026-06-01T13:00:00Z", "first": "first, second until 13:01:00", "": "second",
		} {
			later := noon.Add(time.Minute)
			secret = strings.Replace(secret, "first", "first-of-"+id, 1)
			next, _, _, err := c.Rotate(second, Rotation{Secret: secret, Until: later.Add(time.Hour), Now: later}, Known{})
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = httpSecretsOf(t, next, side)
			}
			if !strings.Contains(got, want) || err == nil && got != want {
				t.Errorf("%s to %q: %s, want %s", id, secret, got, want)
			}
		}
	}
}

// What proves who sends a request changes while the link runs. All else replaces the link.
func TestLinksOverHTTPGoOnWithOtherSecrets(t *testing.T) {
	c, _ := mustParse(t, strings.ReplaceAll(rotatingHTTP, "FILE", secretFile(t, "secret", "first")))
	for _, tt := range []struct {
		id, options string
		stays       bool
	}{
		{"both", `{"incoming":{"tokens":["a","b"]}}`, true},
		{"both", `{"incoming":{"jwt":{"secret":"s"}}}`, true},
		{"both", `{"incoming":{"jwt":[{"publicKey":"k.pem"}],"tokens":null}}`, true},
		{"both", `{"incoming":{"clientCertificate":{"ca":"c.pem"}}}`, false},
		{"both", `{"outgoing":{"token":"next"}}`, true},
		{"both", `{"outgoing":{"token":null,"jwt":{"secret":"s","expiry":5000}}}`, true},
		{"both", `{"outgoing":{"url":"https://i","token":"next"}}`, false},
		{"both", `{"outgoing":{"name":"us"}}`, false},
		{"both", `{"outgoing":{"http2":true}}`, false},
		{"both", `{"outgoing":{"sendIlpDestination":true}}`, false},
		{"both", `{"outgoing":{"tls":{"ca":"c.pem"},"token":"x"}}`, false},
		{"both", `{"outgoing":null}`, false},
		{"both", `{"incoming":null}`, false},
		{"both", `{"async":{"callbackHosts":["h"],"callbackUrl":"https://h"}}`, false},
		{"tls", `{"incoming":{"clientCertificate":{"ca":"d.pem","name":"n"}}}`, true},
		{"tls", `{"outgoing":{"tls":{"cert":"d.pem","key":"l.pem"}}}`, true},
		{"tls", `{"outgoing":{"tls":{"serverName":"n"}}}`, false},
		{"npm", `{"incoming":{"staticToken":"a","secret":"s"}}`, true},
		{"npm", `{"incoming":{"port":5}}`, false},
		{"npm", `{"incoming":{"host":"::1"}}`, false},
		{"npm", `{"incoming":{"tls":{"cert":"c.pem","key":"k.pem"}}}`, false},
		{"npm", `{"outgoing":{"secretToken":"first"}}`, false}, // without Bearer
		{"npm", `{"outgoing":{"http2":true,"http2MaxRequestsPerSession":5}}`, false},
	} {
		a, _ := c.Accounts.Find(tt.id)
		next, _, err := c.Patch(a, []byte(`{"options":`+tt.options+`}`), true, Known{})
		if err != nil {
			t.Fatal(tt.options, err)
		}
		if next.SecretsAlone(a, noon) != tt.stays || a.SecretsAlone(next, noon) != tt.stays {
			t.Errorf("%s %s: the link stays: %v, want %v", tt.id, tt.options, !tt.stays, tt.stays)
		}
	}
	both, _ := c.Accounts.Find("both")
	npm, _ := c.Accounts.Find("npm")
	if both.SecretsAlone(npm, noon) {
		t.Error("the link of another plugin stays")
	}
}
