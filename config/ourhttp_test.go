package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Options of ilp-http that have no fault, around which the tests vary.
const (
	ourIn  = `"incoming":{"tokens":["` + long + `"]}`
	ourOut = `"outgoing":{"url":"https://peer.example/accounts/us/ilp","token":"` + other + `"}`
)

func TestOurHTTPOptionsAreTyped(t *testing.T) {
	in := &HTTPIncoming{Tokens: []string{long}}
	out := &HTTPOutgoing{URL: "https://peer.example/accounts/us/ilp", Token: other}
	for options, want := range map[string]HTTPOptions{
		`{` + ourIn + `,` + ourOut + `}`: {Incoming: in, Outgoing: out},
		`{` + ourOut + `,"incoming":{"tokens":["` + long + `","` + other + `"],"oldToken":{"token":"x-of-sixteen-bytes","until":"2026-06-01T12:00:00Z"}}}`: {
			Outgoing: out, Incoming: &HTTPIncoming{Tokens: []string{long, other}, OldToken: OldSecret{"x-of-sixteen-bytes", noon}},
		},
		`{` + ourOut + `,"incoming":{"jwt":{"secret":"` + long + `","requireExpiry":true}}}`: {
			Outgoing: out, Incoming: &HTTPIncoming{JWT: []JWTRule{{Secret: long, RequireExpiry: true}}},
		},
		`{` + ourOut + `,"incoming":{"jwt":[{"secret":"` + long + `","algorithms":["HS512","HS256"],"subject":"s","issuer":"i","audience":"a","maxAge":60000},{"publicKey":"k.pem","algorithms":["ES256"],"requireExpiry":true}]}}`: {
			Outgoing: out, Incoming: &HTTPIncoming{JWT: []JWTRule{
				{Secret: long, Algorithms: []string{"HS512", "HS256"}, Subject: "s", Issuer: "i", Audience: "a", MaxAge: time.Minute},
				{PublicKey: "k.pem", Algorithms: []string{"ES256"}, RequireExpiry: true},
			}},
		},
		`{` + ourOut + `,"incoming":{"clientCertificate":{"ca":"ca.pem","name":"peer.example"}}}`: {
			Outgoing: out, Incoming: &HTTPIncoming{ClientCertificate: &ClientCertificate{"ca.pem", "peer.example"}},
		},
		`{` + ourIn + `,"outgoing":{"url":"http://127.0.0.1:3002/ilp?a=b","jwt":{"secret":"` + long + `"},"name":"us","sendIlpDestination":true,"http2":true}}`: {
			Incoming: in, Outgoing: &HTTPOutgoing{
				URL: "http://127.0.0.1:3002/ilp?a=b", JWT: &JWTSigner{Secret: long, Expiry: 30 * time.Second}, Name: "us", SendDestination: true, HTTP2: true,
			},
		},
		`{` + ourIn + `,"outgoing":{"url":"https://h","jwt":{"privateKey":"k.pem","algorithm":"RS256","subject":"s","issuer":"i","audience":"a","expiry":900000}}}`: {
			Incoming: in, Outgoing: &HTTPOutgoing{
				URL: "https://h", JWT: &JWTSigner{PrivateKey: "k.pem", Algorithm: "RS256", Subject: "s", Issuer: "i", Audience: "a", Expiry: 15 * time.Minute},
			},
		},
		`{` + ourIn + `,"outgoing":{"url":"https://h","tls":{"cert":"c.pem","key":"k.pem","ca":"ca.pem","serverName":"n"}}}`: {
			Incoming: in, Outgoing: &HTTPOutgoing{URL: "https://h", TLS: &BTPClientTLS{CA: "ca.pem", Cert: "c.pem", Key: "k.pem", ServerName: "n"}},
		},
		`{` + ourIn + `,` + ourOut + `,"async":{"callbackUrl":"https://us.example/reply?a=b","callbackHosts":["Peer.Example.","::1","[::2]"]}}`: {
			Incoming: in, Outgoing: out, Async: &HTTPAsync{CallbackURL: "https://us.example/reply?a=b", CallbackHosts: []string{"peer.example", "::1", "::2"}},
		},
		`{` + ourIn + `,` + ourOut + `,"async":{}}`: {Incoming: in, Outgoing: out, Async: &HTTPAsync{}},
	} {
		got, r := httpAs(t, pluginOurHTTP, options)
		if len(r.faults) > 0 || len(r.warnings) > 0 {
			t.Errorf("%s:\n%v %v", options, r.faults, r.warnings)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %#v %#v %#v\nwant %#v %#v %#v", options, got.Incoming, got.Outgoing, got.Async, want.Incoming, want.Outgoing, want.Async)
		}
	}
}

