package test

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// most is the largest amount of a packet.
const most = "18446744073709551615"

// amounts is what becomes of an amount between accounts of different scale, and that it arrives unchanged.
func amounts() subject {
	s := subject{
		name: "amounts",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9), child("bob", 9), child("six", 6), child("twelve", 12), child("none", 0), child("huge", 30),
				child("all", 255),
			},
		},
	}
	add := func(to, amount string) { s.scenarios = append(s.scenarios, pays(to, amount)) }
	for _, amount := range []string{"0", "1", "9007199254740993", "9223372036854775807", "9223372036854775808", most} {
		add("bob", amount)
	}
	for _, amount := range []string{"0", "999", "1000", "1999", "9007199254740993001", "18446744073709551614", most} {
		add("six", amount)
	}
	for _, amount := range []string{"999999999", "1000000000", most} {
		add("none", amount)
	}
	for _, amount := range []string{"0", "1", "18446744073709551"} {
		add("twelve", amount)
	}
	add("huge", "0")
	add("all", "0")
	s.add("all to bob", prepare{from: "all", to: "test.conn.bob", amount: most})
	s.add("huge to alice", prepare{from: "huge", to: "test.conn.alice", amount: most})
	for _, length := range []int{127, 128, 255, 256, 32767, 65536} {
		s.add(fmt.Sprint(length, " bytes"), prepare{from: "alice", to: "test.conn.bob", data: strings.Repeat("ab", length)})
	}
	return s
}

// pays is a packet of alice's.
func pays(to, amount string) scenario {
	return scenario{name: amount + " to " + to, do: prepare{from: "alice", to: "test.conn." + to, amount: amount}}
}

// overflow is what becomes of amounts that are too large in the scale of the next hop.
func overflow() subject {
	const reason = "an amount over uint64 is never wrapped and forwarded"
	s := subject{
		name: "overflow",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), child("twelve", 12), child("huge", 30), child("all", 255)},
		},
	}
	const mostOfTwelve = 18446744073709551 // what may be sent to the account twelve; to those above it, nothing
	for _, over := range []struct {
		to     string
		amount uint64
		most   uint64
	}{
		{"twelve", mostOfTwelve + 1, mostOfTwelve}, {"twelve", 1e17, mostOfTwelve}, {"twelve", 1e18 - 1, mostOfTwelve},
		{"twelve", 1e18, mostOfTwelve}, {"twelve", math.MaxUint64, mostOfTwelve},
		{"huge", 1, 0}, {"huge", math.MaxUint64, 0}, {"all", 1, 0}, {"all", math.MaxUint64, 0},
	} {
		c := pays(over.to, fmt.Sprint(over.amount))
		c.differs, c.better = reason, rejected("F08", "test.conn", "")
		c.better.Reply.Data = fmt.Sprintf("%016x%016x", over.amount, over.most) // as RFC 27 has it for F08
		c.wording = "the reference has no words for it"
		s.scenarios = append(s.scenarios, c)
	}
	s.differs = slices.Concat(
		counter("incoming_ilp_packets", "alice", 9, "", reason, "result", "fulfilled"),
		counter("incoming_ilp_packets", "alice", 9, "9", reason, "result", "failed"),
		counter("outgoing_ilp_packets", "twelve", 12, "", reason, "result", "fulfilled"),
		counter("outgoing_ilp_packets", "huge", 30, "", reason, "result", "fulfilled"),
	)
	return s
}
