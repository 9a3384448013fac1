package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
)

func TestVariableReplacesWholeSettingOfFile(t *testing.T) {
	c, _ := mustParse(t, one+`
spread: 0.5
backendConfig: {a: 1, b: 2}
`, "CONNECTOR_SPREAD=0.25", `CONNECTOR_BACKEND_CONFIG={"c":3}`,
		`CONNECTOR_ACCOUNTS={"carol":{"relation":"child","plugin":"ilp-plugin-mini-accounts","assetCode":"XRP","assetScale":6}}`)
	if len(c.Accounts) != 1 || c.Accounts[0].ID != "carol" {
		t.Errorf("accounts are %v, want carol of the variable alone", c.Accounts)
	}
	if c.Spread != "0.25" || len(c.BackendConfig) != 1 {
		t.Errorf("spread %s, backendConfig %v", c.Spread, c.BackendConfig)
	}
	for setting, want := range map[string]string{"spread": "CONNECTOR_SPREAD", "ilpAddress": "file", "backend": "default"} {
		if got := c.Origin(setting); got != want {
			t.Errorf("origin of %s is %s, want %s", setting, got, want)
		}
	}
}

func TestAccountsKeepTheirOrder(t *testing.T) {
	const entry = `{"relation":"parent","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,"balance":{"maximum":"1"},"options":{"server":"btp+ws://:t@h:1"}}`
	documents := map[string]string{
		"c.json": `{"accounts":{"zoe":` + entry + `,"10":` + entry + `,"adam":` + entry + `,"9":` + entry + `}}`,
		"c.yaml": "accounts:\n  zoe: " + entry + "\n  10: " + entry + "\n  adam: " + entry + "\n  '9': " + entry + "\n",
	}
	for name, text := range documents {
		c, _, err := Parse(name, []byte(text), nil, builtin)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var ids []string
		for _, a := range c.Accounts {
			ids = append(ids, a.ID)
		}
		if want := []string{"zoe", "10", "adam", "9"}; !reflect.DeepEqual(ids, want) {
			t.Errorf("%s: order %v, want %v", name, ids, want)
		}
		if parent, ok := c.AddressParent(); !ok || parent.ID != "zoe" {
			t.Errorf("%s: address from %q; want zoe", name, parent.ID)
		}
	}
}

func TestEmptyAccountsAreEnough(t *testing.T) {
	c, warnings, err := Parse("", nil, []string{"CONNECTOR_ACCOUNTS={}", "CONNECTOR_ILP_ADDRESS=test.quickstart"}, builtin)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if c.ILPAddress != "test.quickstart" || c.Spread != "0.002" || c.MaxHoldTime.Duration() != 30*time.Second {
		t.Errorf("got %v", c)
	}
}

func TestUnknownAddressIsUnset(t *testing.T) {
	c, _ := mustParse(t, `
accounts: {up: {relation: parent, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, options: {server: "btp+ws://h"}}}
`, "CONNECTOR_ILP_ADDRESS=unknown")
	if c.ILPAddress != "" {
		t.Errorf("address is %q, want none", c.ILPAddress)
	}
}

func TestFormatFollowsNameOrText(t *testing.T) {
	const asJSON, asYAML = "\ufeff {\"accounts\": {}, \"ilpAddress\": \"test.a\"}", "accounts: {}\nilpAddress: test.a\n"
	for _, test := range []struct {
		name, text string
		fine       bool
	}{
		{"a.json", asJSON, true}, {"a.JSON", asJSON, true}, {"a.conf", asJSON, true}, {"", asJSON, true},
		{"a.yaml", asYAML, true}, {"a.yml", asYAML, true}, {"a.conf", asYAML, true}, {"", asYAML, true},
		{"a.yaml", asJSON[len("\ufeff"):], true}, {"a.json", asYAML, false},
	} {
		if _, _, err := Parse(test.name, []byte(test.text), nil, builtin); (err == nil) != test.fine {
			t.Errorf("%q with %q: %v", test.name, test.text, err)
		}
	}
}

func TestLoadReadsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "connector.yaml")
	if err := os.WriteFile(file, []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := Load(file, []string{"CONNECTOR_ILP_ADDRESS=test.you"}, builtin)
	if err != nil || c.ILPAddress != "test.you" || c.Accounts[0].ID != "bob" {
		t.Fatal(c, err)
	}
	_, _, err = Load(file+".none", nil, builtin)
	if err == nil || !hasLine([]string{err.Error()}, "read "+file+".none: ", "no such file") {
		t.Errorf("missing file: %v", err)
	}
}

func TestValidateFillsWhatAccountsLeaveOut(t *testing.T) {
	c := Default()
	c.ILPAddress = "test.made"
	c.Accounts = Accounts{{
		ID: "bob", Relation: account.Peer, Plugin: "ilp-plugin-btp", AssetCode: "USD", AssetScale: 9,
		Balance: &Balance{Maximum: "5"}, Options: map[string]any{"listener": map[string]any{"port": 9000, "secret": "s"}},
	}}
	next, warnings, err := c.Validate(builtin)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	read, _ := mustParse(t, `
ilpAddress: test.made
accounts: {bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "5"}, options: {listener: {port: 9000, secret: s}}}}
`)
	read.Accounts[0].written = nil // nobody wrote the other
	if !reflect.DeepEqual(next.Accounts, read.Accounts) {
		t.Errorf("made by hand %v\nread         %v", next.Accounts, read.Accounts)
	}
	if c.Accounts[0].RateLimit.RefillCount != 0 {
		t.Error("Validate changed the configuration it was given")
	}
}

func TestValidateReportsWhatAFileCouldNotHold(t *testing.T) {
	c := Default()
	c.ILPAddress = "test.made"
	c.Accounts = Accounts{{ID: "bob"}, {ID: "bob"}}
	_, _, err := c.Validate(builtin)
	if err == nil || !hasLine(faultLines(err.(Faults)), "accounts.bob", "given twice") {
		t.Errorf("two accounts with one id: %v", err)
	}
	c.Spread = "lots"
	if _, _, err := c.Validate(builtin); err == nil || !hasLine(faultLines(err.(Faults)), "spread", "not a number") {
		t.Errorf("spread in words: %v", err)
	}
	c.Spread, c.BackendConfig = "0", map[string]any{"f": func() {}}
	if _, _, err := c.Validate(builtin); err == nil {
		t.Error("a function is no JSON")
	}
}

func TestParseAccountChecksOneAccount(t *testing.T) {
	const good = `{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,"balance":{"maximum":"9"},"options":{"listener":{"port":1,"secret":"x"}}}`
	a, warnings, err := ParseAccount("bob", []byte(good), builtin)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if a.ID != "bob" || a.RateLimit.RefillCount != 10000 || a.Balance.SettleTo != "0" {
		t.Errorf("got %v", a)
	}
	for id, text := range map[string]string{"bob": `{"relation":"chld"}`, "b b": good, "x": `nonsense`, "y": `null`, "z": `[]`} {
		if _, _, err := ParseAccount(id, []byte(text), builtin); err == nil {
			t.Errorf("%s %s: no fault", id, text)
		}
	}
}

// A device, or a log named by mistake, is not read without end.
func TestFileThatIsNoConfigurationIsNotReadWithoutEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "huge.yaml")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, fileBytesMax+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(name, nil, builtin); err == nil || !strings.Contains(err.Error(), "is larger than") {
		t.Errorf("a file over the bound: %v", err)
	}
}

