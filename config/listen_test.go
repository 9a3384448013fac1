package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestListenHasDefaults(t *testing.T) {
	c, warnings := mustParse(t, one+"listen: {port: 7770}")
	if *c.Listen != (Listen{Port: 7770, HTTP2: true, MaxSockets: 20000, MaxSocketsPerAddress: 1000}) || len(warnings) > 0 {
		t.Errorf("%+v %v", *c.Listen, warnings)
	}
	if c, _ := mustParse(t, one); c.Listen != nil || Default().Listen != nil {
		t.Errorf("without the setting: %v", c.Listen)
	}
}

func TestListenOfAVariableReplacesThatOfTheFile(t *testing.T) {
	c, _ := mustParse(t, one+"listen: {port: 1, maxSockets: 5}", `CONNECTOR_LISTEN={"port":2,"host":"::1"}`)
	if c.Listen.Port != 2 || c.Listen.MaxSockets != 20000 || c.Listen.String() != "[::1]:2" || c.Origin("listen") != "CONNECTOR_LISTEN" {
		t.Errorf("%+v of %s", *c.Listen, c.Origin("listen"))
	}
}

func TestListenFaults(t *testing.T) {
	for listen, words := range map[string]string{
		`{}`:                                          "listen.port: is not set",
		`5`:                                           `listen: is a number, not an object; write an object such as {"port": 7770}`,
		`{"port":65536}`:                              "listen.port: is 65536",
		`{"port":1,"prot":2}`:                         "listen.prot: is not a setting; did you mean port?",
		`{"port":1,"host":"127.0.0.1:80"}`:            "listen.host: is \"127.0.0.1:80\", which holds a port",
		`{"port":1,"host":"http://h"}`:                "listen.host: is a URI, which is not a host but a URL or a path",
		`{"port":1,"tls":{"cert":"c"}}`:               "listen.tls.key: is not set",
		`{"port":1,"tls":{"cert":"c","key":""}}`:      "listen.tls.key: is empty; use the name of a PEM file",
		`{"port":1,"tls":{"cert":5,"key":"k"}}`:       "listen.tls.cert: is a number, not a string",
		`{"port":1,"tls":{"cert":{"x":1},"key":"k"}}`: "listen.tls.cert: is an object, not a string",
		`{"port":1,"tls":{"cert":{"file":"c"},"key":"k"}}`: "listen.tls.cert: names a file without its whole path",
		`{"port":1,"tls":{"cert":"c","key":{"env":"K"}}}`:  "listen.tls.key: comes from the variable K, which holds no PEM text",
		`{"port":1,"publicUrl":"us.example"}`:              "listen.publicUrl: does not begin with http:// or https://",
		`{"port":1,"publicUrl":"https://me:pass@h"}`:       "listen.publicUrl: holds a user or a password",
		`{"port":1,"publicUrl":"https://h/?a"}`:            "listen.publicUrl: has a query",
		`{"port":1,"publicUrl":"https://h/#a"}`:            "listen.publicUrl: has a fragment",
		`{"port":1,"maxSockets":0}`:                        "listen.maxSockets: is 0; use a whole number from 1 to 1000000",
		`{"port":9000}`:                                    "accounts.bob.options.listener.port: is the same port for account \"bob\" as for the shared listener",
		`{"port":7780,"host":"127.0.0.1"}`:                 "listen.port: is the same port for the shared listener as for the admin API",
		`{"port":1,"adminApi":true}`:                       "adminApiToken: is not set, and listen.adminApi offers the admin API",
	} {
		_, _, faults := parse(t, one+"adminApi: true\nlisten: "+listen, "K=text")
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), words) {
			t.Errorf("%s:\n%v\nwant %s", listen, faults, words)
		}
	}
}

func TestListenWarnings(t *testing.T) {
	for listen, words := range map[string]string{
		`{"port":1,"host":"[::1]"}`:                           "listen.host: has brackets",
		`{"port":1,"adminApi":true}`:                          "listen.adminApi: has no effect: adminApi is false",
		`{"port":1,"host":"::1","maxSockets":1}`:              "listen.maxSocketsPerAddress: is above maxSockets",
		`{"port":1,"tls":{"cert":"${CERT}","key":"key.pem"}}`: "listen.tls.cert: holds a reference such as",
	} {
		_, warnings := mustParse(t, one+"listen: "+listen)
		if len(warnings) != 1 || !strings.HasPrefix(warnings[0].String(), words) {
			t.Errorf("%s:\n%v\nwant %s", listen, warnings, words)
		}
	}
}

