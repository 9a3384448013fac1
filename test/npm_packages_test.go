package test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// packaged is an account whose plugin is an npm package.
func packaged(id, name string, options ...any) npmAccount {
	return npmAccount{npmModule: npmModule{name: id, module: name, options: pairs(options)}}
}

// The secrets and addresses of two accounts of the XRP Ledger, for tests only.
const (
	xrpSecretOne, xrpAddressOne = "snoPBrXtMeMyMHUVTgbuqAfg1SUTb", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
	xrpSecretTwo, xrpAddressTwo = "sn259rEFXrQrWyx3Q7XneWcwV6dfL", "r4jQDHCUvgcBAa5EzcB1D8BHGcjYP9eBC2"
)

// connects adds a row that shows which accounts are connected, and what stands in for servers has seen by then.
func (s *npmSubject) connects(shows ...string) {
	s.row("the start", func(w *npmWorld) []string {
		var lines []string
		connected := w.connected()
		w.wait(patience, func() bool {
			connected = w.connected()
			return !slices.ContainsFunc(w.config.accounts, func(a npmAccount) bool { return !connected[a.name] })
		})
		for _, a := range w.config.accounts {
			lines = append(lines, asAnswers(a.name+" is connected: "+map[bool]string{true: "yes", false: "no"}[connected[a.name]])...)
		}
		return lines
	}, shows...)
}

// refusedBeyond adds a row with a packet that the first of two accounts sends to the other one of the same connector, where
// it is too big. So it has passed both plugins, and none of them pays.
func (s *npmSubject) refusedBeyond() {
	s.row("a packet", func(w *npmWorld) []string { return w.forward(to("test.far.away")) },
		`F08 by "test.conn": "packet size too large.`)
}

// far are settings that send what is for test.far to an account.
func far(id string) map[string]string {
	return map[string]string{"ROUTES": `[{"targetPrefix":"test.far","peerId":"` + id + `"}]`}
}

