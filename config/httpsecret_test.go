package config

import (
	"reflect"
	"strings"
	"testing"
)

// httpReferring has a reference in every place for one, of both plugins.
const httpReferring = `
ilpAddress: test.me
listen: {port: 7770, tls: {cert: {file: /c.pem}, key: {env: PEM}}}
accounts:
  npm: {relation: peer, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    incoming: {port: 1, staticToken: {env: T1}, jwtSecret: {env: T2}, oldToken: {token: {env: T3}, until: "2026-01-01T00:00:00Z"}, tls: {cert: {file: /c.pem}, key: {env: PEM}}},
    outgoing: {url: "https://h", staticToken: {env: T4}, tls: {ca: {file: /ca.pem}, cert: {env: PEM}, key: {credential: k}}}}}
  old: {relation: peer, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    incoming: {port: 2, host: "::1", secretToken: {env: T8}, secret: {env: T11}}, outgoing: {url: "https://h", secret: {env: T4}}}}
  our: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    incoming: {tokens: [plain-token-in-a-list, {env: T5}, {env: T2}], oldToken: {token: {env: T10}, until: "2026-01-01T00:00:00Z"},
      jwt: [{secret: {env: T6}, requireExpiry: true, issuer: them}, {publicKey: {env: PEM}, maxAge: 5}], clientCertificate: {ca: {file: /ca.pem}, name: n}},
    outgoing: {url: "https://h", jwt: {privateKey: {env: PEM}}, tls: {ca: {file: /ca.pem}, cert: {env: PEM}, key: {file: /k.pem}}}}}
  one: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {
    incoming: {oldToken: {token: {env: T9}, until: "2026-01-01T00:00:00Z"}, jwt: {secret: {env: T7}, requireExpiry: true}}, outgoing: {url: "https://h", token: {env: T4}}}}
`

const pemKey = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"

func httpSecrets() []string {
	environ := []string{"PEM=" + pemKey, "CREDENTIALS_DIRECTORY=/run/credentials"}
	for _, name := range []string{"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11"} {
		environ = append(environ, name+"=hunter2-hunter2-"+name)
	}
	return environ
}

