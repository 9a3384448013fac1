package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccountsArePatched(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := mustParse(t, `
ilpAddress: test.me
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "5", minimum: "-5"}, maxPacketAmount: "9",
    options: {listener: {port: 7, secret: {file: `+secret+`}}}}
`)
	bob := c.Accounts[0]
	for patch, check := range map[string]func(a Account) bool{
		`{}`:                              func(a Account) bool { return a.Hash() == bob.Hash() },
		`{"maxPacketAmount":"8"}`:         func(a Account) bool { return a.MaxPacketAmount == "8" && a.Balance.Maximum == "5" },
		`{"maxPacketAmount":null}`:        func(a Account) bool { return a.MaxPacketAmount == "" },
		`{"balance":{"maximum":"7"}}`:     func(a Account) bool { return a.Balance.Maximum == "7" && a.Balance.Minimum == "-5" },
		`{"balance":{"minimum":null}}`:    func(a Account) bool { return a.Balance.Minimum == "-Infinity" },
		`{"balance":null}`:                func(a Account) bool { return a.Balance == nil },
		`{"rateLimit":{"refillCount":3}}`: func(a Account) bool { return a.RateLimit.RefillCount == 3 && a.RateLimit.RefillPeriod == 60000 },
		`{"options":{"listener":{"port":8}}}`: func(a Account) bool {
			o, err := a.BTP()
			return err == nil && o.Listener.Port == 8 && o.Listener.Secret == "hunter2"
		},
	} {
		a, _, err := c.Patch(bob, []byte(patch), false, Known{})
		if err != nil || !check(a) {
			t.Errorf("%s: %v, %v", patch, a, err)
			continue
		}
		if strings.Contains(string(a.Text()), "hunter2") {
			t.Errorf("%s: the text to keep holds the secret: %s", patch, a.Text())
		}
		again, _, err := c.Kept("bob", a.Text(), Known{})
		if err != nil || again.Hash() != a.Hash() {
			t.Errorf("%s: kept %s, %v", patch, a.Text(), err)
		}
	}
	for patch, words := range map[string]string{
		``: "", `[]`: "by no object", `{"maxPacketAmount":"x"}`: "maxPacketAmount", `{"maxPaketAmount":"1"}`: "did you mean maxPacketAmount?",
		`{"relation":null}`: "relation", `{"balance":{"maximum":"-9"}}`: "above the maximum",
		`{"options":{"listener":{"secret":{"file":"/etc/passwd"}}}}`: "only the configuration of the start",
		`{"options":{"btpToken":{"env":"HOME"}}}`:                    "only the configuration of the start",
	} {
		if a, _, err := c.Patch(bob, []byte(patch), false, Known{}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, %v", patch, a, err)
		}
	}
	if c.Accounts[0].Hash() != bob.Hash() {
		t.Error("the account itself was changed")
	}
}
