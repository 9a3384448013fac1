package test

import "time"

// disabled are connectors without some of the middlewares.
func disabled() []subject {
	return []subject{withoutErrorHandler(), withoutParsers(), withoutLimits()}
}

// withoutErrorHandler tells errors as errors of BTP, not as rejects.
func withoutErrorHandler() subject {
	s := subject{
		name: "disabled-error-handler",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", map[string]string{"maximum": "1000"}),
				child("bob", 9), child("gone", 9),
				child("small", 9).with("maxPacketAmount", "10"),
				child("few", 9).with("rateLimit", map[string]any{"refillPeriod": forever, "refillCount": 1}),
			},
			env: map[string]string{
				"DISABLE_MIDDLEWARE": `["errorHandler"]`, "INITIAL_CONNECT_TIMEOUT": "300", "MIN_MESSAGE_WINDOW": "200",
			},
		},
		absent: []string{"gone"},
	}
	s.add("fulfilled", prepare{from: "alice", to: "test.conn.bob"})
	s.add("rejected", prepare{from: "alice", to: "test.conn.bob"}).answer = rejects("F99", "test.conn.bob", "no", "")
	s.add("no route", prepare{from: "alice", to: "test.nowhere"})
	s.add("not connected", prepare{from: "alice", to: "test.conn.gone"})
	s.add("expired", prepare{from: "alice", to: "test.conn.bob", expiresIn: -time.Hour})
	s.add("not answered", prepare{from: "alice", to: "test.conn.bob", expiresIn: 2 * time.Second}).answer = silent
	s.add("wrong fulfillment", prepare{from: "alice", to: "test.conn.bob"}).answer = wrong
	s.add("an error", prepare{from: "alice", to: "test.conn.bob"}).answer = answer{Do: "throw", Name: "Error", Message: "no"}
	s.add("past the maximum", prepare{from: "alice", to: "test.conn.bob", amount: "1001"})
	s.add("too large", prepare{from: "small", to: "test.conn.bob", amount: "11"})
	s.add("the first of few", prepare{from: "few", to: "test.conn.bob"})
	s.add("the second of few", prepare{from: "few", to: "test.conn.bob"})
	s.add("an invalid type", send{from: "alice", bytes: func(packet) []byte { return []byte{99} }})
	garbage := s.add("garbage", send{from: "alice", bytes: func(packet) []byte { return []byte{12} }})
	garbage.wording = parser
	garbage.differ("the reference names the class of its parser's error",
		outcome{Reply: reply{Type: "error", Code: "F00", Name: "Error"}})
	s.add("an unknown peer protocol", prepare{from: "alice", to: "peer.unknown", amount: "0", condition: peerCondition})
	s.add("a packet as text", call{from: "alice", entries: func(packet) []entry {
		return []entry{{Name: "ilp", Type: text, Hex: hexOf([]byte("hi"))}}
	}})
	s.differs = counter("outgoing_ilp_packets", "bob", 9, "2", failedAtOnce, "result", "failed")
	return s
}

// withoutParsers does not look into answers.
func withoutParsers() subject {
	s := subject{
		name: "disabled-parsers",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), child("bob", 9)},
			env:      map[string]string{"DISABLE_MIDDLEWARE": `["stats","alert","validateFulfillment"]`},
		},
	}
	add := func(name string, a answer) *scenario {
		c := s.add(name, prepare{from: "alice", to: "test.conn.bob"})
		c.answer = a
		return c
	}
	garbage := func(name string, a answer) {
		c := add(name, a)
		c.differs, c.wording = "garbage is never passed on", "the reference has no words for it"
		c.better = outcome{
			Reply: rejected("F00", "test.conn", "").Reply,
			Received: []delivery{{
				At: "bob", Amount: "100", Destination: "test.conn.bob", Expiry: "-1s after the sender's", Condition: "as sent",
			}},
		}
	}
	add("fulfilled", answer{})
	add("rejected", rejects("T04", "test.x", "exceeded maximum balance.", "00"))
	add("the wrong fulfillment", wrong)
	garbage("words", answer{Do: "bytes", Hex: hexOf([]byte("words"))})
	garbage("one byte", answer{Do: "bytes", Hex: "ff"})
	garbage("a prepare", answer{Do: "bytes", Hex: hexOf(packet{condition: conditionOf("00"), destination: "test.x"}.bytes())})
	request := &s.scenarios[len(s.scenarios)-1]
	request.differs, request.better.Reply = "a prepare is a request, whatever carries it, and the packet waits for its answer", rejected("R00", "test.conn", "").Reply
	garbage("a reject by no address", answer{Do: "bytes", Hex: hexOf(envelope(14, []byte("F99\x03bob\x00\x00")))})
	add("an error", answer{Do: "throw", Name: "Error", Message: "no"})
	return s
}

// withoutLimits has none of the other middlewares.
func withoutLimits() subject {
	s := subject{
		name: "disabled-limits",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", map[string]string{"maximum": "0"}).with("maxPacketAmount", "1").
					with("rateLimit", map[string]any{"refillPeriod": forever, "refillCount": 1}).
					with("throughput", map[string]any{"refillPeriod": forever, "incomingAmount": "1", "outgoingAmount": "1"}),
				child("bob", 9),
			},
			env: map[string]string{
				"DISABLE_MIDDLEWARE": `["rateLimit","balance","maxPacketAmount","throughput","deduplicate","echo"]`,
			},
		},
	}
	add := func(name string, do action) { s.add(name, do).label = "one and the same" }
	add("much", prepare{from: "alice", to: "test.conn.bob", amount: "1000000", expiresAt: 20 * time.Second})
	add("the same again", prepare{from: "alice", to: "test.conn.bob", amount: "1000000", expiresAt: 20 * time.Second})
	add("an echo", prepare{from: "alice", to: "test.conn", data: echoData(0, "test.conn.alice.x")})
	s.scenarios[len(s.scenarios)-1].differ("our own address has no next hop", noRoute("alice", "test.conn"))
	add("more balance", ask{method: "POST", path: "/balance", body: `{"accountId":"alice","amountDiff":"7"}`})
	add("the balances", ask{method: "GET", path: "/balance"})
	add("the alerts", ask{method: "GET", path: "/alerts"})
	return s
}