func TestOurHTTPOptionsFaults(t *testing.T) {
	in := func(incoming string) string { return `{` + ourOut + `,"incoming":{` + incoming + `}}` }
	out := func(outgoing string) string { return `{` + ourIn + `,"outgoing":{"url":"https://h",` + outgoing + `}}` }
	async := func(async string) string { return `{` + ourIn + `,` + ourOut + `,"async":` + async + `}` }
	rule := func(rule string) string { return in(`"jwt":{"requireExpiry":true,` + rule + `}`) }
	const secret, token = `"secret":"` + long + `"`, `"token":"` + long + `"`
	many := ""
	for i := range 12 {
		many += fmt.Sprintf(`"token-number-%05d",`, i)
	}
	many = strings.TrimSuffix(many, ",")
	for options, words := range map[string][]string{
		`{}`:                                      {"options: has neither incoming nor outgoing"},
		`{"incoming":null,"outgoing":null}`:       {"options: has neither incoming nor outgoing"},
		`{"incoming":[]}`:                         {"options.incoming", "is a list, not an object", `"tokens"`},
		`{"outgoing":5}`:                          {"options.outgoing", "is a number, not an object", `"url"`},
		`{"incomming":{},` + ourOut + `}`:         {"options.incomming", "did you mean incoming?"},
		`{"multi":true,` + ourOut + `}`:           {"options.multi", "give each child an account of its own"},
		`{"server":"x",` + ourOut + `}`:           {"options.server", "is not an option"},
		in(``):                                    {"options.incoming: has neither tokens, nor jwt"},
		in(`"tokens":[]`):                         {"options.incoming: has neither tokens, nor jwt"},
		in(`"tokens":"hunter2"`):                  {"options.incoming.tokens", "is a string, not a list", `["a token"]`},
		in(`"tokens":["` + long + `",5]`):         {"options.incoming.tokens[1]", "is a number, not a string"},
		in(`"tokens":[{"file":"/hunter2"}]`):      {"options.incoming.tokens[0]", "is an object, not a string"},
		in(`"tokens":["` + long + `",""]`):        {"options.incoming.tokens[1]", "is empty"},
		in(`"tokens":["` + long + `",null]`):      {"options.incoming.tokens[1]", "is empty"},
		in(`"tokens":["hunter2-\u00e9-hunter2"]`): {"options.incoming.tokens[0]", "no header carries"},
		in(`"tokens":["` + strings.Repeat("x", tokenMax+1) + `"]`): {"options.incoming.tokens[0]", "longer than 8192 bytes"},
		in(`"tokens":["` + long + `"],"staticToken":"hunter2"`):    {"options.incoming.staticToken", "put it into tokens, a list"},
		in(`"tokens":["` + long + `"],"port":1`):                   {"options.incoming.port", "the shared listener takes the packets"},
		in(`"tokens":["` + long + `"],"tls":{}`):                   {"options.incoming.tls", "put it into listen"},
		in(`"tokens":["` + long + `"],"jwtSecret":"hunter2"`):      {"options.incoming.jwtSecret", "put it into jwt, as secret"},
		in(`"jwt":5`):                        {"options.incoming.jwt", "is a number, not an object"},
		in(`"jwt":[]`):                       {"options.incoming.jwt", "empty list"},
		in(`"jwt":["hunter2"]`):              {"options.incoming.jwt[0]", "is a string, not an object"},
		in(`"jwt":[null]`):                   {"options.incoming.jwt[0]", "is null"},
		in(`"jwt":[{"requireExpiry":true}]`): {"options.incoming.jwt[0]: holds neither secret nor publicKey"},
		in(`"jwt":[{"requireExpiry":true,` + secret + `},{"requireExpiry":true,"secret":["hunter2"]}]`): {"options.incoming.jwt[1].secret", "is a list, not a string"},
		rule(`"publicKey":5`):                                                    {"options.incoming.jwt.publicKey", "is a number, not a string"},
		rule(`"publicKey":"k.pem",` + secret):                                    {"options.incoming.jwt.publicKey", "is set, and so is secret"},
		rule(`"secret":"-----BEGIN PUBLIC KEY-----hunter2"`):                     {"options.incoming.jwt.secret", "is PEM text"},
		rule(`"algorithms":["none"],` + secret):                                  {"options.incoming.jwt.algorithms[0]", `is "none", which does not fit`, "use HS256, HS384 or HS512"},
		rule(`"algorithms":["HS256","RS256"],` + secret):                         {"options.incoming.jwt.algorithms[1]", "use HS256, HS384 or HS512"},
		rule(`"algorithms":["HS256"],"publicKey":"k.pem"`):                       {"options.incoming.jwt.algorithms[0]", "use RS256 or ES256"},
		rule(`"algorithms":"HS256",` + secret):                                   {"options.incoming.jwt.algorithms", "is a string, not a list"},
		rule(`"algorithms":[5],` + secret):                                       {"options.incoming.jwt.algorithms[0]", "is a number, not a string"},
		rule(`"algorithms":[],` + secret):                                        {"options.incoming.jwt.algorithms", "empty list"},
		rule(`"audience":["a"],` + secret):                                       {"options.incoming.jwt.audience", "is a list, not a string"},
		rule(`"expiry":5,` + secret):                                             {"options.incoming.jwt.expiry", "is not an option"},
		rule(`"maxage":5,` + secret):                                             {"options.incoming.jwt.maxage", "did you mean maxAge?"},
		in(`"jwt":{"maxAge":-1,` + secret + `}`):                                 {"options.incoming.jwt.maxAge", "is not a time"},
		in(`"jwt":{"requireExpiry":1,` + secret + `}`):                           {"options.incoming.jwt.requireExpiry", "not true or false"},
		in(`"clientCertificate":"ca.pem"`):                                       {"options.incoming.clientCertificate", "is a string, not an object"},
		in(`"clientCertificate":{"name":"n"}`):                                   {"options.incoming.clientCertificate.ca", "is not set"},
		in(`"clientCertificate":{"ca":"c","name":"n","x":1}`):                    {"options.incoming.clientCertificate.x", "is not an option"},
		`{` + ourIn + `,"outgoing":{` + token + `}}`:                             {"options.outgoing.url", "is not set"},
		`{` + ourIn + `,"outgoing":{"url":"https://u:hunter2@h",` + token + `}}`: {"options.outgoing.url", "user or a password"},
		out(`"name":"us"`):                                                       {"options.outgoing: has neither token nor jwt, nor a certificate"},
		out(`"tls":{}`):                                                          {"options.outgoing: has neither token nor jwt, nor a certificate"},
		out(`"token":""`):                                                        {"options.outgoing: has neither token nor jwt, nor a certificate"},
		out(`"token":5`):                                                         {"options.outgoing.token", "is a number, not a string"},
		out(`"jwt":{` + secret + `},` + token):                                   {"options.outgoing.jwt", "is set, and so is token"},
		out(`"staticToken":"hunter2",` + token):                                  {"options.outgoing.staticToken", "put it into token"},
		out(`"jwtExpiry":5,` + token):                                            {"options.outgoing.jwtExpiry", "put it into jwt, as expiry"},
		out(`"http2MaxRequestsPerSession":5,` + token):                           {"options.outgoing.http2MaxRequestsPerSession", "only ilp-plugin-http has it"},
		out(`"jwt":"hunter2"`):                                                   {"options.outgoing.jwt", "is a string, not an object"},
		out(`"jwt":[{` + secret + `}]`):                                          {"options.outgoing.jwt", "is a list, not an object"},
		out(`"jwt":{"subject":"s"}`):                                             {"options.outgoing.jwt: holds neither secret nor privateKey"},
		out(`"jwt":{"privateKey":"k.pem",` + secret + `}`):                       {"options.outgoing.jwt.privateKey", "is set, and so is secret"},
		out(`"jwt":{"algorithm":"ES256",` + secret + `}`):                        {"options.outgoing.jwt.algorithm", "use HS256, HS384 or HS512"},
		out(`"jwt":{"algorithm":"HS256","privateKey":"k.pem"}`):                  {"options.outgoing.jwt.algorithm", "use RS256 or ES256"},
		out(`"jwt":{"expiry":500,` + secret + `}`):                               {"options.outgoing.jwt.expiry", "less than two seconds"},
		out(`"jwt":{"requireExpiry":true,` + secret + `}`):                       {"options.outgoing.jwt.requireExpiry", "is not an option"},
		out(`"oldToken":{"token":"x"},` + token):                                 {"options.outgoing.oldToken", "the peer says how long"},
		in(`"tokens":["Bearer a-long-random-token"]`):                            {"options.incoming.tokens[0]", "begins with Bearer"},
		in(`"tokens":["one-of-sixteen-bytes","two-of-sixteen-bytes","three-of-sixteen-bytes","four-of-sixteen-bytes",` + many + `]`):          {"options.incoming.tokens", "has 16 tokens, and 15 are the most"},
		in(`"jwt":[` + strings.Repeat(`{"secret":"`+long+`","requireExpiry":true},`, 15) + `{"secret":"` + long + `","requireExpiry":true}]`): {"options.incoming.jwt", "has 16 rules, and 15 are the most"},
		`{` + ourIn + `,"async":{}}`:                   {"options.async", "not both incoming and outgoing"},
		async(`5`):                                     {"options.async", "is a number, not an object"},
		async(`{"callbackUrl":"ftp://h"}`):             {"options.async.callbackUrl", "does not begin with http"},
		async(`{"callbackUrl":"https://u:hunter2@h"}`): {"options.async.callbackUrl", "user or a password"},
		async(`{"callbackHosts":"h"}`):                 {"options.async.callbackHosts", "is a string, not a list"},
		async(`{"callbackHosts":["h",5]}`):             {"options.async.callbackHosts[1]", "is a number, not a string"},
		async(`{"callbackHosts":[""]}`):                {"options.async.callbackHosts[0]", "is empty"},
		async(`{"callbackHosts":["h:1"]}`):             {"options.async.callbackHosts[0]", "holds a port"},
		async(`{"callbackHosts":["http://h"]}`):        {"options.async.callbackHosts[0]", "not a host but a URL"},
		async(`{"callbackHosts":["*.h"]}`):             {"options.async.callbackHosts[0]", "holds a *"},
		async(`{"callbackHosts":["0.0.0.0"]}`):         {"options.async.callbackHosts[0]", "no host that can be reached"},
		async(`{"callback":"h"}`):                      {"options.async.callback", "is not an option"},
	} {
		_, r := httpAs(t, pluginOurHTTP, options)
		if len(r.faults) != 1 || !hasLine(faultLines(r.faults), words...) || strings.Contains(r.faults.Error(), planted) {
			t.Errorf("%s:\n%v\nwant one fault with %q", options, r.faults, words)
		}
	}
}

