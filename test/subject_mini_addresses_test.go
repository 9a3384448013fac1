package test

import (
	"fmt"
	"slices"
	"time"
)

// miniAddresses is what the clients of an account that takes many are told of themselves, and where they are found.
func miniAddresses() subject {
	elsewhere := func(address string) map[string]any {
		return map[string]any{"clientAddress": address, "assetCode": "ABC", "assetScale": 3}
	}
	peering := mini("peering", 9).opt("debugHostIldcpInfo", elsewhere("test.peered"))
	peering.relation = "peer"
	usd := mini("usd", 2).with("ilpAddressSegment", "seg")
	usd.asset = "USD"
	s := subject{
		name: "mini-addresses",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance),
				mini("mini", 9), usd,
				mini("scaled", 9).opt("currencyScale", 4),
				mini("debug", 9).opt("debugHostIldcpInfo", elsewhere("test.elsewhere")),
				peering.with("receiveRoutes", false).with("sendRoutes", false).insteadOf(mini("peering", 9)),
			},
			env: map[string]string{"ROUTES": `[{"targetPrefix":"test.elsewhere","peerId":"debug"},{"targetPrefix":"test.peered","peerId":"peering"}]`},
		},
		clients: []client{{"ann", "mini"}, {"uma", "usd"}, {"sam", "scaled"}, {"deb", "debug"}, {"pia", "peering"}},
	}
	other := conditionOf("00")
	config := func(name string, p prepare) *scenario {
		p.to = "peer.config"
		if p.amount == "" {
			p.amount = "0"
		}
		if p.condition == "" {
			p.condition = peerCondition
		}
		return s.add(name, p)
	}
	told := func(data string) outcome {
		return outcome{Reply: reply{Type: "fulfill", Data: data, Fulfillment: noPreimage}}
	}
	notBelow := func(account, destination string) outcome {
		return rejected("F02", "test.conn", fmt.Sprintf("failed to send packet: can't route packet that is not meant for one of my clients. "+
			"destination=%s prefix=test.conn.%s.", destination, account))
	}
	to := func(name, from, to string) *scenario { return s.add(name, prepare{from: from, to: to}) }

	config("config", prepare{from: "ann"})
	config("config below a segment of the account's own", prepare{from: "uma"})
	config("config with a currencyScale", prepare{from: "sam"})
	config("config of the debugHostIldcpInfo", prepare{from: "deb"}).
		differ(debugging, told(childInfo("test.conn.debug.deb")))
	config("config below a peer", prepare{from: "pia"}).
		differ(debugging, told(childInfo("test.conn.peering.pia")))
	config("config with an amount", prepare{from: "ann", amount: "7"})
	config("config with data", prepare{from: "ann", data: "00ff"})
	config("config after the expiry", prepare{from: "ann", expiresIn: -time.Second}).
		differ(engineWords, rejected("F00", "test.conn", "IL-DCP request packet is expired."))
	config("config shortly before the expiry", prepare{from: "ann", expiresIn: 1900 * time.Millisecond})
	config("config with another condition", prepare{from: "ann", condition: other}).
		differ(engineWords, rejected("F01", "test.conn", "condition must be peer protocol condition."))
	s.add("below config", prepare{from: "ann", to: "peer.config.x", amount: "0", condition: peerCondition})
	s.add("config as text", call{from: "ann", entries: func(good packet) []entry {
		good.amount, good.destination, good.condition = 0, "peer.config", peerCondition
		return []entry{{Name: "ilp", Type: text, Hex: hexOf(good.bytes())}}
	}}).wording = parser
	s.add("config beside an entry", call{from: "ann", entries: func(good packet) []entry {
		good.amount, good.destination, good.condition = 0, "peer.config", peerCondition
		return []entry{note(text, "hi"), ilp(good.bytes())}
	}})
	s.add("config before the login", on("mini").open("x").config("x").hear("x").hear("x"))

	to("a client", "alice", "test.conn.mini.ann")
	to("below a client", "alice", "test.conn.mini.ann.wallet.x")
	to("a client below a segment", "alice", "test.conn.seg.uma")
	to("a client below the account's id", "alice", "test.conn.usd.uma").
		differ("an unknown child is unreachable", noRoute("alice", "test.conn.usd.uma"))
	to("a client of a debugHostIldcpInfo", "alice", "test.elsewhere.deb").
		differ(debugging, notBelow("debug", "test.elsewhere.deb"))
	at := to("a client of a debugHostIldcpInfo at the account's place", "alice", "test.conn.debug.deb")
	at.differ(debugging, outcome{Reply: reply{Type: "fulfill", Fulfillment: "the preimage"}, Received: []delivery{{
		At: "deb", Amount: "100", Destination: "test.conn.debug.deb", Expiry: "-1s after the sender's", Condition: "as sent",
	}}})
	to("a client below a peer", "alice", "test.peered.pia").
		differ(debugging, notBelow("peering", "test.peered.pia"))
	s.add("shortly before the expiry", prepare{from: "ann", to: "test.conn.seg.uma", expiresIn: 1500 * time.Millisecond})
	to("from a client of a debugHostIldcpInfo", "deb", "test.conn.alice")
	to("from a client below a peer", "pia", "test.conn.alice")
	to("between clients of two accounts", "ann", "test.conn.seg.uma")
	s.differs = miniAddressesFacts()
	return s
}

