package test

import (
	"slices"
	"time"
)

// peerCondition is the condition of the peer protocols: the hash of 32 zero bytes.
var peerCondition = conditionOf(hexOf(make([]byte, 32)))

// peerProtocol is what is said to packets for the connector's neighbor, itself.
func peerProtocol() subject {
	s := subject{
		name: "peer-protocol",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance),
				child("bob", 2).with("ilpAddressSegment", "robert"),
				{id: "euro", relation: "child", scale: 255, asset: "\u20ac"},
				peer("carl", 6),
				parent("dora", 3),
			},
			env: map[string]string{"DEFAULT_ROUTE": ""},
		},
	}
	other := conditionOf("00")
	add := func(name string, p prepare) {
		if p.amount == "" {
			p.amount = "0"
		}
		if p.condition == "" {
			p.condition = peerCondition
		}
		s.add(name, p)
	}
	add("config for a child", prepare{from: "alice", to: "peer.config"})
	add("config for a child with a segment of its own", prepare{from: "bob", to: "peer.config"})
	add("config for a child with a strange asset", prepare{from: "euro", to: "peer.config"})
	add("config for a peer", prepare{from: "carl", to: "peer.config"})
	add("config for a parent", prepare{from: "dora", to: "peer.config"})
	add("config with an amount", prepare{from: "alice", to: "peer.config", amount: "7"})
	add("config with data", prepare{from: "alice", to: "peer.config", data: "00ff"})
	add("config after the expiry", prepare{from: "alice", to: "peer.config", expiresIn: -time.Second})
	add("config shortly before the expiry", prepare{from: "alice", to: "peer.config", expiresIn: 1900 * time.Millisecond})
	add("config long before the expiry", prepare{from: "alice", to: "peer.config", expiresIn: 1000 * time.Hour})
	add("config with another condition", prepare{from: "alice", to: "peer.config", condition: other})
	add("config with another condition, with an amount",
		prepare{from: "alice", to: "peer.config", condition: other, amount: "7"})
	add("below config", prepare{from: "alice", to: "peer.config.x"})
	add("like config", prepare{from: "alice", to: "peer.configs"})
	add("an unknown protocol", prepare{from: "alice", to: "peer.unknown"})
	add("an unknown protocol with another condition", prepare{from: "alice", to: "peer.unknown", condition: other})
	add("an unknown protocol after the expiry", prepare{from: "alice", to: "peer.unknown", expiresIn: -time.Second})
	add("an unknown routing message", prepare{from: "carl", to: "peer.route.unknown"})
	add("an unknown routing message of a child", prepare{from: "alice", to: "peer.route.unknown"})
	add("routing and no more", prepare{from: "carl", to: "peer.route"})
	add("like routing", prepare{from: "carl", to: "peer.routes"})
	add("a routing message with another condition", prepare{from: "carl", to: "peer.route.update", condition: other})
	add("route control of a child", prepare{from: "alice", to: "peer.route.control", data: routeControl})
	add("route update of a child", prepare{from: "alice", to: "peer.route.update", data: routeUpdate})
	s.differs = slices.Concat(
		counter("incoming_ilp_packets", "alice", 9, "8", declined, "result", "failed"),
		counter("incoming_ilp_packets", "alice", 9, "3", declined, "result", "rejected"),
	)
	return s
}

// The data of a route control and of a route update as npm ilp-protocol-ccp writes them: the mode SYNC with no
// known table; and an update of nothing with holddown 45 s and the speaker test.alice.
const (
	routeControl = "01" + "00000000000000000000000000000000" + "00000000" + "0100"
	routeUpdate  = "00112233445566778899aabbccddeeff" + "00000000" + "00000000" + "00000000" + "0000afc8" +
		"0a" + "746573742e616c696365" + "0100" + "0100"
)