func TestOurHTTPOptionsWarnings(t *testing.T) {
	in := func(incoming string) string { return `{` + ourOut + `,"incoming":{` + incoming + `}}` }
	out := func(outgoing string) string { return `{` + ourIn + `,"outgoing":{"url":"https://h",` + outgoing + `}}` }
	const secret, token = `"secret":"` + long + `"`, `"token":"` + long + `"`
	for options, words := range map[string][]string{
		`{` + ourIn + `}`:                                       {"options.outgoing", "nothing can be sent"},
		`{` + ourOut + `}`:                                      {"options.incoming", "can send us no packets and tell us no routes"},
		in(`"tokens":["shhh"]`):                                 {"options.incoming.tokens[0]", "fewer than 16 bytes"},
		in(`"tokens":["` + long + `","` + long + `"]`):          {"options.incoming.tokens[1]", "in the list already"},
		in(`"jwt":{` + secret + `}`):                            {"options.incoming.jwt.requireExpiry", "good for ever"},
		in(`"jwt":[{` + secret + `,"maxAge":0}]`):               {"options.incoming.jwt[0].requireExpiry", "good for ever"},
		in(`"jwt":{"publicKey":"k.pem","requireExpiry":false}`): {"options.incoming.jwt.requireExpiry", "good for ever"},
		in(`"jwt":{"secret":"shhh","requireExpiry":true}`):      {"options.incoming.jwt.secret", "fewer than 16 bytes"},
		in(`"clientCertificate":{"ca":"ca.pem"}`):               {"options.incoming.clientCertificate.name", "every certificate that the authority has signed"},
		in(`"tokens":["` + long + `","` + other + `"],"oldToken":{"token":"` + other + `","until":"2026-06-01T12:00:00Z"}`): {"options.incoming.oldToken", "is the present secret"},
		out(`"token":"shhh"`):                                                                   {"options.outgoing.token", "fewer than 16 bytes"},
		out(`"tls":{"rejectUnauthorized":false},` + token):                                      {"options.outgoing.tls.rejectUnauthorized", "any server that answers"},
		`{` + ourIn + `,"outgoing":{"url":"http://peer.example",` + token + `}}`:                {"options.outgoing.url", "is not encrypted"},
		`{` + ourIn + `,"outgoing":{"url":"http://[::1]","tls":{"ca":"ca.pem"},` + token + `}}`: {"options.outgoing.tls", "has no effect"},
	} {
		_, r := httpAs(t, pluginOurHTTP, options)
		if len(r.faults) > 0 || len(r.warnings) != 1 || !hasLine(warningLines(r.warnings), words...) {
			t.Errorf("%s:\n%v %v\nwant one warning with %q", options, r.faults, r.warnings, words)
		}
	}
}

