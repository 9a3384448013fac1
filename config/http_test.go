package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// httpAs decodes options given as JSON, as those of a plugin, and returns what was reported.
func httpAs(t *testing.T, plugin, options string) (HTTPOptions, *report) {
	t.Helper()
	a := Account{ID: "bob", Plugin: plugin}
	if err := unmarshal([]byte(options), &a.Options); err != nil {
		t.Fatal(err)
	}
	r := newReport(nil)
	out := decodeHTTP("options", a, r)
	r.sorted(settings())
	wantHints(t, r.faults, r.warnings)
	return out, r
}

// Secrets of 16 bytes and more, which draw no warning.
const (
	long  = "a-long-random-token"
	other = "another-random-token"
)

// Options of ilp-plugin-http that have no fault, around which the tests vary.
const (
	npmIn  = `"incoming":{"port":7768,"host":"127.0.0.1","staticToken":"` + long + `"}`
	npmOut = `"outgoing":{"url":"https://peer.example/ilp","staticToken":"` + other + `"}`
)

func TestNpmHTTPOptionsAreTyped(t *testing.T) {
	in := func() *HTTPIncoming {
		return &HTTPIncoming{Listener: &HTTPListener{Host: "127.0.0.1", Port: 7768}, Tokens: []string{long}}
	}
	out := func() *HTTPOutgoing {
		return &HTTPOutgoing{URL: "https://peer.example/ilp", Token: other, Name: "7768"}
	}
	for options, change := range map[string]func(o *HTTPOptions){
		`{` + npmIn + `,` + npmOut + `}`:                                                              func(*HTTPOptions) {},
		`{"_log":1,"_store":2,` + npmIn + `,` + npmOut + `}`:                                          func(*HTTPOptions) {},
		`{` + npmOut + `,"incoming":{"port":"7768","host":"127.0.0.1","secretToken":"` + long + `"}}`: func(*HTTPOptions) {},
		`{` + npmOut + `,"incoming":{"port":7768,"host":"127.0.0.1","staticToken":"` + long + `","jwtSecret":"` + other + `","secret":""}}`: func(o *HTTPOptions) {
			o.Incoming.JWT = []JWTRule{{Secret: other}}
		},
		`{` + npmOut + `,"incoming":{"port":7768,"host":"127.0.0.1","staticToken":"","secret":"` + other + `"}}`: func(o *HTTPOptions) {
			o.Incoming.Tokens, o.Incoming.JWT = nil, []JWTRule{{Secret: other}}
		},
		`{` + npmOut + `,"incoming":{"port":0,"tls":{"cert":"c.pem","key":"k.pem"},"staticToken":"` + long + `","oldToken":{"token":"` + other + `","until":"2026-06-01T12:00:00Z"}}}`: func(o *HTTPOptions) {
			o.Incoming.Listener = &HTTPListener{TLS: &Certificate{"c.pem", "k.pem"}}
			o.Incoming.OldToken = OldSecret{other, noon}
			o.Outgoing.Name = "0"
		},
		`{` + npmIn + `,"outgoing":{"url":"https://peer.example/ilp","secretToken":"` + other + `"}}`: func(o *HTTPOptions) { o.Outgoing.Bare = true },
		`{` + npmIn + `,"outgoing":{"url":"https://peer.example/ilp","jwtSecret":"` + other + `"}}`: func(o *HTTPOptions) {
			o.Outgoing.Token, o.Outgoing.JWT = "", &JWTSigner{Secret: other, Algorithm: "HS256", Expiry: 30 * time.Second}
		},
		`{` + npmIn + `,"outgoing":{"url":"https://peer.example/ilp","jwtSecret":"` + other + `","jwtExpiry":2500,"tokenExpiry":0}}`: func(o *HTTPOptions) {
			o.Outgoing.Token, o.Outgoing.JWT = "", &JWTSigner{Secret: other, Algorithm: "HS256", Expiry: 2500 * time.Millisecond}
		},
		`{` + npmIn + `,"outgoing":{"url":"https://peer.example/ilp","secret":"` + other + `","tokenExpiry":60000}}`: func(o *HTTPOptions) {
			o.Outgoing.Token, o.Outgoing.JWT, o.Outgoing.Bare = "", &JWTSigner{Secret: other, Algorithm: "HS256", Expiry: time.Minute}, true
		},
		`{` + npmIn + `,"outgoing":{"url":"http://[::1]:3000/a/b?c=d","staticToken":"` + other + `","name":"alice","sendIlpDestination":true,"http2":true,"http2MaxRequestsPerSession":"500"}}`: func(o *HTTPOptions) {
			o.Outgoing = &HTTPOutgoing{URL: "http://[::1]:3000/a/b?c=d", Token: other, Name: "alice", SendDestination: true, HTTP2: true, HTTP2Requests: 500}
		},
		`{` + npmIn + `,"outgoing":{"url":"HTTPS://peer.example","staticToken":"` + other + `","tls":{"ca":"a","cert":"c","key":"k","serverName":"n"}}}`: func(o *HTTPOptions) {
			o.Outgoing.URL, o.Outgoing.TLS = "HTTPS://peer.example", &BTPClientTLS{CA: "a", Cert: "c", Key: "k", ServerName: "n"}
		},
	} {
		want := HTTPOptions{Incoming: in(), Outgoing: out()}
		change(&want)
		got, r := httpAs(t, pluginHTTP, options)
		if len(r.faults) > 0 || len(r.warnings) > 0 {
			t.Errorf("%s:\n%v %v", options, r.faults, r.warnings)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %#v %#v\nwant %#v %#v", options, got.Incoming, got.Outgoing, want.Incoming, want.Outgoing)
		}
	}
}

