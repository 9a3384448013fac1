package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// engine returns a line of the account of one, or of another account in a block.
func engine(url, scale string) string {
	return fmt.Sprintf("    settlementEngine: {url: %q, scale: %s}\n", url, scale)
}

// settled returns a document with a peer of that balance and that settlement engine.
func settled(balance, engine string) string {
	return bob("peer", "balance: {"+balance+"}, settlementEngine: {"+engine+"}")
}

// btpSettled returns a document with an account of ilp-plugin-btp, that balance, and a line of
// an engine.
func btpSettled(balance, engine string) string {
	return strings.Replace(one, `balance: {maximum: "100"}`, "balance: {"+balance+"}", 1) + engine
}

// paying is a balance that makes us pay.
const paying = `maximum: "5", settleThreshold: "-1"`

func TestAccountWithoutSettlementIsAsInTheReference(t *testing.T) {
	c, _ := mustParse(t, one)
	if a := c.Accounts[0]; a.SettlementEngine != nil || a.Balance.SettleEvery != 0 {
		t.Errorf("got %v", a)
	}
	if text := c.String(); strings.Contains(text, "settlementEngine") || strings.Contains(text, "settleEvery") {
		t.Errorf("written: %s", text)
	}
}

// A file, a variable, an account by itself and a Go value all come to the same.
func TestSettlementIsReadFromEverywhere(t *testing.T) {
	const entry = `{"relation":"peer","plugin":"other-plugin","assetCode":"X","assetScale":0,` +
		`"balance":{"maximum":"1","settleEvery":60000},"settlementEngine":{"url":"http://h:3000","scale":6}}`
	right := func(a Account) bool {
		return a.Balance.SettleEvery == 60000 && reflect.DeepEqual(a.SettlementEngine, &SettlementEngine{URL: "http://h:3000", Scale: 6})
	}
	file, _, err := Parse("c.json", []byte(`{"ilpAddress":"test.me","accounts":{"bob":`+entry+`}}`), nil, builtin)
	if err != nil || !right(file.Accounts[0]) {
		t.Errorf("file: %v %v", file, err)
	}
	if variable, _ := mustParse(t, "ilpAddress: test.me", `CONNECTOR_ACCOUNTS={"bob":`+entry+`}`); !right(variable.Accounts[0]) {
		t.Errorf("variable: %v", variable)
	}
	if alone, _, err := ParseAccount("bob", []byte(entry), builtin); err != nil || !right(alone) {
		t.Errorf("account: %v %v", alone, err)
	}
	made, _ := mustParse(t, limits(`maximum: "1"`))
	made.Accounts[0].Balance.SettleEvery = 60000
	made.Accounts[0].SettlementEngine = &SettlementEngine{URL: "http://h:3000", Scale: 6}
	if made, _, err = made.Validate(builtin); err != nil || !right(made.Accounts[0]) {
		t.Errorf("made: %v %v", made, err)
	}
}

func TestSettlementIsShownAndWrittenOut(t *testing.T) {
	const shown = `"settlementEngine":{"url":"http://h:3000","scale":0}`
	c, _ := mustParse(t, settled(`maximum: "5", settleEvery: 1e3`, `url: "http://h:3000", scale: 0`))
	for _, v := range []any{c, c.Redacted()} {
		text, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(text), shown) || !strings.Contains(string(text), `"settleEvery":1000`) {
			t.Errorf("got %s %v", text, err)
		}
	}
	if text := string(c.Accounts[0].Written()); !strings.Contains(text, `"balance":{"maximum":"5","settleEvery":1000},`+shown) {
		t.Errorf("as written: %s", text)
	}
}

// No configuration is accepted with such a URL; a program may print one before.
func TestCredentialsOfAnEngineAreNotShown(t *testing.T) {
	c, _ := mustParse(t, one)
	for _, url := range []string{"http://me:hunter2@h", "http://hunter2@h", "me:hunter2@h", "http://h?token=hunter2"} {
		e := &SettlementEngine{URL: url, Scale: 3}
		c.Accounts[0].SettlementEngine = e
		text, _ := json.Marshal(c.Redacted())
		shown := string(text) + fmt.Sprintf("%v %+v %v %v %v", c, c, c.Accounts, e, *e)
		if strings.Contains(shown, planted) || !strings.Contains(shown, `"scale":3`) {
			t.Errorf("%s: %s", url, shown)
		}
		if c.Accounts[0].SettlementEngine != e || e.URL != url {
			t.Error("Redacted changed the configuration itself")
		}
	}
}