// Each secret of an account may be elsewhere. It arrives in the options, and the reference is what is
// written, shown, kept and read again.
func TestReferencesOfHTTPOptions(t *testing.T) {
	c, warnings := mustParse(t, httpReferring, httpSecrets()...)
	if len(warnings) > 0 {
		t.Error(warnings)
	}
	secret := func(name string) string { return "hunter2-hunter2-" + name }
	for id, want := range map[string]func(o HTTPOptions) bool{
		"npm": func(o HTTPOptions) bool {
			return o.Incoming.Tokens[0] == secret("T1") && o.Incoming.JWT[0].Secret == secret("T2") && o.Incoming.OldToken.Secret == secret("T3") &&
				*o.Incoming.Listener.TLS == Certificate{"/c.pem", pemKey} && o.Outgoing.Token == secret("T4") && !o.Outgoing.Bare &&
				*o.Outgoing.TLS == BTPClientTLS{CA: "/ca.pem", Cert: pemKey, Key: "/run/credentials/k"}
		},
		"old": func(o HTTPOptions) bool {
			return o.Incoming.Tokens[0] == secret("T8") && o.Incoming.JWT[0].Secret == secret("T11") && o.Outgoing.JWT.Secret == secret("T4") && o.Outgoing.Bare
		},
		"our": func(o HTTPOptions) bool {
			return reflect.DeepEqual(o.Incoming.Tokens, []string{"plain-token-in-a-list", secret("T5"), secret("T2")}) && o.Incoming.OldToken.Secret == secret("T10") &&
				o.Incoming.JWT[0].Secret == secret("T6") && o.Incoming.JWT[1].PublicKey == pemKey && o.Incoming.ClientCertificate.CA == "/ca.pem" &&
				o.Outgoing.JWT.PrivateKey == pemKey && *o.Outgoing.TLS == BTPClientTLS{CA: "/ca.pem", Cert: pemKey, Key: "/k.pem"}
		},
		"one": func(o HTTPOptions) bool {
			return o.Incoming.JWT[0].Secret == secret("T7") && o.Outgoing.Token == secret("T4") && o.Incoming.OldToken.Secret == secret("T9")
		},
	} {
		a, _ := c.Accounts.Find(id)
		if o, err := a.HTTP(); err != nil || !want(o) {
			t.Errorf("%s: %v %+v %+v", id, err, o.Incoming, o.Outgoing)
		}
		for _, text := range []string{string(a.Text()), string(encoded(a.Shown())), a.String(), string(encoded(c)), string(encoded(c.Shown())), c.String()} {
			if strings.Contains(text, planted) {
				t.Fatalf("%s: %s", id, text)
			}
		}
		again, _, err := c.Kept(id, a.Text(), builtin)
		if err != nil || again.Hash() != a.Hash() || !reflect.DeepEqual(again.Options, a.Options) {
			t.Errorf("%s: kept and read again: %v %s", id, err, again)
		}
		next, _, err := c.Patch(a, []byte(`{"maxPacketAmount":"5"}`), false, builtin)
		if err != nil || !reflect.DeepEqual(next.Options, a.Options) || string(encoded(next.Options)) == string(next.Text()) {
			t.Errorf("%s: another setting is patched: %v", id, err)
		}
	}
	same, _, err := c.Replace(encoded(c.Shown()), builtin)
	if err != nil || len(Diff(c, same)) > 0 || string(encoded(same)) != string(encoded(c)) {
		t.Errorf("what is shown comes back: %v %v", err, Diff(c, same))
	}
	if got := c.Origin("accounts.our.options.incoming.tokens[1]"); got != "variable T5" {
		t.Errorf("it is from %s", got)
	}
	if saved, err := c.Save(nil, c, builtin); err != nil || strings.Contains(string(saved.Text), planted) || !strings.Contains(string(saved.Text), "env: T5") {
		t.Errorf("%v\n%s", err, saved.Text)
	}
	rotated, _ := mustParse(t, httpReferring, append([]string{"T5=another"}, httpSecrets()...)...)
	if changes := Diff(c, rotated); len(changes) != 1 || changes[0].Path != "accounts.our.options" {
		t.Errorf("another secret behind a reference: %v", changes)
	}
	if string(c.Fingerprint([]byte("k"))) == string(rotated.Fingerprint([]byte("k"))) {
		t.Error("the fingerprint is the same with another secret")
	}
}

// Operators see what is no secret, and that there are secrets.
func TestShownHTTPOptions(t *testing.T) {
	c, _ := mustParse(t, httpReferring+`
  text: {relation: child, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {multi: true, multiDelimiter: N, ildcp: {clientAddress: test.x, assetCode: X, assetScale: 1}, incoming: {port: 5, host: "::1", secretToken: hunter2},
    outgoing: {url: "https://h/N?a=hunter2", jwtSecret: hunter2, jwtExpiry: 5000, name: us, sendIlpDestination: true, http2: true, http2MaxRequestsPerSession: 7}}}
`, httpSecrets()...)
	for id, want := range map[string]string{
		"npm": `{"incoming":{"jwtSecret":{"env":"T2"},"oldToken":{"token":{"env":"T3"},"until":"2026-01-01T00:00:00Z"},"port":1,"staticToken":{"env":"T1"},"tls":{"cert":{"file":"/c.pem"},"key":{"env":"PEM"}}},` +
			`"outgoing":{"staticToken":{"env":"T4"},"tls":{"ca":{"file":"/ca.pem"},"cert":{"env":"PEM"},"key":{"credential":"k"}},"url":"https://h"}}`,
		"our": `{"incoming":{"clientCertificate":{"ca":{"file":"/ca.pem"},"name":"n"},"jwt":[{"issuer":"them","requireExpiry":true,"secret":{"env":"T6"}},{"maxAge":5,"publicKey":{"env":"PEM"}}],` +
			`"oldToken":{"token":{"env":"T10"},"until":"2026-01-01T00:00:00Z"},"tokens":["[redacted]",{"env":"T5"},{"env":"T2"}]},` +
			`"outgoing":{"jwt":{"privateKey":{"env":"PEM"}},"tls":{"ca":{"file":"/ca.pem"},"cert":{"env":"PEM"},"key":{"file":"/k.pem"}},"url":"https://h"}}`,
		"text": `{"ildcp":{"assetCode":"X","assetScale":1,"clientAddress":"test.x"},"incoming":{"host":"::1","port":5,"secretToken":"[redacted]"},"multi":true,"multiDelimiter":"N",` +
			`"outgoing":{"http2":true,"http2MaxRequestsPerSession":7,"jwtExpiry":5000,"jwtSecret":"[redacted]","name":"us","sendIlpDestination":true,"url":"[redacted]"}}`,
	} {
		a, _ := c.Accounts.Find(id)
		value, _ := parseJSON("", encoded(a.Shown()))
		if got := sortedText(child(value, "options")); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", id, got, want)
		}
	}
}