func TestNpmHTTPOptionsOfManyChildren(t *testing.T) {
	for options, want := range map[string]HTTPMulti{
		`"multi":true,"outgoing":{"url":"https://h/%/ilp","staticToken":"` + other + `"}`:                              {Delimiter: "%"},
		`"multi":true,"multiDelimiter":"NAME","outgoing":{"url":"https://h/NAME/a%20b","staticToken":"` + other + `"}`: {Delimiter: "NAME"},
		`"multi":true,"outgoing":{"url":"https://h/%","staticToken":"` + other + `"},"ildcp":{"clientAddress":"test.acme","assetCode":"XRP","assetScale":255}`: {
			Delimiter: "%", ILDCP: &HTTPILDCP{"test.acme", "XRP", 255},
		},
	} {
		got, r := httpAs(t, pluginHTTP, `{`+npmIn+`,`+options+`}`)
		if len(r.faults) > 0 || len(r.warnings) != 1 || r.warnings[0].Path != "options.multi" || !strings.Contains(r.warnings[0].String(), "share one token") {
			t.Errorf("%s:\n%v %v", options, r.faults, r.warnings)
		}
		if got.Multi == nil || !reflect.DeepEqual(*got.Multi, want) {
			t.Errorf("%s: %#v", options, got.Multi)
		}
	}
	document := `
ilpAddress: test.me
accounts:
  bob: {relation: RELATION, plugin: ilp-plugin-http, assetCode: USD, assetScale: 9, options: {multi: true, ` + npmIn + `, outgoing: {url: "https://h/%", staticToken: ` + other + `}}}
`
	if _, _, faults := parse(t, strings.Replace(document, "RELATION", "peer", 1)); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "accounts.bob.relation: is peer: with multi") {
		t.Error(faults)
	}
	mustParse(t, strings.Replace(document, "RELATION", "child", 1))
}

