package config

import (
	"os"
	"strings"
	"testing"
)

// Every mistake there is in one file; all of them come out, in the order of
// the settings, and none hides another.
func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	document, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // the validator visits maps in any order
		_, warnings, faults := parse(t, string(document), "CONNECTOR_ROUTE_EXPIRY=soon", "CONNECTOR_REFLECT_PAYMENTS=yes", "CONNECTOR_STORE_PTAH=x")
		got := faults.Error() + "\n\nWarnings\n" + strings.Join(warningLines(warnings), "\n") + "\n"
		golden(t, "testdata/faults.golden", []byte(got))
	}
}

// bob returns a document with one account of that relation, and more keys of it.
func bob(relation, more string) string {
	return `
ilpAddress: test.me
accounts:
  bob: {relation: ` + relation + `, plugin: other-plugin, assetCode: USD, assetScale: 9, ` + more + `}
`
}

// limits returns a document with one account of that balance.
func limits(balance string) string { return bob("peer", "balance: {"+balance+"}") }

// rules are documents and words of the one fault or warning each of them has.
type rules []struct {
	name     string
	document string
	words    []string // nil for none
}

func TestRulesBetweenSettings(t *testing.T) {
	const child = `{relation: child, plugin: ilp-plugin-mini-accounts, assetCode: X, assetScale: 0, balance: {maximum: "1"}`
	const parent = `{relation: parent, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: {maximum: "1"}, options: {server: "btp+wss://h"}}`
	listen := func(port string) string {
		return `{relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: {maximum: "1"}, options: {listener: {secret: s, ` + port + `}}}`
	}
	for _, test := range (rules{
		{"address of a peer", "ilpAddress: peer.me\naccounts: {}", []string{"ilpAddress", "peer.*"}},
		{"address of self", "ilpAddress: self.me\naccounts: {}", []string{"ilpAddress", "self.*"}},
		{"address without segments", "ilpAddress: test\naccounts: {}", []string{"ilpAddress", "more segments"}},
		{"address with an empty segment", "ilpAddress: test..me\naccounts: {}", []string{"ilpAddress", "not an ILP address"}},
		{"address with a dot at the end", "ilpAddress: test.me.\naccounts: {}", []string{"ilpAddress", "not an ILP address"}},
		{"address of no network", "ilpAddress: tests.me\naccounts: {}", []string{"ilpAddress", "does not begin with g"}},
		{"address too long", "ilpAddress: test." + strings.Repeat("x", 1019) + "\naccounts: {}", []string{"ilpAddress", "longer than 1023"}},
		{"longest address", "ilpAddress: test." + strings.Repeat("x", 1018) + "\naccounts: {}", nil},
		{"address of each scheme", "ilpAddress: private.a~b-c_d.E\naccounts: {}", nil},
		{"admin API with a port in its host", one + "adminApi: true\nadminApiHost: 127.0.0.1:7780", []string{"adminApiHost", "127.0.0.1:7780", "holds a port"}},
		{"admin API that is off", one + "adminApiHost: 127.0.0.1:7780", nil},
		{"settlement API with a URL as host", bob("peer", "settlementEngine: {url: 'http://h', scale: 2}") + "settlementApiHost: http:/127.0.0.1\nsettlementApiToken: x", []string{"settlementApiHost", "URL"}},
		{"long token of the admin API", one + "adminApiToken: " + strings.Repeat("x", secretMax+1), []string{"adminApiToken", "longer", "16000"}},
		{"long token of the settlement API", one + "settlementApiToken: " + strings.Repeat("x", secretMax+1), []string{"settlementApiToken", "longer", "16000"}},
		{"no address, no parent", "accounts: {}", []string{"ilpAddress (CONNECTOR_ILP_ADDRESS)", "not set", "parent"}},
		{"no address, a parent", "accounts: {up: " + parent + "}", nil},
		{"no address, a parent misspelt", "accounts: {up: " + strings.Replace(parent, "parent", "parnt", 1) + "}", []string{"accounts.up.relation", "did you mean parent?"}},
		{"inherit from nobody", "ilpAddressInheritFrom: Up\naccounts: {up: " + parent + "}", []string{"ilpAddressInheritFrom", "not an account", "did you mean up?"}},
		{"inherit from a child", "ilpAddressInheritFrom: kid\naccounts: {up: " + parent + ", kid: " + child + "}}", []string{"ilpAddressInheritFrom", "a child", "only a parent"}},
		{"default route to nobody", "ilpAddress: test.me\ndefaultRoute: bob\naccounts: {}", []string{"defaultRoute", `"bob"`, "not an account"}},
		{"no default route", "ilpAddress: test.me\ndefaultRoute: ''\naccounts: {}", nil},
		{"id with a space", "ilpAddress: test.me\naccounts: {'a b': " + parent + "}", []string{`accounts["a b"]`, "not an account id"}},
		{"empty id", "ilpAddress: test.me\naccounts: {'': " + parent + "}", []string{`accounts[""]`, "not an account id"}},
		{"odd but fine id", "ilpAddress: test.me\naccounts: {'a.b~c-d_e.': " + parent + "}", nil},
		{"id that makes no address", "ilpAddress: test.me\naccounts: {a..b: " + child + "}}", []string{`accounts["a..b"]`, "no ILP address", "ilpAddressSegment"}},
		{"segment for such an id", "ilpAddress: test.me\naccounts: {a..b: " + child + ", ilpAddressSegment: ab}}", nil},
		{"segment with a slash", "ilpAddress: test.me\naccounts: {a: " + child + ", ilpAddressSegment: a/b}}", []string{"accounts.a.ilpAddressSegment", "no ILP address"}},
		{"two children, one segment", "ilpAddress: test.me\naccounts: {a: " + child + ", options: {port: 1}}, b: " + child + ", options: {port: 2}, ilpAddressSegment: a}}",
			[]string{"accounts.b.ilpAddressSegment", `"b"`, `"a"`, "same address"}},
		{"minimum above maximum", limits(`minimum: "6", maximum: "5"`), []string{"accounts.bob.balance.minimum", `"6"`, `"5"`}},
		{"minimum far above maximum", limits(`minimum: "100000000000000000000000", maximum: "9"`), []string{"accounts.bob.balance.minimum"}},
		{"infinite minimum", limits(`minimum: "Infinity", maximum: "5"`), []string{"accounts.bob.balance.minimum"}},
		{"maximum beyond every balance", limits(`maximum: "1` + strings.Repeat("0", 39) + `"`), []string{"accounts.bob.balance.maximum", "more than a balance can be"}},
		{"minimum is maximum", limits(`minimum: "5", maximum: "5"`), nil},
		{"anything goes", limits(`minimum: "-Infinity", maximum: "Infinity", settleThreshold: "-Infinity"`), nil},
		{"threshold above settleTo", limits(`maximum: "5", settleThreshold: "1"`), []string{"accounts.bob.balance.settleThreshold", "above settleTo"}},
		{"threshold is settleTo", limits(`maximum: "5", settleThreshold: "-2", settleTo: "-2"`), nil},
		{"unquoted amount", limits(`maximum: 5`), []string{"accounts.bob.balance.maximum", "is a number, not a string", "in quotes"}},
		{"amount with a point", limits(`maximum: "5.0"`), []string{"accounts.bob.balance.maximum", `"5.0"`}},
		{"infinite threshold", limits(`maximum: "5", settleThreshold: "Infinity"`), []string{"accounts.bob.balance.settleThreshold"}},
		{"two listeners", "ilpAddress: test.me\naccounts: {a: " + listen("port: 7") + ", b: " + listen("wsOpts: {port: 7}") + "}",
			[]string{"accounts.b.options.listener.port", `"a"`, `"b"`, "same port"}},
		{"two hosts", "ilpAddress: test.me\naccounts: {a: " + listen("port: 7, host: 10.0.0.1") + ", b: " + listen("port: 7, host: 10.0.0.2") + "}", nil},
		{"a host and all of them", "ilpAddress: test.me\naccounts: {a: " + listen("port: 7, host: 10.0.0.1") + ", b: " + listen("port: 7, host: '::'") + "}", []string{"same port"}},
		{"two free ports", "ilpAddress: test.me\naccounts: {a: " + listen("port: 0") + ", b: " + listen("port: 0") + "}", nil},
		{"listener on 3000 beside mini-accounts", "ilpAddress: test.me\naccounts: {a: " + child + "}, b: " + listen("port: 3000") + "}", []string{"same port"}},
		{"listener on the port of mini-accounts", "ilpAddress: test.me\naccounts: {a: " + child + ", options: {wsOpts: {port: 9}}}, b: " + listen("port: 9") + "}", []string{"same port"}},
		{"listener on the port of the admin API", "ilpAddress: test.me\nadminApi: true\naccounts: {b: " + listen("port: 7780") + "}", []string{"same port", "admin API"}},
		{"open admin API", one + "adminApi: true\nadminApiHost: 0.0.0.0", []string{"adminApiToken (CONNECTOR_ADMIN_API_TOKEN)", `adminApiHost "0.0.0.0" is not a loopback address`, "CONNECTOR_STORE_PATH"}},
		{"open admin API with a store", one + "adminApi: true\nadminApiHost: 0.0.0.0\nstorePath: /a", nil},
		{"open admin API with a store that has a fault", one + "adminApi: true\nadminApiHost: 0.0.0.0\nstorePath: 5", []string{"storePath", "is a number"}},
		{"open admin API that is off", one + "adminApiHost: 0.0.0.0", nil},
		{"admin API off", "ilpAddress: test.me\naccounts: {b: " + listen("port: 7780") + "}", nil},
		{"spread above 1", one + "spread: 1.0001", []string{"spread", `"1.0001"`}},
		{"spread of the backend above 1", one + "backendConfig: {spread: '2'}", []string{"backendConfig.spread", "more than the whole"}},
		{"spread of the backend in words", one + "backendConfig: {spread: lots}", []string{"backendConfig.spread", "not a number"}},
		{"negative spread", one + "spread: -3", nil},
		{"unknown backend", one + "backend: ecb-plus", []string{"backend", `"ecb-plus"`, "use ecb or one-to-one"}},
		{"unknown store", one + "store: leveldb", []string{"store", `"leveldb"`, "memory or bolt"}},
		{"unknown plugin", strings.Replace(one, "plugin: ilp-plugin-btp", "plugin: ilp-plugin-bpt", 1), []string{"accounts.bob.plugin", "did you mean ilp-plugin-btp?"}},
		{"unknown middleware", one + "middlewares: {m: {type: tab}}", []string{"middlewares.m.type", `"tab"`, "tap"}},
		{"middleware of a built-in name", one + "middlewares: {balance: {type: tap}}", []string{"middlewares.balance", "built-in"}},
		{"middleware instead of a built-in one", one + "middlewares: {balance: {type: tap}}\ndisableMiddleware: [balance]", nil},
		{"unknown key", one + "maxHoldTme: 1", []string{"maxHoldTme", "not a setting", "did you mean maxHoldTime?"}},
		{"unknown key of an account", bob("peer", "asset_code: x"), []string{"accounts.bob.asset_code", "did you mean assetCode?"}},
		{"unknown key of a middleware", one + "middlewares: {m: {type: tap, option: 1}}", []string{"middlewares.m.option", "did you mean options?"}},
		{"key of nothing", one + "routes: [{targetPrefix: g.a, peerId: bob, weight: 1}]", []string{"routes[0].weight", "targetPrefix, peerId"}},
		{"unknown key inside options", bob("peer", `balance: {maximum: "1"}, options: {whatever: {it: is}}`), nil},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, warnings, faults := parse(t, test.document)
			if test.name == "open admin API" && warnings != nil {
				t.Errorf("a warning says the same as the fault: %v", warnings)
			}
			if test.words == nil && faults != nil || test.words != nil && (len(faults) != 1 || !hasLine(faultLines(faults), test.words...)) {
				t.Errorf("got\n%v\nwant one fault with %q", faults, test.words)
			}
		})
	}
}

func TestUnknownNamesAreTheCallersChoice(t *testing.T) {
	document := strings.Replace(one, "plugin: ilp-plugin-btp", "plugin: my-own", 1) + "backend: mine\nstore: mine\nmiddlewares: {m: {type: mine}}"
	if _, _, err := Parse("c.yaml", []byte(document), nil, Known{}); err != nil {
		t.Error(err)
	}
}

func TestFaultsAreTypedAndOneLineEach(t *testing.T) {
	_, _, faults := parse(t, one+"spread: lots\nenv: x")
	if len(faults) != 2 || len(strings.Split(faults.Error(), "\n")) != 2 {
		t.Fatalf("got %v", faults)
	}
	want := Fault{Path: "env", Problem: `is "x"`, Hint: "use production or test"}
	if faults[0] != want || want.Error() != `env: is "x"; use production or test` {
		t.Errorf("got %#v", faults[0])
	}
}
