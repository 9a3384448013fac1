package test

import "time"

// expiry is what is said to packets that come too late, and what time is left to the others.
func expiry() subject {
	s := subject{
		name: "expiry",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance), child("bob", 9).with("balance", someBalance), child("gone", 9),
			},
			env: map[string]string{
				"MIN_MESSAGE_WINDOW":      "3000",
				"MAX_HOLD_TIME":           "40000",
				"INITIAL_CONNECT_TIMEOUT": "300",
			},
		},
		absent: []string{"gone"},
	}
	add := func(name, to string, in time.Duration) {
		s.add(name, prepare{from: "alice", to: to, expiresIn: in})
	}
	add("long ago", "test.conn.bob", -time.Hour)
	add("just now", "test.conn.bob", -10*time.Millisecond)
	add("within one window", "test.conn.bob", 2*time.Second)
	add("within two windows", "test.conn.bob", 4500*time.Millisecond)
	add("after two windows", "test.conn.bob", 10*time.Second)
	add("before the hold time and the window", "test.conn.bob", 41*time.Second)
	add("in an hour", "test.conn.bob", time.Hour)
	add("in centuries", "test.conn.bob", 250*366*24*time.Hour)
	add("expired and without a route", "test.elsewhere", -time.Second)
	add("expired and not connected", "test.conn.gone", -time.Second)
	add("expired, for the connector itself", "test.conn", -time.Second)
	return s
}
