package test

// dials is how a connector introduces itself to the servers of its accounts.
func dials() subject {
	dialled := func(id, server, secret string) account {
		a := child(id, 9)
		a.server, a.secret = server, secret
		return a
	}
	withOptions := dialled("options", "btp+ws://127.0.0.1:PORT", "s3cret")
	withOptions.options = map[string]any{"btpAccount": "me", "btpToken": "s3cret"}
	justToken := dialled("token", "btp+ws://127.0.0.1:PORT/", "s3cret")
	justToken.options = map[string]any{"btpToken": "s3cret"}
	s := subject{
		name: "dials",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				dialled("bob", "btp+ws://:s3cret@127.0.0.1:PORT", "s3cret"),
				dialled("named", "btp+ws://me:s3cret@127.0.0.1:PORT", "s3cret"),
				dialled("path", "btp+ws://me:s3cret@127.0.0.1:PORT/some/path?query=1&x=%20", "s3cret"),
				dialled("escaped", "btp+ws://m%20e:s%2Fc%40r%25t@127.0.0.1:PORT", "s%2Fc%40r%25t"),
				dialled("special", "btp+ws://m;e:s^c|r~t@127.0.0.1:PORT", "s%5Ec%7Cr~t"),
				dialled("host", "btp+ws://:s3cret@localhost:PORT", "s3cret"),
				withOptions,
				justToken,
			},
		},
	}
	for _, a := range s.config.accounts[1:] {
		s.add("introduction to "+a.id, introduce{to: a.id})
		s.add("a packet to "+a.id, prepare{from: "alice", to: "test.conn." + a.id})
		s.add("a packet from "+a.id, prepare{from: a.id, to: "test.conn.alice"})
	}
	return s
}