// A client of the admin API reads no file of ours by a reference in a list.
func TestAPatchMakesNoReferenceInAList(t *testing.T) {
	c, _ := mustParse(t, httpReferring, httpSecrets()...)
	our, _ := c.Accounts.Find("our")
	one, _ := c.Accounts.Find("one")
	for _, tt := range []struct {
		a        Account
		options  string
		location string
	}{
		{our, `{"incoming":{"tokens":["x",{"file":"/etc/passwd"}]}}`, "incoming.tokens[1]"},
		{our, `{"incoming":{"jwt":[{"secret":{"env":"T5"},"requireExpiry":true}]}}`, "incoming.jwt[0].secret"},
		{one, `{"incoming":{"jwt":[{"secret":{"env":"T7"},"requireExpiry":true}]}}`, "incoming.jwt[0].secret"},
		{one, `{"outgoing":{"jwt":{"privateKey":{"file":"/k.pem"}},"token":null}}`, "outgoing.jwt.privateKey"},
		{one, `{"incoming":{"tokens":[{"credential":"x"}]}}`, "incoming.tokens[0]"},
	} {
		_, _, err := c.Patch(tt.a, []byte(`{"options":`+tt.options+`}`), true, builtin)
		if err == nil || !strings.HasPrefix(err.Error(), "accounts."+tt.a.ID+".options."+tt.location+": refers to a secret on this machine") {
			t.Errorf("%s %s: %v", tt.a.ID, tt.options, err)
		}
	}
	next, _, err := c.Patch(our, []byte(`{"options":{"incoming":{"tokens":["plain-token-in-a-list",{"env":"T5"}]}}}`), false, builtin)
	if err != nil || !strings.Contains(string(next.Text()), `"tokens":["plain-token-in-a-list",{"env":"T5"}]`) {
		t.Errorf("a list that loses a token: %v %s", err, next.Text())
	}
}