func TestSettlementFaults(t *testing.T) {
	url := func(url string) string { return settled(paying, "url: '"+url+"', scale: 9") }
	one := url("http://h") + "\n"
	for _, test := range (rules{
		{"host", url("http://engine"), nil},
		{"all there may be", url("HTTPS://[::1]:65535/a@b:c/%20/"), nil},
		{"nothing", url(""), []string{"accounts.bob.settlementEngine.url", "is empty", "such as http://localhost:3000"}},
		{"another scheme", url("ws://h"), []string{"accounts.bob.settlementEngine.url", "http:// or https://", "like http://"}},
		{"no scheme", url("localhost:3000"), []string{"accounts.bob.settlementEngine.url", "does not begin with"}},
		{"no slashes", url("http:h"), []string{"accounts.bob.settlementEngine.url", "has no host"}},
		{"no host", url("http://:3000/a"), []string{"accounts.bob.settlementEngine.url", "has no host"}},
		{"user", url("http://me@h"), []string{"accounts.bob.settlementEngine.url", "a user or a password", "remove everything between"}},
		{"password", url("http://:pass@h"), []string{"accounts.bob.settlementEngine.url", "a user or a password"}},
		{"password with a slash", url("http://:pa/ss@h"), []string{"accounts.bob.settlementEngine.url", "a user or a password"}},
		{"neither of them", url("http://@h"), []string{"accounts.bob.settlementEngine.url", "a user or a password"}},
		{"query", url("http://h/a?b"), []string{"accounts.bob.settlementEngine.url", "a query or a fragment"}},
		{"empty query", url("http://h/a?"), []string{"accounts.bob.settlementEngine.url", "a query or a fragment"}},
		{"fragment", url("http://h/a#b"), []string{"accounts.bob.settlementEngine.url", "a query or a fragment"}},
		{"empty fragment", url("http://h#"), []string{"accounts.bob.settlementEngine.url", "a query or a fragment"}},
		{"port too high", url("http://h:65536"), []string{"accounts.bob.settlementEngine.url", "port", "up to 65535"}},
		{"port in words", url("http://h:web"), []string{"accounts.bob.settlementEngine.url", "not a valid URL"}},
		{"space", url("http://h/a "), []string{"accounts.bob.settlementEngine.url", "not a valid URL"}},
		{"bad escape", url("http://h/%zz"), []string{"accounts.bob.settlementEngine.url", "not a valid URL"}},
		{"not a string", settled(paying, "url: 5, scale: 9"), []string{"accounts.bob.settlementEngine.url", "is a number, not a string"}},
		{"no url", settled(paying, "scale: 9"), []string{"accounts.bob.settlementEngine.url", "is not set", "such as http://localhost:3000"}},
		{"no scale", settled(paying, "url: 'http://h'"), []string{"accounts.bob.settlementEngine.scale", "is not set", "from 0 to 255"}},
		{"lowest scale", settled(paying, "url: 'http://h', scale: 0"), nil},
		{"highest scale", settled(paying, "url: 'http://h', scale: 255"), nil},
		{"scale too high", settled(paying, "url: 'http://h', scale: 256"), []string{"accounts.bob.settlementEngine.scale", "is 256", "from 0 to 255"}},
		{"scale too low", settled(paying, "url: 'http://h', scale: -1"), []string{"accounts.bob.settlementEngine.scale", "is -1", "from 0 to 255"}},
		{"part of a scale", settled(paying, "url: 'http://h', scale: 1.5"), []string{"accounts.bob.settlementEngine.scale", "not a whole number"}},
		{"unknown key", settled(paying, "uri: 'http://h', url: 'http://h', scale: 9"), []string{"accounts.bob.settlementEngine.uri", "not a setting", "url, scale"}},
		{"not a block", bob("peer", "settlementEngine: 'http://h'"), []string{"accounts.bob.settlementEngine", "is a string, not an object"}},
		{"never", limits(`maximum: "5", settleEvery: 0`), nil},
		{"every second", limits(`maximum: "5", settleEvery: 1000`), nil},
		{"more than every second", limits(`maximum: "5", settleEvery: 999`), []string{"accounts.bob.balance.settleEvery", "is 999", "less than a second", "0 for never, or 1000"}},
		{"in seconds", limits(`maximum: "5", settleEvery: 1`), []string{"accounts.bob.balance.settleEvery", "is 1, "}},
		{"back in time", limits(`maximum: "5", settleEvery: -1000`), []string{"accounts.bob.balance.settleEvery", "is -1000", "0, or a whole number from 1000 to"}},
		{"part of a millisecond", limits(`maximum: "5", settleEvery: 1000.5`), []string{"accounts.bob.balance.settleEvery", "not a whole number"}},
		{"in quotes", limits(`maximum: "5", settleEvery: "1000"`), []string{"accounts.bob.balance.settleEvery", "is a string, not a whole number"}},
		{"open API without a token", one + "settlementApiHost: 0.0.0.0", []string{"settlementApiToken", "not on loopback", "CONNECTOR_SETTLEMENT_API_TOKEN"}},
		{"open API with a token", one + "settlementApiHost: 0.0.0.0\nsettlementApiToken: x", nil},
		{"open API, and no engine", bob("peer", "") + "\nsettlementApiHost: 0.0.0.0", nil},
		{"port of the admin API", one + "adminApi: true\nsettlementApiPort: 7780", []string{"settlementApiPort", "the same port", "admin API"}},
		{"port of the admin API, and no engine", bob("peer", "") + "\nadminApi: true\nsettlementApiPort: 7780", nil},
		{"longer than a timer", limits(`maximum: "5", settleEvery: 2147483648`), []string{"accounts.bob.balance.settleEvery", "to 2147483647"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, _, faults := parse(t, test.document)
			if test.words == nil && faults != nil || test.words != nil && (len(faults) != 1 || !hasLine(faultLines(faults), test.words...)) {
				t.Errorf("got\n%v\nwant one fault with %q", faults, test.words)
			}
		})
	}
}

func TestSettlementWarnings(t *testing.T) {
	const there = "url: 'http://h', scale: 9"
	const never = "we never pay"
	for _, test := range (rules{
		{"below a threshold", settled(paying, there), nil},
		{"every second", settled(`maximum: "5", settleEvery: 1000`, there), nil},
		{"never", settled(`maximum: "5"`, there), []string{"accounts.bob.settlementEngine: ", never, "set one of them"}},
		{"never, in words", settled(`maximum: "5", settleThreshold: "-Infinity", settleEvery: 0`, there), []string{"accounts.bob.settlementEngine: ", never}},
		{"regularly, whatever the threshold", settled(`maximum: "5", settleThreshold: "-Infinity", settleEvery: 1000`, there), nil},
		{"an interval without an engine", limits(`maximum: "5", settleEvery: 1000`), nil},
		{"aiming above the maximum", limits(`maximum: "-1", settleEvery: 1000`), []string{"accounts.bob.balance.settleTo", "above the maximum"}},
		{"aiming at the minimum", limits(`minimum: "0", maximum: "5", settleEvery: 1000`), []string{"accounts.bob.balance.settleTo", "not above the minimum", "settleEvery has no effect"}},
		{"only booked", btpSettled(`maximum: "5", settleThreshold: "-1"`, ""), []string{"accounts.bob.balance.settleThreshold", "only books: nothing pays", "set settlementEngine"}},
		{"only booked regularly", btpSettled(`maximum: "5", settleEvery: 1000`, ""), []string{"accounts.bob.balance.settleEvery", "only books: nothing pays"}},
		{"never settled, and only booked", btpSettled(`minimum: "-5", maximum: "5", settleThreshold: "-6"`, ""),
			[]string{"accounts.bob.balance.settleThreshold", "never falls below it, so we never settle", "raise settleThreshold", "and set settlementEngine, without which we only book"}},
		{"never settled by the clock, and only booked", btpSettled(`minimum: "0", maximum: "5", settleEvery: 1000`, ""),
			[]string{"accounts.bob.balance.settleTo", "settleEvery has no effect", "and set settlementEngine"}},
		{"aiming above the maximum with a threshold", btpSettled(`minimum: "-5", maximum: "-1", settleThreshold: "-6", settleEvery: 1000`, ""),
			[]string{"accounts.bob.balance.settleTo", "above the maximum", "no settlement can ever happen"}},
		{"aiming above the maximum with an engine", settled(`minimum: "-500", maximum: "-1", settleThreshold: "-6", settleEvery: 1000`, "url: 'http://h', scale: 6"),
			[]string{"accounts.bob.balance.settleTo", "above the maximum"}},
		{"never booked", btpSettled(`maximum: "5"`, ""), nil},
		{"paid by an engine", btpSettled(`maximum: "5", settleThreshold: "-1"`, engine("http://h", "9")), nil},
		{"less than a unit", settled(`maximum: "5", minimum: "-999", settleThreshold: "-1"`, "url: 'http://h', scale: 6"),
			[]string{"accounts.bob.balance.minimum", "units of 1000", "never settle", "larger scale"}},
		{"less than a unit above settleTo", settled(`maximum: "5", minimum: "-2000", settleThreshold: "-1600", settleTo: "-1001"`, "url: 'http://h', scale: 6"),
			[]string{"accounts.bob.balance.minimum", "units of 1000"}},
		{"a unit beyond all balances", settled(`maximum: "5", minimum: "-2000", settleThreshold: "-1"`, "url: 'http://h', scale: 0"),
			[]string{"accounts.bob.balance.minimum", "units of 1000000000"}},
		{"a unit", settled(`maximum: "5", minimum: "-1000", settleThreshold: "-1"`, "url: 'http://h', scale: 6"), nil},
		{"a unit without a minimum", settled(`maximum: "5", settleThreshold: "-1"`, "url: 'http://h', scale: 6"), nil},
		{"aiming above the minimum", limits(`minimum: "-1", maximum: "5", settleEvery: 1000`), nil},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, warnings := mustParse(t, test.document)
			lines := warningLines(warnings)
			if test.words == nil && lines != nil || test.words != nil && (len(lines) != 1 || !hasLine(lines, test.words...)) {
				t.Errorf("got %q\nwant one warning with %q", lines, test.words)
			}
		})
	}
	// Of two ways to settle, one works: it books, and the other one has no effect.
	_, warnings := mustParse(t, btpSettled(`minimum: "-5", maximum: "5", settleThreshold: "-6", settleEvery: 1000`, ""))
	if lines := warningLines(warnings); len(lines) != 2 || !hasLine(lines, "balance.settleThreshold: ", "so only settleEvery has an effect") ||
		!hasLine(lines, "balance.settleEvery: only books") {
		t.Errorf("a threshold without effect: got %q", lines)
	}
	_, warnings = mustParse(t, bob("peer", "settlementEngine: {"+there+"}"))
	if lines := warningLines(warnings); len(lines) != 2 || !hasLine(lines, "accounts.bob.settlementEngine: ", "nothing to settle", "set balance") {
		t.Errorf("no balance: got %q", lines)
	}
}

// A warning that only follows from a fault is noise.
func TestFaultOfABalanceBringsNoWarningOfTheEngine(t *testing.T) {
	const there = "settlementEngine: {url: 'http://h', scale: 9}, "
	for _, balance := range []string{"balance: 5", `balance: {maximum: "5", settleThreshold: -1}`, `balance: {maximum: "5", settleEvery: "1s"}`} {
		_, warnings, faults := parse(t, bob("peer", there+balance))
		if len(faults) != 1 || warnings != nil {
			t.Errorf("%s: %v %v", balance, faults, warnings)
		}
	}
}
