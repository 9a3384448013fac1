package test

import "slices"

// strict are the packets that the reference repairs and forwards, or takes for something else, and ours refuses
// as malformed.
func strict() subject {
	const (
		highBit  = "the high bit of an address is not dropped, the address is refused"
		strictly = "a timestamp is parsed strictly, not rolled over"
	)
	s := subject{
		name:   "strict",
		config: config{address: "test.conn", accounts: []account{child("alice", 9), child("bob", 9)}},
	}
	refuse := func(reason string, c scenario) {
		c.differs = reason
		c.better = rejected("F00", "test.conn", "")
		s.scenarios = append(s.scenarios, c)
	}
	address := func(name, address string) {
		refuse(highBit, spoilt("alice", "address: "+name, func(p *prepareParts) {
			p.destination = octetString([]byte(address))
		}))
	}
	address("high bits", "test.conn.bob.\xe1\xe2\xe3")
	address("a high bit in the scheme", "\xf4est.conn.bob")
	address("a high bit in a dot", "test\xaeconn.bob")

	for _, expiry := range []struct{ name, timestamp string }{
		{"month 13", "20401301000000000"},
		{"month 0", "20400001000000000"},
		{"day 0", "20400100000000000"},
		{"day 32", "20400132000000000"},
		{"30 February", "20400230000000000"},
		{"29 February of a year without", "20410229000000000"},
		{"hour 24", "20400101240000000"},
		{"minute 60", "20400101006000000"},
		{"second 60", "20400101000060000"},
		{"spaces for zeros", "2040 1 1 0 0 0  0"},
		{"a sign", "2040+1+1000000000"},
		{"a decimal point", "20400101000000.00"},
		{"a high bit", "\xb20400101000000000"},
		{"nothing but spaces", "                 "},
		{"nothing but zeros", "00000000000000000"},
		{"the year 100", "01000101000000000"},
	} {
		refuse(strictly, withExpiry(expiry.name, expiry.timestamp))
	}
	epoch := withExpiry("the start of 1970", "19700101000000000")
	epoch.wording = ""
	epoch.differs = "the first moment of 1970 is a time like another"
	epoch.better = rejected("R02", "test.conn",
		"source transfer has already expired. sourceExpiry=<time> currentTime=<time>")
	s.scenarios = append(s.scenarios, epoch)

	s.differs = slices.Concat(
		counter("outgoing_ilp_packets", "bob", 9, "", strictly, "result", "fulfilled"),
		counter("incoming_ilp_packets", "alice", 9, "", strictly, "result", "fulfilled"),
		counter("incoming_ilp_packets", "alice", 9, "1", strictly, "result", "failed"),
	)
	return s
}