func TestNpmHTTPOptionsFaults(t *testing.T) {
	const token = `"staticToken":"` + long + `"`
	in := func(more string) string { return `{` + npmOut + `,"incoming":{"port":1,"host":"::1",` + more + `}}` }
	out := func(more string) string { return `{` + npmIn + `,"outgoing":{"url":"https://h",` + more + `}}` }
	url := func(url string) string { return `{` + npmIn + `,"outgoing":{"url":` + url + `,` + token + `}}` }
	multi := func(more string) string { return `{` + npmIn + `,"multi":true,` + more + `}` }
	for options, words := range map[string][]string{
		`{}`:                                                          {"options.incoming", "is not set", "ilp-http"},
		`{` + npmOut + `}`:                                            {"options.incoming", "is not set", "ilp-http"},
		`{` + npmOut + `,"incoming":null}`:                            {"options.incoming", "is not set"},
		`{` + npmOut + `,"incoming":5}`:                               {"options.incoming", "is a number, not an object"},
		`{` + npmIn + `,"outgoing":"https://h"}`:                      {"options.outgoing", "is a string, not an object", `"url"`},
		in(`"name":"x",` + token):                                     {"options.incoming.name", "is not an option", "the settings here are"},
		in(`"prot":2,` + token):                                       {"options.incoming.prot", "did you mean port?"},
		in(`"staticTokn":"hunter2",` + token):                         {"options.incoming.staticTokn", "did you mean staticToken?"},
		in(`"tokens":["x"],` + token):                                 {"options.incoming.tokens", "use staticToken; ilp-http has tokens"},
		in(`"path":"/p",` + token):                                    {"options.incoming.path", "is not an option"},
		in(`"staticToken":null`):                                      {"options.incoming: holds no credentials", "invalid auth options", "set staticToken"},
		in(`"staticToken":"","secret":""`):                            {"options.incoming: holds no credentials", "invalid auth options"},
		in(`"staticToken":5`):                                         {"options.incoming.staticToken", "is a number, not a string"},
		in(`"jwtSecret":["hunter2"]`):                                 {"options.incoming.jwtSecret", "is a list, not a string"},
		in(`"staticToken":{"file":"/a"}`):                             {"options.incoming.staticToken", "is an object, not a string"},
		in(`"staticToken":"a-long-random-töken"`):                     {"options.incoming.staticToken", "no header carries"},
		in(`"staticToken":"a-long-random\ntoken"`):                    {"options.incoming.staticToken", "no header carries"},
		in(`"staticToken":"bearer a-long-random-token"`):              {"options.incoming.staticToken", "begins with Bearer"},
		in(`"staticToken":"Bearer"`):                                  {"options.incoming.staticToken", "begins with Bearer"},
		out(`"staticToken":"BEARER a-long-random-token"`):             {"options.outgoing.staticToken", "begins with Bearer"},
		out(token + `,"oldToken":{"token":"x"}`):                      {"options.outgoing.oldToken", "the peer says how long"},
		in(`"staticToken":" a-long-random-token"`):                    {"options.incoming.staticToken", "begins or ends with a blank"},
		in(`"staticToken":"` + strings.Repeat("x", tokenMax+1) + `"`): {"options.incoming.staticToken", "longer than 8192 bytes"},
		in(`"jwtSecret":"-----BEGIN PUBLIC KEY-----"`):                {"options.incoming.jwtSecret", "is PEM text"},
		in(`"jwtSecret":"` + strings.Repeat("x", secretMax+1) + `"`):  {"options.incoming.jwtSecret", "longer"},
		in(token + `,"tls":{"cert":"c"}`):                             {"options.incoming.tls", "both cert and key"},
		in(token + `,"tls":{"cert":"c","key":"k","ca":"a"}`):          {"options.incoming.tls.ca", "is not an option"},
		in(token + `,"oldToken":{"token":"x"}`):                       {"options.incoming.oldToken.until", "is not set"},
		in(token + `,"oldToken":{"token":"x","until":"2026-06-01T12:00:00Z","untill":1}`): {"options.incoming.oldToken.untill", "is not an option", "did you mean until?"},
		in(token + `,"oldToken":{"token":"\u0001","until":"2026-06-01T12:00:00Z"}`):       {"options.incoming.oldToken.token", "no header carries"},
		`{` + npmOut + `,"incoming":{` + token + `}}`:                                     {"options.incoming.port", "is not set"},
		`{` + npmOut + `,"incoming":{"port":65536,"host":"::1",` + token + `}}`:           {"options.incoming.port", "is not a port"},
		`{` + npmOut + `,"incoming":{"port":"http","host":"::1",` + token + `}}`:          {"options.incoming.port", "is not a port"},
		`{` + npmOut + `,"incoming":{"port":1,"host":"h:1",` + token + `}}`:               {"options.incoming.host", "holds a port"},
		`{` + npmIn + `,"outgoing":{` + token + `}}`:                                      {"options.outgoing.url", "is not set"},
		url(`""`):                       {"options.outgoing.url", "is not set"},
		url(`5`):                        {"options.outgoing.url", "is a number, not a string"},
		url(`"peer.example"`):           {"options.outgoing.url", "does not begin with http://"},
		url(`"btp+wss://peer.example"`): {"options.outgoing.url", "does not begin with http://"},
		url(`"https:peer.example"`):     {"options.outgoing.url", "does not begin with http://"},
		url(`"https://"`):               {"options.outgoing.url", "has no host"},
		url(`"https:///ilp"`):           {"options.outgoing.url", "has no host"},
		url(`"https://me:hunter2@h"`):   {"options.outgoing.url", "user or a password"},
		url(`"https://me:hunter2%@h"`):  {"options.outgoing.url", "user or a password"},
		url(`"https://h/#hunter2"`):     {"options.outgoing.url", "fragment"},
		url(`"https://h:65536"`):        {"options.outgoing.url", "port that is not valid"},
		url(`"https://h:0"`):            {"options.outgoing.url", "port that is not valid"},
		url(`"https://h/a b"`):          {"options.outgoing.url", "holds a blank"},
		url(`"https://h/ä"`):            {"options.outgoing.url", "another one that no URL has"},
		url(`"https://h/%"`):            {"options.outgoing.url", "percent-encode each % as %25"},
		url(`"https://h/?a=%zz"`):       {"", ""},
		out(`"staticToken":""`):         {"options.outgoing: holds no credentials", "invalid auth options"},
		out(`"jwtExpiry":5000`):         {"options.outgoing: holds no credentials", "invalid auth options"},
		out(`"secretToken":5`):          {"options.outgoing.secretToken", "is a number, not a string"},
		out(token + `,"name":"a\nb"`):   {"options.outgoing.name", "no header carries"},
		out(token + `,"name":5`):        {"options.outgoing.name", "is a number, not a string"},
		out(token + `,"http2":"yes"`):   {"options.outgoing.http2", "is a string, not true or false"},
		out(token + `,"http2":true,"http2MaxRequestsPerSession":2147483648`): {"options.outgoing.http2MaxRequestsPerSession", "no number of requests"},
		out(token + `,"http2":true,"http2MaxRequestsPerSession":-1`):         {"options.outgoing.http2MaxRequestsPerSession", "no number of requests"},
		out(token + `,"http2":true,"http2MaxRequestsPerSession":"many"`):     {"options.outgoing.http2MaxRequestsPerSession", "no number of requests"},
		out(token + `,"sendIlpDestination":1`):                               {"options.outgoing.sendIlpDestination", "is a number, not true or false"},
		out(token + `,"tls":{"key":"k"}`):                                    {"options.outgoing.tls", "only one of cert and key"},
		out(token + `,"tls":{"serverNam":"k"}`):                              {"options.outgoing.tls.serverNam", "is not an option", "did you mean serverName?"},
		out(token + `,"tokn":"hunter2"`):                                     {"options.outgoing.tokn", "is not an option"},
		out(token + `,"jwt":{"secret":"hunter2"}`):                           {"options.outgoing.jwt", "use jwtSecret; ilp-http has jwt"},
		out(`"jwtSecret":"` + long + `","jwtExpiry":999`):                    {"options.outgoing.jwtExpiry", "is less than two seconds"},
		out(`"jwtSecret":"` + long + `","tokenExpiry":1`):                    {"options.outgoing.tokenExpiry", "is less than two seconds"},
		out(`"jwtSecret":"` + long + `","jwtExpiry":"30000"`):                {"options.outgoing.jwtExpiry", "is not a time in milliseconds"},
		`{` + npmIn + `,` + npmOut + `,"mutli":true}`:                        {"options.mutli", "did you mean multi?"},
		`{` + npmIn + `,` + npmOut + `,"assetScale":9}`:                      {"options.assetScale", "put it beside options"},
		`{` + npmIn + `,` + npmOut + `,"async":{}}`:                          {"options.async", "ilp-http has it"},
		`{` + npmIn + `,` + npmOut + `,"multi":"yes"}`:                       {"options.multi", "is a string, not true or false"},
		`{` + npmIn + `,` + npmOut + `,"ildcp":[]}`:                          {"options.ildcp", "is a list, not an object"},
		multi(npmOut): {"options.outgoing.url", `does not hold the multiDelimiter "%"`},
		multi(`"multiDelimiter":"N","outgoing":{"url":"https://h/%",` + token + `}`):                                                    {"options.outgoing.url", `does not hold the multiDelimiter "N"`},
		multi(`"multiDelimiter":5,"outgoing":{"url":"https://h/%",` + token + `}`):                                                      {"options.multiDelimiter", "is a number, not a string"},
		multi(`"outgoing":{"url":"https://h/%/%",` + token + `}`):                                                                       {"options.outgoing.url", "percent-encode"},
		multi(`"outgoing":{"url":"https://%",` + token + `},"ildcp":{"clientAddress":"acme","assetCode":"X","assetScale":1}`):           {"options.ildcp.clientAddress", `is "acme", which does not begin with g`},
		multi(`"outgoing":{"url":"https://h/%",` + token + `},"ildcp":{"clientAddress":"g.acme","assetScale":1}`):                       {"options.ildcp.assetCode", "is empty"},
		multi(`"outgoing":{"url":"https://h/%",` + token + `},"ildcp":{"clientAddress":"g.acme","assetCode":"X"}`):                      {"options.ildcp.assetScale", "is not set"},
		multi(`"outgoing":{"url":"https://h/%",` + token + `},"ildcp":{"clientAddress":"g.acme","assetCode":"X","assetScale":256}`):     {"options.ildcp.assetScale", "no scale"},
		multi(`"outgoing":{"url":"https://h/%",` + token + `},"ildcp":{"clientAddress":"g.acme","assetCode":"X","assetScale":1,"x":1}`): {"options.ildcp.x", "is not an option"},
	} {
		_, r := httpAs(t, pluginHTTP, options)
		if words[0] == "" {
			if len(r.faults) > 0 {
				t.Errorf("%s:\n%v", options, r.faults)
			}
			continue
		}
		if len(r.faults) != 1 || !hasLine(faultLines(r.faults), words...) || strings.Contains(r.faults.Error(), planted) {
			t.Errorf("%s:\n%v\nwant one fault with %q", options, r.faults, words)
		}
	}
}