// The key may be PEM text, which is shown nowhere, or a reference, which stays one.
func TestKeyOfTheListenerIsSecret(t *testing.T) {
	const pem = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"
	text, _ := json.Marshal(pem)
	c, _ := mustParse(t, one+`listen: {port: 1, tls: {cert: /c.pem, key: `+string(text)+`}}`)
	shown := fmt.Sprintf("%v %+v %s %v", c, c, asText(c.Shown()), *c.Listen)
	if strings.Contains(shown, planted) || !strings.Contains(shown, `"tls":{"cert":"/c.pem","key":"[redacted]"}`) || c.Listen.TLS.Key != pem {
		t.Error(shown)
	}
	c, _ = mustParse(t, one+`listen: {port: 1, tls: {cert: {file: /c.pem}, key: {env: KEY}}}`, "KEY="+pem)
	if *c.Listen.TLS != (Certificate{"/c.pem", pem}) || c.Origin("listen.tls.key") != "variable KEY" {
		t.Errorf("%+v of %s", *c.Listen.TLS, c.Origin("listen.tls.key"))
	}
	for _, shown := range []*Config{c, c.Shown(), c.Redacted()} {
		if text := string(encoded(shown)); !strings.Contains(text, `"tls":{"cert":{"file":"/c.pem"},"key":{"env":"KEY"}}`) || strings.Contains(text, planted) {
			t.Error(text)
		}
	}
	next := *c
	next.Listen = &Listen{Port: 1, TLS: &Certificate{"/d.pem", pem}} // of a program
	if text := string(encoded(&next)); !strings.Contains(text, `"cert":"/d.pem","key":{"env":"KEY"}`) {
		t.Error(text)
	}
	if _, _, err := c.Validate(builtin); err != nil {
		t.Error(err)
	}
}

// A client of the admin API reads no file of ours by a reference, and the listener takes a restart.
func TestListenIsReplacedByARestartAlone(t *testing.T) {
	c, _ := mustParse(t, one+"listen: {port: 1, tls: {cert: {file: /c.pem}, key: /k.pem}}")
	same, _, err := c.Replace(encoded(c.Shown()), builtin)
	if err != nil || len(Diff(c, same)) > 0 || c.RefuseRestart(same) != nil {
		t.Errorf("%v %v", err, same)
	}
	text := strings.Replace(string(encoded(c.Shown())), "/k.pem", "/l.pem", 1)
	next, _, err := c.Replace([]byte(text), builtin)
	if err != nil || c.RefuseRestart(next) == nil || !strings.HasPrefix(c.RefuseRestart(next).Error(), "listen: is another one than now, and takes a restart") {
		t.Errorf("%v %v", err, c.RefuseRestart(next))
	}
	text = strings.Replace(string(encoded(c.Shown())), `"/k.pem"`, `{"file":"/k.pem"}`, 1)
	if _, _, err = c.Replace([]byte(text), builtin); err == nil || !strings.HasPrefix(err.Error(), "listen.tls.key: refers to a secret on this machine") {
		t.Error(err)
	}
	if Reloads("listen") {
		t.Error("a reload changes it")
	}
}

