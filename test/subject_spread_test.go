package test

// spreads are rates with a spread: that of the backend's own configuration wins.
func spreads() []subject {
	accounts := []account{child("alice", 9), child("bob", 9), child("six", 6), child("twelve", 12)}
	of := func(name string, env map[string]string, amounts ...string) subject {
		s := subject{name: name, config: config{address: "test.conn", accounts: accounts, env: env}}
		for _, amount := range amounts {
			for _, to := range []string{"bob", "six", "twelve"} {
				s.scenarios = append(s.scenarios, pays(to, amount))
			}
		}
		return s
	}
	paid := of("spread", map[string]string{"SPREAD": "0.002"},
		"0", "1", "499", "500", "1000", "1001", "9007199254740993", "18446744073709551")
	paying := of("spread-of-the-backend", map[string]string{"SPREAD": "0.5", "BACKEND_CONFIG": `{"spread":-0.01}`},
		"1", "99", "100", "1000000", "18000000000000000")
	return []subject{paid, paying, fineSpread(accounts)}
}

// fineSpread is a spread that the reference loses, because it rounds a rate to 15 digits.
func fineSpread(accounts []account) subject {
	s := subject{
		name:   "spread-of-many-digits",
		config: config{address: "test.conn", accounts: accounts, env: map[string]string{"SPREAD": "1e-16"}},
	}
	arrives := func(name, amount, better string) {
		s.add(name, prepare{from: "alice", to: "test.conn.bob", amount: amount}).differ("rates are exact", outcome{
			Reply: reply{Type: "fulfill", Fulfillment: "the preimage"},
			Received: []delivery{{
				At: "bob", Amount: better, Destination: "test.conn.bob", Expiry: "-1s after the sender's", Condition: "as sent",
			}},
		})
	}
	arrives("everything", most, "18446744073709549770")
	arrives("one", "1", "0")
	return s
}