// childInfo is the answer to a client that asks for its address, in hex.
func childInfo(address string) string {
	return hexOf(slices.Concat(octetString([]byte(address)), []byte{9}, octetString([]byte("XRP"))))
}

// miniAddressesFacts are the facts on which ours differs: the debugHostIldcpInfo has no effect, so that one of the
// packets for its addresses more is refused, and the relation is child.
func miniAddressesFacts() []difference {
	const child = "the clients of the plugin are children, and the relation says so"
	s := slices.Concat(
		balance("alice", 9, "200", debugging),
		counter("incoming_ilp_packets", "alice", 9, "4", debugging, "result", "fulfilled"),
		counter("incoming_ilp_packet_value", "alice", 9, "400", debugging, "result", "fulfilled"),
		counter("incoming_ilp_packets", "alice", 9, "3", debugging, "result", "failed"),
		counter("incoming_ilp_packet_value", "alice", 9, "300", debugging, "result", "failed"),
		counter("outgoing_ilp_packets", "peering", 9, "", debugging, "result", "fulfilled"),
		counter("outgoing_ilp_packets", "peering", 9, "1", debugging, "result", "failed"),
		counter("incoming_ilp_packets", "mini", 9, "6", counted, "result", "fulfilled"),
		counter("incoming_ilp_packets", "mini", 9, "4", counted, "result", "failed"),
		counter("incoming_ilp_packets", "mini", 9, "1", counted, "result", "rejected"),
		counter("incoming_ilp_packets", "debug", 9, "2", counted, "result", "fulfilled"),
		counter("incoming_ilp_packets", "peering", 9, "2", counted, "result", "fulfilled"),
		[]difference{
			{fact: "/accounts accounts.peering.info.relation", better: "text child", reason: child},
			{fact: "/accounts accounts.peering.info.sendRoutes", reason: child},
			{fact: "/accounts accounts.peering.info.receiveRoutes", reason: child},
		},
	)
	for _, path := range []string{"/routing", "/status"} {
		s = append(s,
			difference{fact: path + " localRoutingTable.test.conn.peering.nextHop", better: "text peering", reason: child},
			difference{fact: path + " localRoutingTable.test.conn.peering.path", better: "text ", reason: child})
	}
	return s
}

// miniInherits is an account that takes many clients of a connector that has its address from its parent, and refuses
// to send payments back to where they come from.
func miniInherits() subject {
	up := parent("up", 9).with("receiveRoutes", false).with("sendRoutes", false)
	up.server, up.secret, up.gives = "btp+ws://:s3cret@127.0.0.1:PORT", "s3cret", "g.up.conn"
	return subject{
		name: "mini-inherits",
		config: config{
			accounts: []account{mini("mini", 9), up},
			env:      map[string]string{"ENV": "production", "REFLECT_PAYMENTS": "false"},
		},
		clients: []client{{"ann", "mini"}, {"bea", "mini"}},
		scenarios: []scenario{
			{name: "config", do: prepare{from: "ann", to: "peer.config", amount: "0", condition: peerCondition}},
			{name: "up", do: prepare{from: "ann", to: "g.elsewhere"}},
			{name: "down", do: prepare{from: "up", to: "g.up.conn.mini.ann"}},
			{name: "down to a client that is not connected", do: prepare{from: "up", to: "g.up.conn.mini.zed"}},
			{name: "between two clients", do: prepare{from: "ann", to: "g.up.conn.mini.bea"}},
			{name: "back to the sender", do: prepare{from: "ann", to: "g.up.conn.mini.ann"}},
			{name: "an echo", do: prepare{from: "ann", to: "g.up.conn", data: echoData(0, "g.up.conn.mini.ann.x")}},
		},
	}
}
