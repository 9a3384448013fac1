package config

import (
	"strings"
	"testing"
)

// mini returns a document with one account with clients, and more keys of it.
func mini(options, more string) string {
	return `
ilpAddress: test.me
accounts:
  mini: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 9, options: {` + options + `}` + more + `}
`
}

func TestOptionsOfMiniAccounts(t *testing.T) {
	for _, test := range (rules{
		{"none", mini("", ""), nil},
		{"all", mini(`port: "8", generateAccount: true, allowedOrigins: ["https://a.example", "*"], _store: x`, ""), nil},
		{"port of the WebSocket server", mini("wsOpts: {port: 8, host: '::1', path: /x, maxPayload: 9}", ""), nil},
		{"two ports", mini("port: 8, wsOpts: {port: 8}", ""), []string{"options.port", "does not start", "remove one"}},
		{"no port", mini("port: http", ""), []string{"options.port", "is not a port"}},
		{"host with a port", mini("wsOpts: {host: '127.0.0.1:8'}", ""), []string{"options.host", "port"}},
		{"regular expression as origin", mini(`allowedOrigins: ["^https://a\\.example$"]`, ""), []string{"allowedOrigins", "write origins whole", "regular expressions"}},
		{"no list of origins", mini(`allowedOrigins: "https://a.example"`, ""), []string{"allowedOrigins", "not a list"}},
		{"number as origin", mini(`allowedOrigins: [1]`, ""), []string{"allowedOrigins", "entry 1"}},
		{"one file of TLS", mini(`tls: {cert: x}`, ""), []string{"options.tls", "both"}},
		{"relation", strings.Replace(mini("", ""), "relation: child", "relation: peer", 1), []string{"accounts.mini.relation", "use child"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, _, faults := parse(t, test.document)
			if test.words == nil && faults != nil || test.words != nil && (len(faults) != 1 || !hasLine(faultLines(faults), test.words...)) {
				t.Errorf("got\n%v\nwant one fault with %q", faults, test.words)
			}
		})
	}
	for option, want := range map[string]string{
		"currencyScale: 6": "assetScale", "debugHostIldcpInfo: {}": "ilpAddressSegment", "ports: 6": "did you mean port?",
	} {
		_, warnings, _ := parse(t, mini(option, `, balance: {maximum: "1"}`))
		if len(warnings) != 1 || !strings.Contains(warnings[0].String(), want) {
			t.Errorf("%s: %v", option, warnings)
		}
	}
}

func TestChildren(t *testing.T) {
	const listener = "\naccounts: {b: {relation: child, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, children: {}, options: "
	for _, test := range (rules{
		{"empty", mini("", `, children: {}`), nil},
		{"all", mini("", `, children: {perChild: {balance: {minimum: "-5", maximum: "5"}, rateLimit: {refillCount: 1}, throughput: {incomingAmount: "7"},
			maxPacketAmount: "9", settlementEngine: {url: "http://h", scale: 2}}, maxClients: 9, maxUnauthenticated: 3, names: [a, "b-*"], create: listed}`), nil},
		{"listener", "ilpAddress: test.me" + listener + "{listener: {port: 1}}}}", nil},
		{"listener that dials", "ilpAddress: test.me" + listener + `{server: "btp+wss://a:b@h", listener: {port: 1}}}}`, []string{"accounts.b.children", "only listen"}},
		{"another plugin", bob("child", "children: {}"), []string{"accounts.bob.children", "only listen"}},
		{"engine of the account", mini("", `, settlementEngine: {url: "http://h", scale: 2}, children: {}`), []string{"children.perChild", "move settlementEngine"}},
		{"balance", mini("", `, children: {perChild: {balance: {minimum: "6", maximum: "5"}}}`), []string{"children.perChild.balance.minimum", `"6"`}},
		{"engine", mini("", `, children: {perChild: {settlementEngine: {url: "ftp://h", scale: 2}}}`), []string{"children.perChild.settlementEngine.url"}},
		{"names", mini("", `, children: {names: ["a.b"]}`), []string{"children.names[0]", "a.b"}},
		{"unknown key", mini("", `, children: {perChild: {sendRoutes: true}}`), []string{"children.perChild.sendRoutes", "not a setting"}},
		{"creation", mini("", `, children: {create: first}`), []string{"children.create", "onFirstUse"}},
		{"id of a child", mini("", `, children: {}`) + "  mini.alice: {relation: peer, plugin: other-plugin, assetCode: X, assetScale: 0}", []string{`accounts["mini.alice"]`, "a client of account"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, _, faults := parse(t, test.document)
			if test.words == nil && faults != nil || test.words != nil && (len(faults) != 1 || !hasLine(faultLines(faults), test.words...)) {
				t.Errorf("got\n%v\nwant one fault with %q", faults, test.words)
			}
		})
	}
}

func TestAccountOfAChild(t *testing.T) {
	c, _ := mustParse(t, mini("", `, ilpAddressSegment: kids, children: {perChild: {balance: {maximum: "5"}, maxPacketAmount: "9"}}`))
	child := c.Accounts[0].Child("alice")
	if child.ID != "mini.alice" || child.Segment() != "kids.alice" || child.AssetCode != "USD" || child.AssetScale != 9 ||
		child.Balance.Maximum != "5" || child.MaxPacketAmount != "9" || child.RateLimit.RefillCount != 10000 || child.Children != nil {
		t.Errorf("the account of the child is %v", child)
	}
}

func TestNamesOfChildren(t *testing.T) {
	for pattern, names := range map[string][2]string{ // allowed, and not
		"alice": {"alice", "alic"}, "a*": {"a", "ba"}, "*e": {"e", "ex"}, "*": {"x", ""}, "a*b*c": {"abxc", "acb"}, "a*a": {"aa", "a"}, "*x*x*": {"yxyxy", "x"},
	} {
		c := Children{Names: []string{"none", pattern}}
		if !c.NameAllowed(names[0]) || names[1] != "" && c.NameAllowed(names[1]) {
			t.Errorf("%s allows %s: %v, %s: %v", pattern, names[0], c.NameAllowed(names[0]), names[1], c.NameAllowed(names[1]))
		}
	}
	if !new(Children).NameAllowed("anyone") {
		t.Error("without names not all are allowed")
	}
}