// npmPackages are published packages, as far as they can be connected without the world outside.
func npmPackages() []npmSubject {
	mirror := npmSubject{
		name:  "package-mirror",
		start: true,
		config: npmConfig{accounts: []npmAccount{
			probed("alice"),
			packaged("bob", "ilp-plugin-mirror").with("balance", map[string]string{"maximum": "1000", "settleThreshold": "100", "settleTo": "200"}),
		}},
	}
	mirror.connects("bob is connected: yes")
	mirror.row("a packet", func(w *npmWorld) []string { return w.forward() }, "F00").inOwnWords("the reference repeats the words of JavaScript")

	ethereum := npmSubject{
		name:  "package-ethereum",
		start: true,
		config: npmConfig{
			ports: []string{"server"},
			accounts: []npmAccount{
				probed("alice"),
				packaged("server", "ilp-plugin-ethereum", "role", "server", "port", "PORT-OF-server",
					"ethereumPrivateKey", "0x"+strings.Repeat("11", 32), "debugHostIldcpInfo",
					map[string]any{"clientAddress": "test.conn.server", "assetCode": "ETH", "assetScale": 9}).
					with("maxPacketAmount", "50").with("assetCode", "ETH"),
				packaged("client", "ilp-plugin-ethereum", "role", "client", "server", "btp+ws://:secret@127.0.0.1:PORT-OF-server",
					"ethereumPrivateKey", "0x"+strings.Repeat("22", 32)).of("peer").with("assetCode", "ETH").
					with("sendRoutes", false).with("receiveRoutes", false),
			},
			settings: far("client"),
		},
	}
	ethereum.connects("server is connected: yes", "client is connected: yes")
	ethereum.row("a packet", func(w *npmWorld) []string { return w.forward(to("test.far.away")) }, `T04 by "": "Exceeded maximum balance"`)

	paychan := npmSubject{
		name:  "package-xrp-paychan",
		start: true,
		config: npmConfig{
			stubs: map[string]string{"rippled": "rippled.js"},
			ports: []string{"left"},
			accounts: []npmAccount{
				probed("alice"),
				packaged("left", "ilp-plugin-xrp-paychan", "listener", map[string]any{"port": "PORT-OF-left", "secret": "shared"},
					"secret", xrpSecretOne, "address", xrpAddressOne, "peerAddress", xrpAddressTwo, "assetScale", 9,
					"xrpServer", "ws://127.0.0.1:PORT-OF-rippled").with("maxPacketAmount", "50"),
				packaged("right", "ilp-plugin-xrp-paychan", "server", "btp+ws://:shared@127.0.0.1:PORT-OF-left",
					"secret", xrpSecretTwo, "address", xrpAddressTwo, "peerAddress", xrpAddressOne, "assetScale", 9,
					"xrpServer", "ws://127.0.0.1:PORT-OF-rippled").of("peer").with("sendRoutes", false).with("receiveRoutes", false),
			},
			settings: far("right"),
		},
	}
	paychan.connects("left is connected: yes", "right is connected: yes", `rippled submit("PaymentChannelCreate")`)
	paychan.refusedBeyond()

	asym := npmSubject{
		name:  "package-xrp-asym",
		start: true,
		config: npmConfig{
			stubs: map[string]string{"rippled": "rippled.js"},
			ports: []string{"server"},
			accounts: []npmAccount{
				probed("alice"),
				packaged("server", "ilp-plugin-xrp-asym-server", "port", "PORT-OF-server", "secret", xrpSecretOne, "address", xrpAddressOne,
					"assetScale", 9, "maxBalance", "1000000", "xrpServer", "ws://127.0.0.1:PORT-OF-rippled").with("maxPacketAmount", "50"),
				packaged("client", "ilp-plugin-xrp-asym-client", "server", "btp+ws://:secret@127.0.0.1:PORT-OF-server",
					"secret", xrpSecretTwo, "address", xrpAddressTwo, "assetScale", 9, "xrpServer", "ws://127.0.0.1:PORT-OF-rippled").
					of("peer").with("sendRoutes", false).with("receiveRoutes", false),
			},
			settings: far("client"),
		},
	}
	asym.connects("server is connected: yes", "client is connected: yes", `rippled submit("PaymentChannelCreate")`)
	asym.refusedBeyond()
	return []npmSubject{mirror, ethereum, paychan, asym, npmCrypto(), npmCryptoAlone(), npmRedis(), npmLevel(), npmVirtual()}
}

// npmCrypto is a backend that was published for version 22 of the reference.
func npmCrypto() npmSubject {
	s := npmSubject{
		name:  "package-backend-crypto",
		start: true,
		config: npmConfig{
			accounts: []npmAccount{probed("alice"), probed("bob").with("assetCode", "BTC"), probed("odd").with("assetCode", "ODD")},
			backend: &npmModule{name: "backend", module: "PROBES/modules/crypto-backend.js", options: map[string]any{
				"spread": 0.01, "prices": map[string]any{"XRP": 0.5, "BTC": 20000},
			}},
			environment: []string{"NODE_PATH=PROBES/packages:PEERS/node_modules"},
		},
	}
	s.row("the start", func(w *npmWorld) []string { return asAnswers(w.ask("GET", "/rates", "")) }, `"alice":{"bob":0.00002475`)
	s.row("a packet", func(w *npmWorld) []string { return w.fulfilled(amount(1000000)) }, "prepare(24 to test.conn.bob", "fulfill(the preimage)")
	return s
}

// npmCryptoAlone is the same beside version 23, where a file is missing that it needs.
func npmCryptoAlone() npmSubject {
	s := npmSubject{
		name:    "package-backend-crypto-alone",
		start:   true,
		unready: true,
		config: npmConfig{
			accounts: []npmAccount{probed("alice")},
			backend:  &npmModule{name: "backend", module: "@kava-labs/ilp-backend-crypto"},
		},
	}
	s.row("the start", func(w *npmWorld) []string {
		const text = "Error: Cannot find module 'ilp-connector/src/common/log'"
		if w.kind == ours {
			logged := w.logs(text)
			awaitPort(w.t, w.adminPort, w.exited)
			w.awaitState("alice", true)
			return asAnswers(logged)
		}
		return asAnswers(w.exits(), w.complains(text))
	}, "exits with 1").differ("a module that is there and cannot be used leaves everything else to work",
		"answer logs Error: Cannot find module 'ilp-connector/src/common/log'")
	s.polls = []string{"alice "}
	return s
}

