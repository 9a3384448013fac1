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
			first, _, err := c.Patch(eve, []byte(`{"options":`+options+`}`), Known{})
			if err != nil {
				t.Fatal(err) // a plugin of a program may take such objects
			}
			a, _, err := c.Patch(first, []byte(`{"plugin":"ilp-plugin-btp"}`), Known{})
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
		if _, _, err := c.Patch(bob, []byte(`{"options":`+options+`}`), Known{}); err == nil || !strings.Contains(err.Error(), "another server would get") {
			t.Errorf("%s: %v", options, err)
		}
		if _, _, err := c.Patch(carl, []byte(`{"options":`+options+`}`), Known{}); err != nil {
			t.Errorf("without a reference, %s: %v", options, err)
		}
	}
	a, _, err := c.Patch(bob, []byte(`{"options":{"server":"btp+wss://b.example","btpToken":"new"}}`), Known{})
	if err != nil || a.Options["btpToken"] != "new" {
		t.Errorf("with a token of its own: %v", err)
	}
	if _, _, err := c.Patch(bob, []byte(`{"maxPacketAmount":"5","options":{"server":"btp+wss://bob.example"}}`), Known{}); err != nil {
		t.Errorf("the same server: %v", err)
	}
}