// The shared listener must have what the account needs.
func TestOurHTTPNeedsTheSharedListener(t *testing.T) {
	const account = `
ilpAddress: test.me
accounts:
  bob: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: OPTIONS}
`
	certificate := `{` + ourOut + `,"incoming":{"clientCertificate":{"ca":"ca.pem","name":"n"}}}`
	async := `{` + ourIn + `,` + ourOut + `,"async":{}}`
	for _, tt := range []struct{ options, listen, words string }{
		{`{` + ourIn + `,` + ourOut + `}`, ``, `accounts.bob.options.incoming: is set, and there is no shared listener that could take the packets; set listen at the top, such as {"port": 7770}; or use ilp-plugin-http`},
		{`{` + ourIn + `,` + ourOut + `}`, `listen: {port: 1, host: "::1"}`, ``},
		{`{` + ourIn + `,` + ourOut + `}`, `listen: 5`, `listen: is a number`},
		{`{` + ourOut + `}`, ``, ``},
		{certificate, `listen: {port: 1, host: "::1"}`, `accounts.bob.options.incoming.clientCertificate: is set, and the shared listener speaks no TLS`},
		{certificate, `listen: {port: 1, tls: 5}`, `listen.tls: is a number`},
		{certificate, `listen: {port: 1, tls: {cert: c, key: k}}`, ``},
		{async, `listen: {port: 1, host: "::1"}`, `accounts.bob.options.async.callbackUrl: is not set, and neither is listen.publicUrl`},
		{async, `listen: {port: 1, host: "::1", publicUrl: "https://us.example"}`, ``},
		{strings.Replace(async, "{}", `{"callbackUrl":"https://us.example/x"}`, 1), `listen: {port: 1, host: "::1"}`, ``},
	} {
		_, _, faults := parse(t, strings.Replace(account, "OPTIONS", tt.options, 1)+tt.listen)
		if got := faults.Error(); !strings.HasPrefix(got, tt.words) || (got == "") != (tt.words == "") || len(faults) > 1 {
			t.Errorf("%s with %q:\n%s\nwant %s", tt.options, tt.listen, got, tt.words)
		}
	}
	c, _ := mustParse(t, strings.Replace(account, "OPTIONS", async, 1)+`listen: {port: 1, publicUrl: "https://us.example/"}`)
	if got := c.Listen.ReplyURL("bob"); got != "https://us.example/accounts/bob/ilp/reply" || (*Listen)(nil).ReplyURL("bob") != "" {
		t.Error(got)
	}
}

func TestAccountHTTPReturnsFaultsWithItsPath(t *testing.T) {
	for plugin, words := range map[string]string{pluginHTTP: "accounts.bob.options.incoming.port: is not set", pluginOurHTTP: "accounts.bob.options.incoming: has neither"} {
		_, err := Account{ID: "bob", Plugin: plugin, Options: map[string]any{"incoming": map[string]any{}}}.HTTP()
		if err == nil || !hasLine(strings.Split(err.Error(), "\n"), words) {
			t.Errorf("%s: got %v", plugin, err)
		}
	}
	options, err := Account{ID: "bob", Options: map[string]any{"outgoing": map[string]any{"url": "https://h", "token": "x"}}}.HTTP()
	if err != nil || options.Outgoing.Token != "x" || options.Incoming != nil {
		t.Errorf("options made in Go: %v %v", options, err)
	}
}
