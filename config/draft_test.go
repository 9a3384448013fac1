package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A check goes on after a fault, with the settings that have none.
func TestDraftHasWhatIsSound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	text := "adminApi: true\nspread: lots\nstorePath: /var/x\nstoreConfig: {durability: never}\naccounts:\n" +
		"  alice: {relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: 5, options: {listener: {port: 7001, secret: s}}}\n" +
		"  bob: {relation: peer, plugin: ilp-plugin-btb, assetCode: X, assetScale: 0, balance: {maximum: '1'}, options: {listener: {port: 7002, secret: s}}}\n" +
		"  carol: {relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: {maximum: '1'}, options: {listener: {port: 7003, secret: s, host: 'a b'}}}\n" +
		"ilpAddress: test.me\nadminApiHost: 127.0.0.1:1\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := Draft(file, []string{"CONNECTOR_ADMIN_API_PORT=x"}, builtin)
	if err == nil || c == nil {
		t.Fatalf("%v, %v", c, err)
	}
	for path, want := range map[string]bool{
		"": false, "spread": false, "storePath": true, "store": true, "storeConfig": false, "storeConfig.path": true, "storeConfig.durability": false,
		"accounts": false, "accounts.alice": false, "accounts.alice.balance": false, "accounts.alice.balance.maximum": false, "accounts.alice.options": true,
		"accounts.bob.plugin": false, "accounts.carol.options": false, "accounts.carol.plugin": true, "accounts.al": true, "adminApi": true, "adminApiPort": false,
	} {
		if got := c.Sound(path); got != want {
			t.Errorf("Sound(%q) is %t", path, got)
		}
	}
	if c.StoreFile() != "/var/x" || len(c.Sockets()) != 1 || c.Sockets()[0] != (Socket{Owner: `account "alice"`, Path: "accounts.alice.options.listener.port", Port: 7001}) {
		t.Errorf("%q, %+v", c.StoreFile(), c.Sockets())
	}
	if c, _, err := Load(file, nil, builtin); c != nil || err == nil {
		t.Errorf("Load returned %v, %v", c, err)
	}
}

func TestConfigurationWithoutFaultsIsSound(t *testing.T) {
	c, _, err := Draft("", []string{"CONNECTOR_ACCOUNTS={}", "CONNECTOR_ILP_ADDRESS=test.me", "CONNECTOR_ADMIN_API=1", "CONNECTOR_ADMIN_API_PORT=0"}, builtin)
	if err != nil || !c.Sound("") || !c.Sound("accounts") {
		t.Errorf("%v", err)
	}
	if got := c.Sockets(); !slices.Equal(got, []Socket{{Owner: "the admin API", Path: "adminApiPort", Host: "127.0.0.1"}}) {
		t.Errorf("%+v", got)
	}
}

// A file that cannot be read hides nothing that the variables say, and is no reason for faults
// of what it may hold.
func TestUnreadFileHidesNoFaultOfVariables(t *testing.T) {
	environ := []string{"CONNECTOR_SPREAD=lots", "CONNECTOR_STORE_PATH=/a ", "CONNECTOR_SPRAED=1", "CONNECTOR_ADMIN_API=true", "CONNECTOR_ADMIN_API_HOST=0.0.0.0", "CONNECTOR_MAX_HOLD_TIME=1"}
	broken := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"nothing.yaml": "read nothing.yaml: ", broken: broken + " is not valid JSON"} {
		c, warnings, err := Draft(file, environ, builtin)
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != 3 || !hasLine(lines, want) || !hasLine(lines, "spread (CONNECTOR_SPREAD): is \"lots\"") || !hasLine(lines, "storePath (CONNECTOR_STORE_PATH): begins or ends") {
			t.Errorf("%s: %v", file, err)
		}
		if len(warnings) != 1 || warnings[0].Variable != "CONNECTOR_SPRAED" {
			t.Errorf("%s: %v", file, warnings)
		}
		if c.Sound("storePath") || c.Sound("store") || c.Sound("accounts") || len(c.Sockets()) != 0 {
			t.Errorf("%s: what the file may say counts as known", file)
		}
	}
}