// A listener without a port shares that of listen. Without it, the port is missing.
func TestAccountsShareTheListener(t *testing.T) {
	const account = `
ilpAddress: test.me
accounts:
  bob: {relation: child, plugin: PLUGIN, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, options: OPTIONS}
`
	for _, tt := range []struct{ plugin, options, without, with string }{
		{pluginBTP, `{listener: {secret: s}}`,
			`accounts.bob.options.listener.port: is not set; set the port to listen on; or set listen at the top, whose port the accounts share`, ""},
		{pluginBTP, `{listener: {secret: s, wsOpts: {}}}`, "accounts.bob.options.listener.port: is not set", ""},
		{pluginBTP, `{server: "btp+wss://:t@h", listener: {secret: s, port: null}}`, "accounts.bob.options.listener.port: is not set", ""},
		{pluginBTP, `{listener: {secret: s, wsOpts: {host: h}}}`, "accounts.bob.options.listener.port: is not set", "accounts.bob.options.listener.host: has no effect"},
		{pluginBTP, `{listener: {secret: s, path: /p}}`, "accounts.bob.options.listener.port: is not set", "accounts.bob.options.listener.path: has no effect"},
		{pluginBTP, `{listener: {secret: s, tls: {cert: c, key: k}}}`, "accounts.bob.options.listener.port: is not set", "accounts.bob.options.listener.tls: has no effect"},
		{pluginBTP, `{listener: {port: 0, secret: s}}`, "", ""},
		{pluginMiniAccounts, `{shared: true}`, `accounts.bob.options.shared: is true, and there is no shared listener; set listen at the top, such as {"port": 7770}`, ""},
		{pluginMiniAccounts, `{shared: true, wsOpts: {path: /p}}`, "accounts.bob.options.shared: is true", "accounts.bob.options.wsOpts.path: has no effect"},
		{pluginMiniAccounts, `{shared: true, tls: {cert: c, key: k}}`, "accounts.bob.options.shared: is true", "accounts.bob.options.tls: has no effect"},
		{pluginMiniAccounts, `{shared: false, port: 1}`, "", ""},
	} {
		document := strings.NewReplacer("PLUGIN", tt.plugin, "OPTIONS", tt.options).Replace(account)
		_, _, faults := parse(t, document)
		if got := strings.Join(faultLines(faults), "\n"); !strings.HasPrefix(got, tt.without) || (got == "") != (tt.without == "") || strings.Contains(got, "\n") {
			t.Errorf("%s without a listener: %s\nwant %s", tt.options, got, tt.without)
		}
		c, warnings := mustParse(t, document+`listen: {port: 7770, host: "::1"}`)
		if got := strings.Join(warningLines(warnings), "\n"); !strings.HasPrefix(got, tt.with) || (got == "") != (tt.with == "") || strings.Contains(got, "\n") {
			t.Errorf("%s: %s\nwant %s", tt.options, got, tt.with)
		}
		if sockets := c.Sockets(); len(sockets) == 1 != (tt.without != "") || sockets[0].Path != "listen.port" || sockets[0].Port != 7770 {
			t.Errorf("%s listens at %v", tt.options, sockets)
		}
	}
	const both = "bob: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 9, options: OPTIONS}}\nlisten: {port: 1}"
	for _, options := range []string{"{shared: true, port: 3000}", "{shared: true, wsOpts: {port: 3000}}"} {
		_, _, faults := parse(t, "ilpAddress: test.me\naccounts: {"+strings.Replace(both, "OPTIONS", options, 1))
		if !hasLine(faultLines(faults), "accounts.bob.options.port: is set, and so is shared") {
			t.Errorf("%s: %v", options, faults)
		}
	}
	// A fault of listen itself is the only one.
	if _, _, faults := parse(t, strings.NewReplacer("PLUGIN", pluginBTP, "OPTIONS", "{listener: {secret: s}}").Replace(account)+"listen: 5"); len(faults) != 1 {
		t.Error(faults)
	}
	c, _ := mustParse(t, strings.NewReplacer("PLUGIN", pluginBTP, "OPTIONS", "{listener: {secret: s}}").Replace(account)+"listen: {port: 1}")
	if o, err := c.Accounts[0].BTP(); err != nil || !o.Listener.Shared || o.Listener.String() != "the shared listener" {
		t.Errorf("%+v %v", o.Listener, err)
	}
	a := c.Accounts[0]
	a.ID, c.Listen = "carl", nil
	if _, err := c.ValidateAccount(a, NewIndex(), builtin); err == nil || !strings.Contains(err.Error(), "accounts.carl.options.listener.port: is not set") {
		t.Errorf("an account that is added: %v", err)
	}
}

func TestListenHasTheURLsOfAccounts(t *testing.T) {
	for url, want := range map[string]string{
		"":                        "",
		"https://us.example":      "https://us.example/accounts/bob/ilp",
		"https://us.example:1/a/": "https://us.example:1/a/accounts/bob/ilp",
	} {
		if got := (&Listen{PublicURL: url}).AccountURL("bob"); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	if got := (*Listen)(nil).AccountURL("bob"); got != "" {
		t.Errorf("without a listener: %s", got)
	}
}
