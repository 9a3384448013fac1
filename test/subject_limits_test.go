package test

// forever is a period after which no bucket of a test is full again, in milliseconds.
const forever = 100 * 3600 * 1000

// limits are the middlewares that refuse what is too much: rateLimit, maxPacketAmount and throughput.
func limits() subject {
	rate := func(more map[string]any) map[string]any {
		limit := map[string]any{"refillPeriod": forever}
		for k, v := range more {
			limit[k] = v
		}
		return limit
	}
	money := func(key, amount string) map[string]any { return map[string]any{"refillPeriod": forever, key: amount} }
	s := subject{
		name: "limits",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("bob", 9),
				child("few", 9).with("rateLimit", rate(map[string]any{"refillCount": 4})),
				child("burst", 9).with("rateLimit", rate(map[string]any{"refillCount": 1, "capacity": 2})),
				child("zero", 9).with("rateLimit", rate(map[string]any{"refillCount": 1, "capacity": 0})),
				child("small", 9).with("maxPacketAmount", "1000"),
				child("in", 9).with("throughput", money("incomingAmount", "1000")),
				child("lost", 9).with("throughput", money("incomingAmount", "1000")),
				child("out", 6).with("throughput", money("outgoingAmount", "1000")),
				child("vain", 9).with("throughput", money("outgoingAmount", "1000")),
				child("all", 9).with("maxPacketAmount", "1000").with("throughput", money("incomingAmount", "1500")).
					with("balance", map[string]string{"maximum": "1200"}),
			},
		},
	}
	add := s.add
	bytesOf := func(b ...byte) func(packet) []byte { return func(packet) []byte { return b } }

	add("few: 1, garbage", send{from: "few", bytes: bytesOf(99)})
	add("few: 2, peer.config", prepare{from: "few", to: "peer.config", amount: "0", condition: peerCondition})
	add("few: 3, no packet", call{from: "few", entries: func(packet) []entry { return nil }})
	add("few: 3, a packet", prepare{from: "few", to: "test.conn.bob"})
	add("few: 4, no route", prepare{from: "few", to: "test.nowhere"})
	add("few: 5, a packet", prepare{from: "few", to: "test.conn.bob"})
	add("few: 6, garbage", send{from: "few", bytes: bytesOf(99)})
	add("few: 7, peer.config", prepare{from: "few", to: "peer.config", amount: "0", condition: peerCondition})
	add("few: what goes out is not counted", prepare{from: "bob", to: "test.conn.few"})
	add("burst: 1", prepare{from: "burst", to: "test.conn.bob"})
	add("burst: 2", prepare{from: "burst", to: "test.conn.bob"})
	add("burst: 3", prepare{from: "burst", to: "test.conn.bob"})
	add("zero: 1", prepare{from: "zero", to: "test.conn.bob"})
	add("zero: 2", prepare{from: "zero", to: "test.conn.bob"})

	add("small: the maximum", prepare{from: "small", to: "test.conn.bob", amount: "1000"})
	add("small: one more", prepare{from: "small", to: "test.conn.bob", amount: "1001"})
	add("small: everything", prepare{from: "small", to: "test.conn.bob", amount: "18446744073709551615"})
	add("small: too much to nowhere", prepare{from: "small", to: "test.nowhere", amount: "1001"})
	add("small: too much and expired", prepare{from: "small", to: "test.conn.bob", amount: "1001", expiresIn: -1})
	add("small: what goes out may be large", prepare{from: "bob", to: "test.conn.small", amount: "5000"})
	add("small: garbage", send{from: "small", bytes: bytesOf(12, 1, 1)}).wording = parser

	add("in: 600", prepare{from: "in", to: "test.conn.bob", amount: "600"})
	add("in: 401", prepare{from: "in", to: "test.conn.bob", amount: "401"})
	add("in: 400", prepare{from: "in", to: "test.conn.bob", amount: "400"})
	add("in: 1", prepare{from: "in", to: "test.conn.bob", amount: "1"})
	add("in: 0", prepare{from: "in", to: "test.conn.bob", amount: "0"})
	add("in: what goes out is not counted", prepare{from: "bob", to: "test.conn.in", amount: "5000"})
	add("lost: 600, refused", prepare{from: "lost", to: "test.nowhere", amount: "600"})
	add("lost: 401", prepare{from: "lost", to: "test.conn.bob", amount: "401"})
	add("lost: more than there ever is", prepare{from: "lost", to: "test.conn.bob", amount: "1001"})

	add("out: 600,000 as 600", prepare{from: "bob", to: "test.conn.out", amount: "600000"})
	add("out: 401,000 as 401", prepare{from: "bob", to: "test.conn.out", amount: "401000"})
	add("out: 400,999 as 400", prepare{from: "bob", to: "test.conn.out", amount: "400999"})
	add("out: 1000 as 1", prepare{from: "bob", to: "test.conn.out", amount: "1000"})
	add("out: 999 as 0", prepare{from: "bob", to: "test.conn.out", amount: "999"})
	add("out: what comes in is not counted", prepare{from: "out", to: "test.conn.bob", amount: "5000"})
	add("vain: 600, rejected", prepare{from: "bob", to: "test.conn.vain", amount: "600"}).
		answer = rejects("F99", "test.conn.vain", "no", "")
	add("vain: 401", prepare{from: "bob", to: "test.conn.vain", amount: "401"})

	add("all: 1001 is more than a packet may be", prepare{from: "all", to: "test.conn.bob", amount: "1001"})
	add("all: 900", prepare{from: "all", to: "test.conn.bob", amount: "900"})
	add("all: 700 is more than the bandwidth that is left", prepare{from: "all", to: "test.conn.bob", amount: "700"})
	add("all: 400 is more than the balance that is left", prepare{from: "all", to: "test.conn.bob", amount: "400"})
	add("all: 201 is more than the bandwidth that is left", prepare{from: "all", to: "test.conn.bob", amount: "201"})
	return s
}
