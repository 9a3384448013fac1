package config

import (
	"slices"
	"testing"
)

// The settings of the reference, with their variables and defaults, and ours
// at the end. The store alone has another default, which comes to that of the
// reference when there is no path.
func TestSettingsAreThoseOfTheReference(t *testing.T) {
	want := [][4]string{
		{"env", "CONNECTOR_ENV", "string", `"test"`},
		{"ilpAddress", "CONNECTOR_ILP_ADDRESS", "string", `"unknown"`},
		{"ilpAddressInheritFrom", "CONNECTOR_ILP_ADDRESS_INHERIT_FROM", "string", `""`},
		{"accounts", "CONNECTOR_ACCOUNTS", "object", `{}`},
		{"defaultRoute", "CONNECTOR_DEFAULT_ROUTE", "string", `"auto"`},
		{"routes", "CONNECTOR_ROUTES", "array", `[]`},
		{"spread", "CONNECTOR_SPREAD", "number", `0.002`},
		{"spreads", "CONNECTOR_SPREADS", "array", `[]`},
		{"minMessageWindow", "CONNECTOR_MIN_MESSAGE_WINDOW", "integer", `1000`},
		{"maxHoldTime", "CONNECTOR_MAX_HOLD_TIME", "integer", `30000`},
		{"routeBroadcastEnabled", "CONNECTOR_ROUTE_BROADCAST_ENABLED", "boolean", `true`},
		{"routeBroadcastInterval", "CONNECTOR_ROUTE_BROADCAST_INTERVAL", "integer", `30000`},
		{"routeCleanupInterval", "CONNECTOR_ROUTE_CLEANUP_INTERVAL", "integer", `1000`},
		{"routeExpiry", "CONNECTOR_ROUTE_EXPIRY", "integer", `45000`},
		{"routingSecret", "CONNECTOR_ROUTING_SECRET", "string", `""`},
		{"backend", "CONNECTOR_BACKEND", "string", `"ecb"`},
		{"backendConfig", "CONNECTOR_BACKEND_CONFIG", "object", `{}`},
		{"store", "CONNECTOR_STORE", "string", `"auto"`},
		{"storePath", "CONNECTOR_STORE_PATH", "string", `""`},
		{"storeConfig", "CONNECTOR_STORE_CONFIG", "object", `{}`},
		{"ledgerPath", "CONNECTOR_LEDGER_PATH", "string", `""`},
		{"middlewares", "CONNECTOR_MIDDLEWARES", "object", `{}`},
		{"disableMiddleware", "CONNECTOR_DISABLE_MIDDLEWARE", "array", `[]`},
		{"nodeHost", "CONNECTOR_NODE_HOST", "object", `{}`},
		{"reflectPayments", "CONNECTOR_REFLECT_PAYMENTS", "boolean", `true`},
		{"initialConnectTimeout", "CONNECTOR_INITIAL_CONNECT_TIMEOUT", "integer", `10000`},
		{"listen", "CONNECTOR_LISTEN", "object", `null`},
		{"adminApi", "CONNECTOR_ADMIN_API", "boolean", `false`},
		{"adminApiPort", "CONNECTOR_ADMIN_API_PORT", "integer", `7780`},
		{"adminApiHost", "CONNECTOR_ADMIN_API_HOST", "string", `"127.0.0.1"`},
		{"adminApiToken", "CONNECTOR_ADMIN_API_TOKEN", "string", `""`},
		{"settlementApiPort", "CONNECTOR_SETTLEMENT_API_PORT", "integer", `7771`},
		{"settlementApiHost", "CONNECTOR_SETTLEMENT_API_HOST", "string", `"127.0.0.1"`},
		{"settlementApiToken", "CONNECTOR_SETTLEMENT_API_TOKEN", "string", `""`},
		{"peerEndpoint", "CONNECTOR_PEER_ENDPOINT", "string", `""`},
		{"collectDefaultMetrics", "CONNECTOR_COLLECT_DEFAULT_METRICS", "boolean", `false`},
	}
	var got [][4]string
	for _, s := range settings().properties {
		got = append(got, [4]string{s.name, s.variable(), s.kind, literal(s.fallback)})
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// The schema alone, as an editor applies it, accepts references, and nothing else that is an
// object.
func TestSchemaAcceptsReferences(t *testing.T) {
	for text, fine := range map[string]bool{
		`"token"`: true, `{"file":"/a"}`: true, `{"env":"A_1"}`: true, `{"credential":"a-b"}`: true,
		`5`: false, `null`: false, `{}`: false, `{"file":"/a","env":"A"}`: false, `{"file":"/a","x":1}`: false, `{"file":""}`: false, `{"env":"a b"}`: false,
	} {
		for _, s := range settings().properties {
			if !s.reference {
				continue
			}
			value, _ := parseJSON("", []byte(`{"accounts":{},"`+s.name+`":`+text+`}`))
			if err := compile().Validate(plain(value)); (err == nil) != fine {
				t.Errorf("%s: %s: %v", s.name, text, err)
			}
		}
		value, _ := parseJSON("", []byte(`{"accounts":{},"listen":{"port":1,"tls":{"cert":`+text+`,"key":`+text+`}}}`))
		if err := compile().Validate(plain(value)); (err == nil) != fine {
			t.Errorf("listen.tls: %s: %v", text, err)
		}
	}
}

// With them assetMismatch, settleEvery and the blocks settlementEngine, inFlight and routing, which are ours.
func TestAccountSettingsAreThoseOfTheReference(t *testing.T) {
	var got []string
	var walk func(prefix string, s *setting)
	walk = func(prefix string, s *setting) {
		for _, p := range s.properties {
			if p.name == "perChild" { // settings of accounts, by reference
				continue
			}
			line := prefix + p.name + " " + p.kind
			if p.required {
				line += " required"
			}
			got = append(got, line)
			walk(prefix+p.name+".", p)
		}
	}
	walk("", settings().property("accounts").each)
	want := []string{
		"relation string required", "plugin string required", "assetCode string required", "assetScale integer required",
		"assetMismatch string",
		"balance object", "balance.minimum string", "balance.maximum string required", "balance.settleThreshold string", "balance.settleTo string", "balance.settleEvery integer",
		"settlementEngine object", "settlementEngine.url string required", "settlementEngine.scale integer required",
		"maxPacketAmount string",
		"spread number",
		"inFlight object", "inFlight.incomingPackets integer", "inFlight.outgoingPackets integer",
		"inFlight.incomingAmount string", "inFlight.outgoingAmount string",
		"throughput object", "throughput.refillPeriod integer", "throughput.incomingAmount string", "throughput.outgoingAmount string",
		"rateLimit object", "rateLimit.refillPeriod integer", "rateLimit.refillCount integer", "rateLimit.capacity integer",
		"deduplicate object", "deduplicate.cleanupInterval integer", "deduplicate.packetLifetime integer",
		"sendRoutes boolean", "receiveRoutes boolean",
		"routing object", "routing.importAllow array", "routing.importDeny array", "routing.exportAllow array", "routing.exportDeny array",
		"routing.maxPrefixes integer", "routing.maxPathLength integer", "routing.localPreference integer", "routing.damping boolean",
		"children object", "children.maxClients integer", "children.maxUnauthenticated integer", "children.names array", "children.create string",
		"options object", "ilpAddressSegment string",
		"invitation object", "invitation.expires string required", "invitation.acceptedAt string", "invitation.acceptedAs string",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Everything the schema names arrives in the Go value: a document that gives
// each setting something other than its default comes back whole.
func TestEverySettingReachesTheConfig(t *testing.T) {
	const text = `{
		"env":"production","ilpAddress":"g.me","ilpAddressInheritFrom":"up",
		"accounts":{"up":{"relation":"parent","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":255,"assetMismatch":"allow",
			"balance":{"minimum":"-99999999999999999999999","maximum":"Infinity","settleThreshold":"-7","settleTo":"-3","settleEvery":2147483647},
			"settlementEngine":{"url":"https://[::1]:3000/engine","scale":255},
			"maxPacketAmount":"18446744073709551616",
			"inFlight":{"incomingPackets":1,"outgoingPackets":9007199254740991,"incomingAmount":"99999999999999999999","outgoingAmount":"6"},
			"throughput":{"refillPeriod":2000,"incomingAmount":"99999999999999999999","outgoingAmount":"5"},
			"rateLimit":{"refillPeriod":101,"refillCount":2,"capacity":9007199254740991},
			"deduplicate":{"cleanupInterval":3,"packetLifetime":4},"spread":0.12345678901234567890123,
			"sendRoutes":false,"receiveRoutes":false,
			"routing":{"importAllow":["g.a","g.b"],"importDeny":["g.a.c"],"exportAllow":["g.d"],"exportDeny":["g.e"],
				"maxPrefixes":2147483647,"maxPathLength":1,"localPreference":-2147483648,"damping":false},
			"options":{"n":[1,{"m":null}],"server":"btp+wss://:t@h","x":0.10000000000000000000001},
			"ilpAddressSegment":"seg"},
			"in":{"relation":"peer","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,"assetMismatch":"refuse",
			"inFlight":{"incomingPackets":10000,"outgoingPackets":40000},"throughput":{"refillPeriod":1000},"rateLimit":{"refillPeriod":60000,"refillCount":10000},"deduplicate":{"cleanupInterval":30000,"packetLifetime":30000},
			"options":{"listener":{"port":9,"secret":"s"}},
			"invitation":{"expires":"2026-01-31T12:00:00Z","acceptedAt":"2026-01-31T11:00:00Z","acceptedAs":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}},
		"defaultRoute":"","routes":[{"targetPrefix":"g.a","peerId":"up"}],"spreads":[{"from":"EUR","to":"XRP","spread":0.00000000000000000001}],
		"minMessageWindow":1,"maxHoldTime":2,
		"routeBroadcastEnabled":false,"routeBroadcastInterval":3,"routeCleanupInterval":4,"routeExpiry":5,
		"routingSecret":"c2VjcmV0","backend":"one-to-one","backendConfig":{"k":1},
		"store":"bolt","storePath":"/a","storeConfig":{"durability":2,"path":"/a"},"ledgerPath":"/b",
		"middlewares":{"z":{"type":"tap","options":{"k":3}},"a":{"type":"tap"}},"disableMiddleware":["stats"],
		"nodeHost":{"command":"/usr/bin/node","cwd":"/srv/ilp","paths":["/srv/ilp","x"],"env":["DEBUG"],"isolate":true,"memoryMax":64,"restartsMax":1,"hangTimeout":100},
		"reflectPayments":false,"initialConnectTimeout":6,
		"listen":{"host":"::1","port":65535,"tls":{"cert":"c.pem","key":"k.pem"},"publicUrl":"https://us.example/a","adminApi":true,"http2":false,"maxSockets":2,"maxSocketsPerAddress":1},
		"adminApi":true,"adminApiPort":0,"adminApiHost":"::1","adminApiToken":"tok","settlementApiPort":0,"settlementApiHost":"::2","settlementApiToken":"tik","peerEndpoint":"btp+wss://peer.example:7768","collectDefaultMetrics":true,
		"spread":-0.123456789012345678901234567890123456789
	}`
	c, _, err := Parse("c.json", []byte(text), nil, builtin)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := parseJSON("", []byte(text))
	want, _ := value.(*object).MarshalJSON()
	got, _ := c.MarshalJSON()
	if string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
