package config

import (
	"strings"
	"testing"
)

func TestAccountsOverHTTPAreLintedTogether(t *testing.T) {
	const entry = `plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}`
	const npm = `plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}`
	const outgoing = `outgoing: {url: "https://h", token: ` + other + `}`
	for _, tt := range []struct{ accounts, settings, words string }{
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}, b: {relation: peer, ` + entry + `, options: {incoming: {tokens: [x-of-sixteen-bytes, ` + long + `]}, ` + outgoing + `}}}`,
			`listen: {port: 1, host: "::1"}`, `fault accounts.b.options.incoming.tokens[1]: is a token of account "a", too: the shared listener knows by the token`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + other + `], oldToken: {token: ` + long + `, until: "2026-01-01T00:00:00Z"}}, ` + outgoing + `}}, b: {relation: peer, ` + entry + `, options: {incoming: {tokens: [x-of-sixteen-bytes], oldToken: {token: ` + long + `, until: "2026-01-01T00:00:00Z"}}, ` + outgoing + `}}}`,
			`listen: {port: 1, host: "::1"}`, `fault accounts.b.options.incoming.oldToken.token: is a token of account "a", too`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}, b: {relation: peer, ` + npm + `, options: {incoming: {port: 2, host: "::1", secretToken: ` + long + `}, ` + npmOut + `}}}`,
			`listen: {port: 1, host: "::1"}`, `accounts.b.options.incoming.secretToken: is a token of account "a", too`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}, b: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {listener: {secret: ` + long + `}}}}`,
			`listen: {port: 1, host: "::1"}`, `accounts.b.options.listener.secret: is a token of account "a", too`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}, b: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + other + `]}, ` + outgoing + `}}}`,
			`listen: {port: 1, host: "::1"}`, ``},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`, `listen: {port: 1}`,
			`listen.tls: is not set, and the port is open to other machines: anyone on the network path can read the token of account "a"`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`, `listen: {port: 1, host: 203.0.113.5}`, `listen.tls: is not set`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`, `listen: {port: 1, host: 10.0.0.5}`, ``},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`, `listen: {port: 1, publicUrl: "HTTPS://us.example"}`, ``},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`, `listen: {port: 1, publicUrl: "http://us.example"}`, `listen.tls: is not set`},
		{`{a: {relation: peer, ` + entry + `, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`, `listen: {port: 1, tls: {cert: c, key: k}}`, ``},
		{`{a: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {listener: {secret: x}}}}`, `listen: {port: 1}`, `listen.tls: is not set`},
		{`{a: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {shared: true}}}`, `listen: {port: 1}`, `listen.tls: is not set`},
		{`{a: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {listener: {secret: x, port: 9}}}}`, `listen: {port: 1}`, ``},
		{`{a: {relation: peer, ` + npm + `, options: {incoming: {port: 2, host: "::1", staticToken: ` + long + `}, ` + npmOut + `}}}`, `listen: {port: 1}`, ``},
		{`{a: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1", settleThreshold: "-5", minimum: "-9"}, options: {incoming: {tokens: [` + long + `]}, ` + outgoing + `}}}`,
			`listen: {port: 1, host: "::1"}`, `accounts.a.balance.settleThreshold: only books: nothing pays, because the account has no settlementEngine and ilp-http moves no money`},
	} {
		_, warnings, faults := parse(t, "ilpAddress: test.me\naccounts: "+tt.accounts+"\n"+tt.settings)
		lines := warningLines(warnings)
		for _, line := range faultLines(faults) {
			lines = append(lines, "fault "+line)
		}
		if got := strings.Join(lines, "\n"); !strings.HasPrefix(got, tt.words) || (got == "") != (tt.words == "") || len(lines) > 1 || strings.Contains(got, long) {
			t.Errorf("%s\n%s:\n%s\nwant %s", tt.accounts, tt.settings, got, tt.words)
		}
	}
}