// All faults come at once.
func TestHTTPOptionsHaveEveryFaultAtOnce(t *testing.T) {
	for plugin, options := range map[string]string{
		pluginHTTP:    `{"multi":5,"x":1,"incoming":{"port":-1,"host":"h:1","y":1,"tls":{}},"outgoing":{"url":"h","jwtExpiry":-1,"name":"\u0000"}}`,
		pluginOurHTTP: `{"x":1,"incoming":{"tokens":[5,""],"jwt":{},"y":1},"outgoing":{"url":"h","token":5,"jwt":{"algorithm":"none"},"name":"\u0000"},"async":{"callbackUrl":"h"}}`,
	} {
		_, r := httpAs(t, plugin, options)
		const want = 11
		if len(r.faults) != want {
			t.Errorf("%s has %d faults, want %d:\n%v", plugin, len(r.faults), want, r.faults)
		}
	}
}

func TestNpmHTTPOptionsWarnings(t *testing.T) {
	const token = `"staticToken":"` + long + `"`
	in := func(more string) string { return `{` + npmOut + `,"incoming":{` + more + `}}` }
	out := func(more string) string { return `{` + npmIn + `,"outgoing":{` + more + `}}` }
	for options, words := range map[string][]string{
		`{` + npmIn + `}`:                                                               {"options.outgoing", "nothing can be sent to the account"},
		in(`"port":1,` + token):                                                         {"options.incoming.tls", "open to other machines", "set host to 127.0.0.1"},
		in(`"port":1,"host":"0.0.0.0",` + token):                                        {"options.incoming.tls", "open to other machines"},
		in(`"port":1,"host":"203.0.113.5",` + token):                                    {"options.incoming.tls", "open to other machines"},
		in(`"port":1,"host":"us.example",` + token):                                     {"options.incoming.tls", "open to other machines"},
		in(`"port":1,"host":"[::1]",` + token):                                          {"options.incoming.host", "has brackets"},
		in(`"port":1,"host":"::1","staticToken":"fifteen-bytes-x"`):                     {"options.incoming.staticToken", "fewer than 16 bytes"},
		in(`"port":1,"host":"::1","jwtSecret":"shhh"`):                                  {"options.incoming.jwtSecret", "fewer than 16 bytes"},
		in(`"port":1,"host":"::1","secretToken":"` + other + `",` + token):              {"options.incoming.staticToken", "is not used: secretToken, its old name, wins"},
		in(`"port":1,"host":"::1","secret":"` + other + `","jwtSecret":"` + long + `"`): {"options.incoming.jwtSecret", "is not used: secret, its old name, wins"},
		in(`"port":1,"host":"::1",` + token + `,"oldToken":{"token":"` + long + `","until":"2026-06-01T12:00:00Z"}`): {"options.incoming.oldToken", "is the present secret"},
		out(`"url":"http://peer.example",` + token):                                                        {"options.outgoing.url", "is not encrypted"},
		out(`"url":"HTTP://peer.example",` + token):                                                        {"options.outgoing.url", "is not encrypted"},
		out(`"url":"http://10.0.0.7",` + token):                                                            {"options.outgoing.url", "is not encrypted"},
		out(`"url":"http://h","staticToken":"` + long + `","name":"x"`):                                    {"options.outgoing.url", "is not encrypted"},
		out(`"url":"https://h",` + token + `,"tls":{"rejectUnauthorized":false}`):                          {"options.outgoing.tls.rejectUnauthorized", "any server that answers"},
		out(`"url":"http://[::1]",` + token + `,"tls":{}`):                                                 {"options.outgoing.tls", "has no effect"},
		out(`"url":"https://h","secretToken":"x"`):                                                         {"options.outgoing.secretToken", "fewer than 16 bytes"},
		out(`"url":"https://h","jwtSecret":"` + other + `",` + token):                                      {"options.outgoing.staticToken", "is not used: jwtSecret wins"},
		out(`"url":"https://h","secret":"` + other + `","secretToken":"` + long + `"`):                     {"options.outgoing.secretToken", "is not used: secret wins"},
		out(`"url":"https://h",` + token + `,"jwtExpiry":5`):                                               {"options.outgoing.jwtExpiry", "has no effect"},
		out(`"url":"https://h",` + token + `,"tokenExpiry":5`):                                             {"options.outgoing.tokenExpiry", "has no effect"},
		out(`"url":"https://h","jwtSecret":"` + long + `","jwtExpiry":3000,"tokenExpiry":2000`):            {"options.outgoing.jwtExpiry", "tokenExpiry, its old name, wins"},
		out(`"url":"https://h",` + token + `,"http2MaxRequestsPerSession":5`):                              {"options.outgoing.http2MaxRequestsPerSession", "has no effect without http2"},
		`{` + npmIn + `,` + npmOut + `,"multiDelimiter":"%"}`:                                              {"options.multiDelimiter", "has no effect without multi"},
		`{` + npmIn + `,` + npmOut + `,"ildcp":{"clientAddress":"g.acme","assetCode":"X","assetScale":1}}`: {"options.ildcp", "has no effect without multi"},
	} {
		_, r := httpAs(t, pluginHTTP, options)
		if len(r.faults) > 0 || len(r.warnings) != 1 || !hasLine(warningLines(r.warnings), words...) {
			t.Errorf("%s:\n%v %v\nwant one warning with %q", options, r.faults, r.warnings, words)
		}
	}
	_, r := httpAs(t, pluginHTTP, `{"multi":true,`+npmIn+`,"outgoing":{"url":"http://127.0.0.1:%",`+token+`}}`)
	if len(r.faults) > 0 || !hasLine(warningLines(r.warnings), "options.outgoing.url", "in its host or port") {
		t.Errorf("%v %v", r.faults, r.warnings)
	}
	for _, options := range []string{
		in(`"port":1,"host":"10.0.0.5",` + token), in(`"port":1,"host":"localhost",` + token), in(`"port":1,"host":"node-a",` + token), in(`"port":1,"tls":{"cert":"c","key":"k"},` + token),
		in(`"port":1,"host":"::1","staticToken":"sixteen-bytes-xy"`),
		out(`"url":"http://LocalHost:80",` + token), out(`"url":"http://127.0.0.1",` + token), out(`"url":"https://h",` + token + `,"http2":false,"http2MaxRequestsPerSession":0`),
	} {
		if _, r := httpAs(t, pluginHTTP, options); len(r.warnings) > 0 || len(r.faults) > 0 {
			t.Errorf("%s: %v %v", options, r.faults, r.warnings)
		}
	}
}
