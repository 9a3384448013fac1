package test

// rates is what the backend ecb makes of amounts, with rates that are given to it.
func rates() subject {
	of := func(id, asset string, scale int) account {
		a := child(id, scale)
		a.asset = asset
		return a
	}
	s := subject{
		name: "rates",
		config: config{
			address: "test.conn",
			accounts: []account{
				of("eur", "EUR", 9), of("usd", "USD", 9), of("jpy", "JPY", 2), of("eur2", "EUR", 2),
				of("xyz", "XYZ", 9), of("gone", "XYZ", 9),
			},
			env: map[string]string{
				"BACKEND":                 "ecb",
				"BACKEND_CONFIG":          `{"mockData":{"base":"EUR","rates":{"USD":1.0837,"JPY":157.89}}}`,
				"SPREAD":                  "0.002",
				"INITIAL_CONNECT_TIMEOUT": "300",
			},
		},
		absent: []string{"gone"},
	}
	add := func(from, to, amount string) {
		s.add(amount+" from "+from+" to "+to, prepare{from: from, to: "test.conn." + to, amount: amount})
	}
	for _, pair := range [][2]string{
		{"eur", "usd"}, {"usd", "eur"}, {"eur", "jpy"}, {"jpy", "usd"}, {"eur", "eur2"}, {"eur2", "eur"},
	} {
		for _, amount := range []string{"0", "1", "1000000", "123456789"} {
			add(pair[0], pair[1], amount)
		}
	}
	add("eur", "xyz", "100")
	add("xyz", "eur", "100")
	add("xyz", "gone", "100")
	add("eur", "gone", "100")
	return s
}
