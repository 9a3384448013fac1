package test

// settlement is what the plain BTP plugin does when a balance falls below the threshold: it moves no money and says
// that it did.
func settlement() subject {
	settles := func(id, maximum, threshold, to string) account {
		return child(id, 9).with("balance", map[string]string{
			"minimum": "-100000", "maximum": maximum, "settleThreshold": threshold, "settleTo": to,
		})
	}
	s := subject{
		name: "settlement",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				settles("bob", "1000", "-500", "0"),
				settles("carl", "1000", "-500", "-100"),
				settles("prefunded", "1000", "100", "200"),
				settles("overfunded", "100", "50", "500"),
			},
		},
	}
	add := func(name, to, amount string) {
		s.add(name, prepare{from: "alice", to: "test.conn." + to, amount: amount})
	}
	see := func(name string) { s.add(name, look{}) }
	see("after the start")
	add("above the threshold", "bob", "400")
	add("at the threshold", "bob", "100")
	see("at the threshold, the balances")
	add("below the threshold", "bob", "1")
	add("below the threshold of another", "carl", "700")
	add("far below", "prefunded", "1000")
	add("of one who cannot be settled with", "overfunded", "10")
	see("at the end")
	return s
}
