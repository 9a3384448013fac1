package config

import (
	"strings"
	"testing"
)

// hostedAccount is an account of a hosted plugin, with references.
const hostedAccount = `
ilpAddress: test.me
accounts:
  bob:
    relation: peer
    plugin: ilp-plugin-lightning
    assetCode: BTC
    assetScale: 8
    balance: {maximum: "1"}
    options:
      server: {env: BOB_URI}
      lnd: {hostname: localhost, macaroon: {env: MACAROON}, tokens: [{env: MACAROON}, plain], network: {env: main}}
      secret: {env: BOB_URI, more: 1}
      note: {file: /x}
`

// References stand in options whose names say that they are secret. Any other object is the
// module's own.
func TestReferencesInOptionsOfHostedPlugins(t *testing.T) {
	environ := []string{"BOB_URI=btp+ws://:t0ken@bob.example", "MACAROON=maca"}
	c, _, err := Parse("", []byte(hostedAccount), environ, hosting(builtin))
	if err != nil {
		t.Fatal(err)
	}
	bob := c.Accounts[0]
	text := asText(bob.Options)
	const want = `{"lnd":{"hostname":"localhost","macaroon":"maca","network":{"env":"main"},"tokens":["maca","plain"]},` +
		`"note":{"file":"/x"},"secret":{"env":"BOB_URI","more":1},"server":"btp+ws://:t0ken@bob.example"}`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if origin := c.Origin("accounts.bob.options.lnd.macaroon"); origin != "variable MACAROON" {
		t.Error(origin)
	}
	for _, shown := range []string{c.String(), asText(c.Shown()), bob.String(), string(bob.Text())} {
		if strings.Contains(shown, "maca\"") || strings.Contains(shown, "t0ken") || !strings.Contains(shown, `"macaroon":{"env":"MACAROON"}`) {
			t.Error(shown)
		}
	}
	again, _, err := c.Kept("bob", bob.Text(), hosting(builtin))
	if err != nil || asText(again.Options) != want || again.Hash() != bob.Hash() {
		t.Errorf("kept: %s %v", asText(again.Options), err)
	}
	_, _, err = Parse("", []byte(hostedAccount), nil, hosting(builtin))
	if err == nil || !strings.Contains(err.Error(), "accounts.bob.options.lnd.tokens[0]: comes from the variable MACAROON, which is not set") {
		t.Error(err)
	}
	// A plugin of a program gets such an object as it is.
	c, _ = mustParse(t, strings.Replace(hostedAccount, "ilp-plugin-lightning", "other-plugin", 1))
	if text := asText(c.Accounts[0].Options); !strings.Contains(text, `"macaroon":{"env":"MACAROON"}`) {
		t.Error(text)
	}
}

// A client of the admin API reads nothing of this machine through a hosted plugin, runs no file of it,
// and sends no secret elsewhere.
func TestClientsUseNoSecretsThroughHostedPlugins(t *testing.T) {
	c, _, err := Parse("", []byte(hostedAccount), []string{"BOB_URI=btp+ws://:t0ken@bob.example", "MACAROON=maca"}, hosting(builtin))
	if err != nil {
		t.Fatal(err)
	}
	bob := c.Accounts[0]
	plain := bob
	plain.resolved = nil
	for _, tt := range []struct {
		a           Account
		patch, want string
		force       bool
	}{
		{bob, `{"maxPacketAmount":"5"}`, "", false},
		{bob, `{"options":{"lnd":{"macaroon":{"env":"PATH"}}}}`, "lnd.macaroon: refers to a secret on this machine", false},
		{bob, `{"options":{"lnd":{"hostname":"eve.example"}}}`, "accounts.bob.options.lnd: is changed, and lnd.macaroon refers to a secret on this machine", false},
		{bob, `{"options":{"lnd":{"hostname":"eve.example"}}}`, "refers to a secret on this machine", true},
		{bob, `{"options":{"new":1}}`, "accounts.bob.options.new: is changed, and lnd.macaroon refers", false},
		{bob, `{"plugin":"ilp-plugin-eve"}`, "accounts.bob.plugin: is changed, and lnd.macaroon refers", true},
		{bob, `{"plugin":"ilp-plugin-btp"}`, "accounts.bob.plugin: is changed, and lnd.macaroon refers", true},
		{bob, `{"plugin":"npm:/tmp/eve.js"}`, "accounts.bob.plugin: is a file of this machine", true},
		{bob, `{"plugin":"ilp-plugin-x/../../eve"}`, "accounts.bob.plugin: is a file of this machine", true},
		{bob, `{"plugin":"./eve"}`, "accounts.bob.plugin: is a file of this machine", true},
		{bob, `{"plugin":"C:\\eve"}`, "accounts.bob.plugin: is a file of this machine", true},
		{plain, `{"options":{"lnd":{"hostname":"eve.example"}}}`, "is changed, and the module would use the secret in lnd.macaroon otherwise", false},
		{plain, `{"options":{"lnd":{"hostname":"eve.example"}}}`, "", true},
		{plain, `{"options":{"server":"btp+ws://:new@bob.example"}}`, "", false},
	} {
		next, _, err := c.Patch(tt.a, []byte(tt.patch), tt.force, hosting(builtin))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %s", tt.patch, err, tt.want)
		}
		if err == nil && next.ID != "bob" {
			t.Errorf("%s: no account", tt.patch)
		}
	}
	// What a plugin of ours keeps secret does not reach a module either.
	ours, _, err := Parse("", []byte(one), nil, hosting(builtin))
	if err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		_, _, err := ours.Patch(ours.Accounts[0], []byte(`{"plugin":"npm:ilp-plugin-btp"}`), force, hosting(builtin))
		if force && err != nil || !force && (err == nil || !strings.Contains(err.Error(), "the module would use the secret in listener.secret otherwise")) {
			t.Errorf("force %v: %v", force, err)
		}
	}
	const entry = `{"relation":"peer","assetCode":"X","assetScale":0,`
	for text, want := range map[string]string{
		`"plugin":"/tmp/eve.js"}`: "accounts.eve.plugin: is a file of this machine, which only the configuration of the start may name",
		`"plugin":"ilp-plugin-lightning","options":{"secret":{"env":"PATH"}}}`: "accounts.eve.options.secret: refers to a secret on this machine",
		`"plugin":"@acme/plugin/sub","options":{"note":{"env":"PATH"}}}`:       "",
	} {
		for _, known := range []Known{hosting(builtin), {}} {
			_, _, err := ParseAccount("eve", []byte(entry+text), known)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	// A whole configuration, too.
	shown := asText(c.Shown())
	if _, _, err := c.Replace([]byte(shown), hosting(builtin)); err != nil {
		t.Error(err)
	}
	for old, want := range map[string]string{
		`"plugin":"ilp-plugin-lightning"`: "accounts.bob.plugin: is a file of this machine",
		`"note":"[redacted]"`:             "accounts.bob.options.note: is changed",
	} {
		eve := map[string]string{`"plugin":"ilp-plugin-lightning"`: `"plugin":"../eve"`, `"note":"[redacted]"`: `"note":1`}[old]
		if _, _, err := c.Replace([]byte(strings.Replace(shown, old, eve, 1)), hosting(builtin)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", eve, err)
		}
	}
}