// npmRedis is the store of npm's ilp-store-redis.
func npmRedis() npmSubject {
	s := npmSubject{
		name:  "package-store-redis",
		start: true,
		config: npmConfig{
			stubs:    map[string]string{"redis": "redis.js"},
			accounts: []npmAccount{probed("alice")},
			store: &npmModule{name: "store", module: "ilp-store-redis", options: map[string]any{
				"host": "127.0.0.1", "port": "PORT-OF-redis", "prefix": "conn",
			}},
		},
	}
	s.connects("alice is connected: yes")
	keeps(&s)
	s.row("a number comes back as a text", func(w *npmWorld) []string {
		return asAnswers(w.store("put", "n", 5), w.store("get", "n"))
	}, `redis set("ilp:conn:alicen", "5")`, `resolves "5"`)
	return s
}

// npmLevel is a store on the disk, with native parts.
func npmLevel() npmSubject {
	s := npmSubject{
		name:  "package-classic-level",
		start: true,
		config: npmConfig{
			accounts:    []npmAccount{probed("alice")},
			store:       &npmModule{name: "store", module: "PROBES/level-store.js"},
			settings:    map[string]string{"STORE_PATH": "FOLDER/level"},
			environment: []string{"NODE_PATH=PEERS/node_modules"},
		},
	}
	s.connects("alice is connected: yes")
	keeps(&s)
	s.row("what it does not take", func(w *npmWorld) []string { return asAnswers(w.store("put", "k", js("undefined"))) }, "rejects")
	return s
}

// store has the plugin of alice use its store.
func (w *npmWorld) store(method string, args ...any) string {
	w.t.Helper()
	return w.tell("alice", "api", "path", "store."+method, "args", append([]any{}, args...))
}

// keeps adds rows that a store of texts passes.
func keeps(s *npmSubject) {
	s.row("nothing there", func(w *npmWorld) []string { return asAnswers(w.store("get", "k")) }, "resolves undefined")
	s.row("put and get", func(w *npmWorld) []string {
		return asAnswers(w.store("put", "k", "text"), w.store("get", "k"))
	}, `resolves "text"`)
	s.row("put and delete", func(w *npmWorld) []string {
		return asAnswers(w.store("put", "k", "text"), w.store("del", "k"), w.store("get", "k"))
	}, "resolves undefined")
	s.row("an empty text", func(w *npmWorld) []string {
		return asAnswers(w.store("put", "e", ""), w.store("get", "e"))
	}, `resolves ""`)
}

// npmVirtual is a published plugin of version 1 of the interface.
func npmVirtual() npmSubject {
	const peer = "peer.z6Dse.xrp.9.Ivsltficn6wCUiDAoo8gCR0CO5yWb3KBED1a9GrHGwk" // follows from both keys
	s := npmSubject{
		name:  "package-virtual",
		start: true,
		config: npmConfig{
			stubs: map[string]string{"rpc": "rpc.js"},
			accounts: []npmAccount{
				probed("alice"),
				packaged("bob", "ilp-plugin-virtual", "currencyCode", "XRP", "currencyScale", 9, "maxBalance", "1000",
					"secret", "8lvasdfasdfasdfasdfasdfasdfasdfasdfasdfasdf", "peerPublicKey", "Ivsltficn6wCUiDAoo8gCR0CO5yWb3KBED1a9GrHGwk",
					"rpcUri", "http://127.0.0.1:PORT-OF-rpc/rpc", "info", map[string]any{"connectors": []string{peer}}),
			},
		},
	}
	s.connects("bob is connected: yes")
	s.row("a packet", func(w *npmWorld) []string {
		waiting := w.begin("alice", "data", "value", jsBuffer(w.prepared(expiring(3*time.Second))))
		w.awaitSeen("send_transfer")
		return asAnswers(fmt.Sprint("answers so far: ", len(waiting))) // the far end would answer by a call to a server of ours
	}, `rpc send_transfer("100", "`+peer+`")`, "answers so far: 0")
	return s
}