// What one peer can prove itself with must not do for another.
func TestAccountsOverHTTPWithOneKeyAreLinted(t *testing.T) {
	const key = `jwt: {secret: ` + long + `, requireExpiry: true`
	for _, tt := range []struct{ a, b, words string }{
		{`{` + key + `}}`, `{` + key + `}}`, `accounts.b.options.incoming.jwt.secret: is the key of account "a", too: the peer of one can send as the other`},
		{`{` + key + `, subject: a}}`, `{` + key + `, subject: b}}`, `accounts.b.options.incoming.jwt.secret: is the key of account "a", too`}, // both sign any sub
		{`{` + key + `}}`, `{jwt: [{secret: ` + other + `, requireExpiry: true}, {secret: ` + long + `, requireExpiry: true}]}`, `accounts.b.options.incoming.jwt[1].secret: is the key of account "a", too`},
		{`{jwt: {publicKey: k.pem, requireExpiry: true}}`, `{jwt: {publicKey: k.pem, requireExpiry: true}}`, `accounts.b.options.incoming.jwt.publicKey: is the key of account "a", too`},
		{`{jwt: {publicKey: k.pem, requireExpiry: true, subject: a}}`, `{jwt: {publicKey: k.pem, requireExpiry: true, subject: b}}`, ``},
		{`{clientCertificate: {ca: ca.pem, name: peer}}`, `{clientCertificate: {ca: ca.pem, name: peer}}`, `accounts.b.options.incoming.clientCertificate: is the key of account "a", too`},
		{`{clientCertificate: {ca: ca.pem, name: a}}`, `{clientCertificate: {ca: ca.pem, name: b}}`, ``},
		{`{tokens: [` + long + `], clientCertificate: {ca: ca.pem, name: peer}}`, `{tokens: [` + other + `], clientCertificate: {ca: ca.pem, name: peer}}`, ``},
		{`{` + key + `}}`, `{jwt: {secret: ` + other + `, requireExpiry: true}}`, ``},
	} {
		account := func(id, incoming string) string {
			return `  ` + id + `: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {incoming: ` + incoming + `, outgoing: {url: "https://h", token: ` + other + `}}}` + "\n"
		}
		_, warnings, faults := parse(t, "ilpAddress: test.me\nlisten: {port: 1, host: \"::1\", tls: {cert: c, key: k}}\naccounts:\n"+account("a", tt.a)+account("b", tt.b))
		lines := append(warningLines(warnings), faultLines(faults)...)
		if got := strings.Join(lines, "\n"); !strings.HasPrefix(got, tt.words) || (got == "") != (tt.words == "") || len(lines) > 1 || strings.Contains(got, long) {
			t.Errorf("%s beside %s:\n%s\nwant %s", tt.b, tt.a, got, tt.words)
		}
	}
}

// Rafiki has no ILDCP, so a parent like it tells us no address.
func TestAddressOfAParentOverHTTP(t *testing.T) {
	const document = `
accounts:
  up: {relation: parent, plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: {incoming: {tokens: [` + long + `]}, outgoing: {url: "https://h", token: ` + other + `}}}
listen: {port: 1, host: "::1"}
`
	_, warnings := mustParse(t, document)
	if !hasLine(warningLines(warnings), `ilpAddress: is not set: we ask the parent "up" for our address`, "Rafiki") || len(warnings) != 1 {
		t.Error(warnings)
	}
	if _, warnings = mustParse(t, document+"ilpAddress: test.up.us"); len(warnings) > 0 {
		t.Error(warnings)
	}
}

// The records of answers by callback have to outlive a crash, which is what they are for.
func TestAnswersByCallbackNeedAStore(t *testing.T) {
	const document = `
ilpAddress: test.me
accounts:
  a:
    relation: peer
    plugin: ilp-http
    assetCode: USD
    assetScale: 9
    balance: {maximum: "1"}
    options:
      incoming: {tokens: [` + long + `]}
      outgoing: {url: "https://h/ilp", token: ` + other + `}
      async: {callbackUrl: "https://us.example/accounts/a/ilp/reply", callbackHosts: [h]}
listen: {port: 1, host: "::1"}
`
	_, warnings := mustParse(t, document)
	if !hasLine(warningLines(warnings), "accounts.a.options.async: keeps its records in memory only", "storePath") || len(warnings) != 1 {
		t.Error(warnings)
	}
	if _, warnings = mustParse(t, document+"storePath: store"); len(warnings) > 0 {
		t.Error(warnings)
	}
}
