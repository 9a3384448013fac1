package config

import (
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	const parent = `{relation: parent, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: {maximum: "1"}, options: {server: "btp+wss://:t@h"}}`
	const parents = "accounts: {b: " + parent + ", a: " + parent + "}\n"
	for _, test := range (rules{
		{"first of several parents gives the address", parents + "defaultRoute: a", []string{"ilpAddressInheritFrom", "several parents (b, a)", "first one, b"}},
		{"first of several parents is the default route", parents + "ilpAddressInheritFrom: a", []string{"defaultRoute", "several parents", "first one, b"}},
		{"two currencies at par", "backend: one-to-one\nilpAddress: test.me\naccounts: {a: " + parent + ", b: " + strings.Replace(parent, "assetCode: X", "assetCode: Y", 1) + "}\nilpAddressInheritFrom: ''\ndefaultRoute: a",
			[]string{"backend", "we change 1 X for 1 Y, between the accounts a and b"}},
		{"parents named", parents + "ilpAddressInheritFrom: a\ndefaultRoute: a", nil},
		{"parents not asked", parents + "ilpAddress: test.me\ndefaultRoute: ''", nil},
		{"inherit for nothing", "ilpAddress: test.me\nilpAddressInheritFrom: x\naccounts: {}", []string{"ilpAddressInheritFrom", "no effect"}},
		{"unlimited account", bob("peer", ""), []string{"accounts.bob.balance", "nothing limits"}},
		{"segment of a peer", bob("peer", `ilpAddressSegment: x, balance: {maximum: "1"}`), []string{"accounts.bob.ilpAddressSegment", "no effect"}},
		{"asset mismatch of a peer", bob("peer", `assetMismatch: allow, balance: {maximum: "1"}`), []string{"accounts.bob.assetMismatch", "no effect"}},
		{"asset mismatch of a parent", "accounts: {b: " + parent[:len(parent)-1] + ", assetMismatch: allow}}", nil},
		{"settleTo above maximum", limits(`maximum: "5", settleThreshold: "0", settleTo: "6"`), []string{"accounts.bob.balance.settleTo", "no settlement can ever happen"}},
		{"settleTo is maximum", limits(`maximum: "5", settleThreshold: "0", settleTo: "5"`), nil},
		{"threshold at minimum", limits(`minimum: "-5", maximum: "5", settleThreshold: "-5"`), []string{"accounts.bob.balance.settleThreshold", "never falls below"}},
		{"threshold above minimum", limits(`minimum: "-5", maximum: "5", settleThreshold: "-4"`), nil},
		{"threshold at minimum beside the clock", limits(`minimum: "-5", maximum: "5", settleThreshold: "-5", settleEvery: 1000`),
			[]string{"accounts.bob.balance.settleThreshold", "never falls below", "only settleEvery has an effect"}},
		{"settleTo that is never used", limits(`maximum: "5", settleTo: "4"`), []string{"accounts.bob.balance.settleTo", "has no effect"}},
		{"settleTo that is the default", limits(`maximum: "5", settleTo: "0"`), nil},
		{"settleTo of the clock", limits(`maximum: "5", settleTo: "4", settleEvery: 1000`), nil},
		{"route to nobody", one + "routes: [{targetPrefix: g.a, peerId: nobody}]", []string{"routes[0].peerId", `"nobody"`, "ignored"}},
		{"route of no address", one + "routes: [{targetPrefix: a., peerId: bob}]", []string{"routes[0].targetPrefix", "no routed address"}},
		{"route with a dot at the end", one + "routes: [{targetPrefix: g.a., peerId: bob}]", []string{"routes[0].targetPrefix", "dot at the end"}},
		{"route twice", one + "routes: [{targetPrefix: g.a, peerId: bob}, {targetPrefix: g.a, peerId: bob}]", []string{"routes[1].targetPrefix", "first route"}},
		{"route for everything", one + "routes: [{targetPrefix: g, peerId: bob}]", nil},
		{"address outside the network", "ilpAddress: g.me\naccounts: {}", []string{"env", "test.*", "begins with g"}},
		{"test1 is not test", "ilpAddress: test1.me\naccounts: {}", []string{"env", "test.*", "begins with test1"}},
		{"test address in production", "ilpAddress: test.me\nenv: production\naccounts: {}", []string{"env", "g.*", "begins with test"}},
		{"private address", "ilpAddress: private.me\naccounts: {}", nil},
		{"routes that lapse", one + "routeExpiry: 30000", []string{"routeExpiry", "expire between two broadcasts"}},
		{"routes of no time", one + "routeExpiry: 0", nil},
		{"route to ourselves", one + "routes: [{targetPrefix: test.me, peerId: bob}]", []string{"routes[0].targetPrefix", "our own address"}},
		{"routes that are not sent", one + "routeExpiry: 30000\nrouteBroadcastEnabled: false", nil},
		{"short routing secret", one + "routingSecret: c2hvcnQ=", []string{"routingSecret", "fewer than 16 bytes"}},
		{"long routing secret", one + "routingSecret: MDEyMzQ1Njc4OWFiY2RlZg==", nil},
		{"open admin API with a token", one + "adminApi: true\nadminApiHost: 0.0.0.0\nadminApiToken: x", nil},
		{"open admin API with a store", one + "adminApi: true\nadminApiHost: 0.0.0.0\nstorePath: /x", nil},
		{"admin API on loopback", one + "adminApi: true\nadminApiHost: '::1'", nil},
		{"spread of everything", one + "spread: 1", []string{"spread", "everything sent on is 0"}},
		{"window longer than the hold time", one + "minMessageWindow: 1000\nmaxHoldTime: 999", []string{"maxHoldTime", "every packet is refused"}},
		{"window as long as the hold time", one + "minMessageWindow: 1000\nmaxHoldTime: 1000", []string{"maxHoldTime", "next connector", "refuses"}},
		{"hold time too short for the next window", one + "maxHoldTime: 1999", []string{"maxHoldTime", "next connector", "refuses"}},
		{"hold time of two windows", one + "maxHoldTime: 2000", nil},
		{"window shorter than two ticks", one + "minMessageWindow: 19", []string{"minMessageWindow", "20 milliseconds"}},
		{"window of two ticks", one + "minMessageWindow: 20", nil},
		{"no window where nothing expires", one + "minMessageWindow: 0\ndisableMiddleware: [expire]", nil},
		{"middleware in place of balance", one + "middlewares: {balance: {type: tap}}\ndisableMiddleware: [balance]", []string{"middlewares.balance", "pipelines only", "GET /balance", "settled"}},
		{"middleware in place of alert", one + "middlewares: {alert: {type: tap}}\ndisableMiddleware: [alert]", []string{"middlewares.alert", "pipelines only", "GET /alerts"}},
		{"middleware in place of stats", one + "middlewares: {stats: {type: tap}}\ndisableMiddleware: [stats]", nil},
		{"response timeout below the hold time", responseTimeout("29999"), []string{"accounts.bob.options.responseTimeout", "maxHoldTime", "no effect"}},
		{"response timeout of the hold time", responseTimeout("30000"), nil},
		{"response timeout left out", one + "maxHoldTime: 2147483647", nil},
		{"response timeout of no time", responseTimeout("0"), nil},
		{"response timeout of another plugin", bob("peer", `balance: {maximum: "1"}, options: {responseTimeout: 1}`), nil},
		{"packets remembered for longer", bob("peer", `balance: {maximum: "1"}, deduplicate: {packetLifetime: 29999}`),
			[]string{"accounts.bob.deduplicate.packetLifetime", "cleanupInterval", "30s longer"}},
		{"packets remembered as long", bob("peer", `balance: {maximum: "1"}, deduplicate: {packetLifetime: 5000, cleanupInterval: 5000}`), nil},
		{"packets of two accounts", bob("peer", `balance: {maximum: "1"}, deduplicate: {packetLifetime: 5000}`) +
			`  eve: {relation: child, plugin: ilp-plugin-mini-accounts, options: {port: 7}, assetCode: USD, assetScale: 9, balance: {maximum: "1"}, deduplicate: {cleanupInterval: 4000}}`, nil},
		{"packet above the throughput", bob("peer", `balance: {maximum: "1"}, maxPacketAmount: "10", throughput: {incomingAmount: "9"}`),
			[]string{"accounts.bob.maxPacketAmount", "throughput.incomingAmount", "never passes"}},
		{"packet above the money in flight", bob("peer", `balance: {maximum: "1"}, maxPacketAmount: "10", inFlight: {incomingAmount: "9"}`),
			[]string{"accounts.bob.maxPacketAmount", "inFlight.incomingAmount", "never passes"}},
		{"packet of the money in flight", bob("peer", `balance: {maximum: "1"}, maxPacketAmount: "9", inFlight: {incomingAmount: "9"}`), nil},
		{"packet of the throughput", bob("peer", `balance: {maximum: "1"}, maxPacketAmount: "9", throughput: {incomingAmount: "9"}`), nil},
		{"clients without a balance", mini("", `, balance: {maximum: "1"}, children: {}`),
			[]string{"accounts.mini.children.perChild.balance", "what each client may owe us"}},
		{"clients with a balance", mini("", `, children: {perChild: {balance: {maximum: "1"}}}`), nil},
		{"packet above the throughput of a client", mini("", `, children: {perChild: {balance: {maximum: "1"}, maxPacketAmount: "10", throughput: {incomingAmount: "9"}}}`),
			[]string{"accounts.mini.children.perChild.maxPacketAmount", "throughput.incomingAmount"}},
		{"home of a shell", one + "storePath: ~/data", []string{"storePath", "begins with ~"}},
		{"home of another shell", one + "storeConfig: {path: ~/data}", []string{"storeConfig.path", "begins with ~"}},
		{"no home", one + "storePath: /a/~/~b", nil},
		{"reference", one + "backendConfig: {ratesApiUrl: 'http://${HOST}/'}", []string{"backendConfig.ratesApiUrl", "${NAME}", "do not replace"}},
		{"reference in a list", one + "middlewares: {m: {type: tap, options: {a: [x, $TOKEN]}}}", []string{"middlewares.m.options.a[1]", "${NAME}"}},
		{"reference in a secret", strings.Replace(one, "secret: token", "secret: '${TOKEN}'", 1), []string{"accounts.bob.options.listener.secret", "${NAME}"}},
		{"blank behind a secret", strings.Replace(one, "secret: token", "secret: 'token '", 1), []string{"accounts.bob.options.listener.secret", "begins or ends with a blank", "remove it"}},
		{"line break behind a token", one + "adminApiToken: |\n  token\n", []string{"adminApiToken", "begins or ends with a blank or a line break"}},
		{"line breaks in a text", one + "middlewares: {m: {type: tap, options: {a: \"BEGIN\\nEND\\n\"}}}", nil},
		{"blank in a text", one + "adminApiToken: to ken", nil},
		{"no reference", one + "middlewares: {m: {type: tap, options: {a: 'x$Y', b: '$', c: $5, d: 'a$TOKEN', e: '$Ab3', f: '{TOKEN}'}}}", nil},
		{"two store paths", one + "storePath: /a\nstoreConfig: {path: /b}", []string{"storePath", "storeConfig.path wins"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, warnings := mustParse(t, test.document)
			lines := warningLines(warnings)
			if test.words == nil && lines != nil || test.words != nil && (len(lines) != 1 || !hasLine(lines, test.words...)) {
				t.Errorf("got %q\nwant one warning with %q", lines, test.words)
			}
		})
	}
}

// responseTimeout returns a document with one account of that response timeout.
func responseTimeout(ms string) string {
	return `
ilpAddress: test.me
accounts:
  bob:
    relation: peer
    plugin: ilp-plugin-btp
    assetCode: USD
    assetScale: 9
    balance: {maximum: "100"}
    options: {listener: {port: 9000, secret: token}, responseTimeout: ` + ms + `}
`
}
