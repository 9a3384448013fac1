package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An object in an option means a secret to some plugins alone. It does not become one when an
// operator changes the plugin: the patch that does so has no reference of its own.
func TestAPatchOfThePluginMakesNoReference(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := mustParse(t, `
ilpAddress: test.me
accounts:
  eve: {relation: peer, plugin: other-plugin, assetCode: USD, assetScale: 9}
`)
	eve := c.Accounts[0]
	for _, ref := range []string{`{"file":"` + file + `"}`, `{"env":"PATH"}`, `{"credential":"x"}`} {
		for _, options := range []string{`{"server":"btp+ws://127.0.0.1:9","btpToken":` + ref + `}`, `{"listener":{"port":9,"secret":` + ref + `}}`} {
			first, _, err := c.Patch(eve, []byte(`{"options":`+options+`}`), false, builtin)
			if err != nil {
				t.Fatal(err) // a plugin of a program may take such objects
			}
			a, _, err := c.Patch(first, []byte(`{"plugin":"ilp-plugin-btp"}`), false, builtin)
			if err == nil || !strings.Contains(err.Error(), "only the configuration of the start") {
				t.Errorf("%s: the options are now %v, %v", options, a.Options, err)
			}
		}
	}
}

// Whoever has the server that we dial gets our token.
func TestAPatchSendsNoSecretToAnotherServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := mustParse(t, `
ilpAddress: test.me
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+wss://bob.example", btpToken: {file: `+file+`}}}
  carl: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+wss://carl.example", btpToken: own}}
`)
	bob, carl := c.Accounts[0], c.Accounts[1]
	for _, options := range []string{`{"server":"btp+wss://eve.example"}`, `{"tls":{"rejectUnauthorized":false}}`} {
		if _, _, err := c.Patch(bob, []byte(`{"options":`+options+`}`), false, Known{}); err == nil || !strings.Contains(err.Error(), "another server would get") {
			t.Errorf("%s: %v", options, err)
		}
		if _, _, err := c.Patch(bob, []byte(`{"options":`+options+`}`), true, Known{}); err == nil {
			t.Errorf("%s is forced", options)
		}
		if _, _, err := c.Patch(carl, []byte(`{"options":`+options+`}`), false, Known{}); err == nil ||
			!strings.Contains(err.Error(), "another server would get the secret in btpToken") || strings.Contains(err.Error(), "own") {
			t.Errorf("without a reference, %s: %v", options, err)
		}
		if _, _, err := c.Patch(carl, []byte(`{"options":`+options+`}`), true, Known{}); err != nil {
			t.Errorf("forced, %s: %v", options, err)
		}
		if _, _, err := c.Patch(carl, []byte(`{"options":{"btpToken":"own",`+options[1:]+`}`), false, Known{}); err != nil {
			t.Errorf("said again, %s: %v", options, err)
		}
	}
	a, _, err := c.Patch(bob, []byte(`{"options":{"server":"btp+wss://b.example","btpToken":"new"}}`), false, Known{})
	if err != nil || a.Options["btpToken"] != "new" {
		t.Errorf("with a token of its own: %v", err)
	}
	if _, _, err := c.Patch(bob, []byte(`{"maxPacketAmount":"5","options":{"server":"btp+wss://bob.example"}}`), false, Known{}); err != nil {
		t.Errorf("the same server: %v", err)
	}
}

// The secret may be in the server itself, or be an old one.
func TestAPatchSaysEachSecretForAnotherServer(t *testing.T) {
	c, _ := mustParse(t, `
ilpAddress: test.me
accounts:
  uri: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {server: "btp+wss://a:hunter2@b.example", tls: {serverName: b}}}
  old: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {
    server: "btp+wss://b.example", btpToken: hunter3, oldToken: {token: hunter2, until: "2026-01-01T00:00:00Z"}}}
  ref: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {
    server: "btp+wss://b.example", btpToken: hunter3, oldToken: {token: {env: OLD}, until: "2026-01-01T00:00:00Z"}}}
  idle: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, options: {btpToken: hunter2, listener: {port: 1, secret: x}}}
`, "OLD=hunter2")
	for _, tt := range []struct{ id, options, words string }{
		{"uri", `{"server":"btp+wss://a:hunter2@eve.example"}`, ""},
		{"uri", `{"tls":{"cert":"c.pem","key":"k.pem"}}`, ""},
		{"uri", `{"tls":{"ca":"eve.pem"}}`, "secret in server"},
		{"uri", `{"tls":null}`, "secret in server"},
		{"uri", `{"tls":{"ca":"eve.pem"},"server":"btp+wss://a:hunter2@b.example"}`, ""},
		{"old", `{"server":"btp+wss://eve.example","btpToken":"hunter3"}`, "secret in oldToken"},
		{"old", `{"server":"btp+wss://eve.example","btpToken":"hunter3","oldToken":null}`, ""},
		{"old", `{"server":"btp+wss://eve.example","btpToken":"x","oldToken":{"until":"2099-01-01T00:00:00Z"}}`, "secret in oldToken"},
		{"old", `{"server":"btp+wss://eve.example","btpToken":"x","oldToken":{"until":"2026-01-01T00:00:00Z"}}`, "secret in oldToken"},
		{"old", `{"server":"btp+wss://eve.example","btpToken":"x","oldToken":{"token":"hunter2","until":"2099-01-01T00:00:00Z"}}`, ""},
		{"ref", `{"server":"btp+wss://eve.example","btpToken":"x","oldToken":{"until":"2099-01-01T00:00:00Z"}}`, "oldToken refers to a secret"},
		{"ref", `{"server":"btp+wss://eve.example","btpToken":"x","oldToken":{"token":{"env":"OLD"},"until":"2099-01-01T00:00:00Z"}}`, "oldToken refers to a secret"},
		{"idle", `{"server":"btp+wss://eve.example"}`, "secret in btpToken"},
	} {
		a, _ := c.Accounts.Find(tt.id)
		_, _, err := c.Patch(a, []byte(`{"options":`+tt.options+`}`), false, Known{})
		if (err == nil) != (tt.words == "") || err != nil && (!strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), planted)) {
			t.Errorf("%s %s: %v", tt.id, tt.options, err)
		}
	}
}