// Whoever has the server that we send to gets our token.
func TestAPatchSendsNoHTTPSecretToAnotherServer(t *testing.T) {
	c, _ := mustParse(t, `
ilpAddress: test.me
listen: {port: 1, publicUrl: "https://us.example"}
accounts:
  npm: {relation: child, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {multi: true, incoming: {port: 2, staticToken: in}, outgoing: {url: "https://h/%41/NAME", staticToken: hunter2}}}
  old: {relation: child, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {incoming: {port: 3, staticToken: in}, outgoing: {url: "https://h", jwtSecret: hunter2, secretToken: hunter2}}}
  our: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {incoming: {tokens: [in]}, outgoing: {url: "https://h", token: hunter2}, async: {}}}
  jwt: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {outgoing: {url: "https://h", jwt: {secret: hunter2}}}}
  ref: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, options: {outgoing: {url: "https://h", jwt: {privateKey: {file: /hunter2}}}}}
`)
	for _, tt := range []struct{ id, options, words string }{
		{"npm", `{"outgoing":{"url":"https://eve.example/%"}}`, "outgoing.url: is changed, and another server would get the secret in outgoing.staticToken"},
		{"npm", `{"multiDelimiter":"NAME"}`, "multiDelimiter: is changed"},
		{"npm", `{"multi":false,"outgoing":{"url":"https://h/"}}`, "outgoing.url: is changed"},
		{"npm", `{"outgoing":{"url":"https://eve.example/%","staticToken":"hunter2"}}`, ""},
		{"npm", `{"outgoing":{"name":"x"}}`, ""},
		{"old", `{"outgoing":{"tls":{"rejectUnauthorized":false}}}`, "outgoing.tls: is changed, and another server would get the secret in outgoing.secretToken"},
		{"old", `{"outgoing":{"url":"https://eve.example","secretToken":null}}`, "the secret in outgoing.jwtSecret"},
		{"our", `{"outgoing":{"url":"https://eve.example"}}`, "the secret in outgoing.token"},
		{"our", `{"outgoing":{"url":"https://eve.example","token":"x"}}`, ""},
		{"our", `{"async":{"callbackHosts":["eve.example"]}}`, "async.callbackHosts: is changed, and another server would get the secret in outgoing.token"},
		{"our", `{"incoming":{"tokens":["x"]}}`, ""},
		{"jwt", `{"outgoing":{"tls":{"ca":"eve.pem"}}}`, "the secret in outgoing.jwt.secret"},
		{"jwt", `{"outgoing":{"url":"https://eve.example","jwt":{"secret":"hunter2"}}}`, ""},
		{"ref", `{"outgoing":{"url":"https://eve.example"}}`, "outgoing.jwt.privateKey refers to a secret on this machine"},
	} {
		a, _ := c.Accounts.Find(tt.id)
		_, _, err := c.Patch(a, []byte(`{"options":`+tt.options+`}`), false, builtin)
		if (err == nil) != (tt.words == "") || err != nil && (!strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), planted)) {
			t.Errorf("%s %s: %v", tt.id, tt.options, err)
		}
		if _, _, err = c.Patch(a, []byte(`{"options":`+tt.options+`}`), true, builtin); (err == nil) != (tt.id != "ref") {
			t.Errorf("forced, %s %s: %v", tt.id, tt.options, err)
		}
		text := strings.Replace(string(encoded(c.Shown())), `"url":"https://h"`, `"url":"https://eve.example"`, 1)
		if _, _, err := c.Replace([]byte(text), builtin); err == nil || !strings.Contains(err.Error(), "another server would get") {
			t.Errorf("replaced: %v", err)
		}
	}
}

// A reference that gives nothing is one fault at its place, and no other setting is blamed.
func TestMissingSecretOfHTTPIsOneFault(t *testing.T) {
	for place, path := range map[string]string{
		"T1": "npm.options.incoming.staticToken", "T2": "npm.options.incoming.jwtSecret", "T3": "npm.options.incoming.oldToken.token", "T4": "npm.options.outgoing.staticToken",
		"T5": "our.options.incoming.tokens[1]", "T6": "our.options.incoming.jwt[0].secret", "T7": "one.options.incoming.jwt.secret",
	} {
		document := strings.Replace(httpReferring, "{env: "+place+"}", "{env: NONE}", 1)
		_, warnings, faults := parse(t, document, httpSecrets()...)
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "accounts."+path+": comes from the variable NONE, which is not set") || len(warnings) > 0 {
			t.Errorf("%s:\n%v\n%v", path, faults, warnings)
		}
	}
	document := strings.ReplaceAll(httpReferring, "{env: PEM}", "{env: NONE}")
	if _, warnings, faults := parse(t, document, httpSecrets()...); len(faults) != 6 || len(warnings) > 0 {
		t.Errorf("%v\n%v", faults, warnings)
	}
}
