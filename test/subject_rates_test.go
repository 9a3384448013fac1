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
	s.scenarios[len(s.scenarios)-1].differ("equal assets need no price",
		outcome{Reply: rejected("T01", "test.conn", "no connection to account. account=gone").Reply})
	add("eur", "gone", "100")
	s.differs = append(s.differs, difference{"/alerts alerts.[]", "2 entries", "an account whose asset has no price is an alert"})
	const reason = "an asset without a price does not hide the other rates"
	s.differs = append(s.differs, difference{"/rates", "200 application/json", reason})
	numbers := map[string]string{
		"eur.eur2": "9.98e-08", "eur.jpy": "1.5757422e-05", "eur.usd": "1.0815326",
		"eur2.eur": "9980000", "eur2.jpy": "157.57422", "eur2.usd": "10815326",
		"jpy.eur": "63208.5629235544", "jpy.eur2": "0.00632085629235544", "jpy.usd": "68499.1196402559",
		"xyz.gone": "0.998", "gone.xyz": "0.998", // equal assets need no price
		"usd.eur": "0.920919073544339", "usd.eur2": "9.20919073544339e-08", "usd.jpy": "1.45403912521916e-05",
	}
	for _, from := range s.config.accounts {
		for _, to := range s.config.accounts {
			pair, better := from.id+"."+to.id, "<nil> <nil>"
			if number, priced := numbers[pair]; priced {
				better = "number " + number
			}
			if from.id != to.id {
				s.differs = append(s.differs, difference{"/rates " + pair, better, reason})
			}
		}
	}
	return s
}