// An account is validated as beside all the others, with the same faults and warnings.
func TestValidateAccountSaysWhatValidateSays(t *testing.T) {
	c, _ := mustParse(t, `
ilpAddress: test.made
backend: one-to-one
accounts:
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, children: {perChild: {balance: {maximum: "5"}}}, options: {listener: {port: 9000}}}
  bob: {relation: child, plugin: other-plugin, assetCode: USD, assetScale: 9, balance: {maximum: "5"}}
routes: [{targetPrefix: test.far, peerId: bob}]
defaultRoute: alice
`)
	others := NewIndex(c.Accounts...)
	good := Account{ID: "carl", Relation: account.Child, Plugin: "other-plugin", AssetCode: "USD", AssetScale: 9, Balance: &Balance{Maximum: "5"}}
	listens := func(port int, secret string) map[string]any {
		return map[string]any{"listener": map[string]any{"port": port, "secret": secret}}
	}
	for name, change := range map[string]func(a *Account){
		"good":             func(*Account) {},
		"another currency": func(a *Account) { a.AssetCode = "EUR" },
		"no limit":         func(a *Account) { a.Balance = nil },
		"no plugin":        func(a *Account) { a.Plugin = "lopback" },
		"two faults":       func(a *Account) { a.Balance = &Balance{Maximum: "x"}; a.MaxPacketAmount = "-5" },
		"limits crossed":   func(a *Account) { a.Balance = &Balance{Maximum: "5", Minimum: "6"} },
		"the same address": func(a *Account) { a.ILPAddressSegment = "bob" },
		"the same port":    func(a *Account) { a.Plugin, a.Options = "ilp-plugin-btp", listens(9000, "t") },
		"another port":     func(a *Account) { a.Plugin, a.Options = "ilp-plugin-btp", listens(9001, "t") },
		"an unknown option": func(a *Account) {
			a.Plugin, a.Options = "ilp-plugin-btp", map[string]any{"lissener": map[string]any{"port": 1}}
		},
		"a reference": func(a *Account) {
			a.Plugin, a.Options = "ilp-plugin-btp", map[string]any{"listener": map[string]any{"port": 9001, "secret": map[string]any{"env": "HOME"}}}
		},
		"no JSON":          func(a *Account) { a.Options = map[string]any{"f": func() {}} },
		"no id":            func(a *Account) { a.ID = "a b" },
		"a child of alice": func(a *Account) { a.ID = "alice.carl" },
		"a parent":         func(a *Account) { a.Relation = account.Parent },
	} {
		a := good
		change(&a)
		whole := *c
		whole.Accounts = append(slices.Clone(c.Accounts), a)
		_, wantWarnings, wantErr := whole.Validate(builtin)
		wantWarnings = slices.DeleteFunc(wantWarnings, func(w Warning) bool { return !strings.HasPrefix(w.Path, AccountPath(a.ID)) })
		warnings, err := c.ValidateAccount(a, others, builtin)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || fmt.Sprint(warnings) != fmt.Sprint(wantWarnings) {
			t.Errorf("%s: %v, %v; want %v, %v", name, err, warnings, wantErr, wantWarnings)
		}
		if text, failed := json.Marshal(a); failed == nil {
			if parsed, _, failed := ParseAccount(a.ID, text, Known{}); failed == nil {
				again, err := c.ValidateParsed(parsed, others, builtin)
				if fmt.Sprint(err) != fmt.Sprint(wantErr) || fmt.Sprint(again) != fmt.Sprint(wantWarnings) {
					t.Errorf("%s, parsed: %v, %v; want %v, %v", name, again, err, wantWarnings, wantErr)
				}
			}
		}
		if bad := name != "good" && !strings.HasPrefix(name, "another") && name != "a parent" && name != "no limit"; (err != nil) != bad {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !reflect.DeepEqual(others, NewIndex(c.Accounts...)) {
		t.Errorf("ValidateAccount left %+v", others)
	}
}

// The schema is read once, and by several goroutines at a time.
func TestAccountsAreParsedAtTheSameTime(t *testing.T) {
	var parsing sync.WaitGroup
	for range 8 {
		parsing.Go(func() {
			for _, text := range []string{`{"relation":"child","plugin":"other-plugin","assetCode":"USD","assetScale":2}`, `{"relation":"cousin","assetScale":"x"}`} {
				_, _, _ = ParseAccount("bob", []byte(text), builtin)
			}
		})
	}
	parsing.Wait()
}
