package test

import (
	"slices"
	"time"
)

// failedAtOnce is why a packet that is not answered counts with ours.
const failedAtOnce = "a timeout counts as failed at once, and a late answer has a metric of its own"

// lateIsMoney is why there is an alert of a late Fulfill.
const lateIsMoney = "a late Fulfill is money that the peer may hold us to, and raises an alert"

// unanswered is what counts of a packet whose answer comes too late, or never, and what becomes of messages about
// routes that nobody answers.
func unanswered() subject {
	bob := child("bob", 9).with("balance", someBalance)
	bob.options = map[string]any{"responseTimeout": 4000}
	s := subject{
		name: "unanswered",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance), bob, peer("carl", 9), peer("dave", 9), peer("mute", 9),
			},
			env: exchanging(map[string]string{"MIN_MESSAGE_WINDOW": "200"}),
		},
	}
	soon := prepare{from: "alice", to: "test.conn.bob", expiresIn: 2 * time.Second}
	late := func(name string, then answer) {
		s.add(name, soon).answer = answer{Do: "hold", Then: &then}
		s.add(name+", at last", release{at: "bob"})
	}
	s.add("a silent neighbor", exchange{hangup{"mute"}, redial{"mute", silent}})
	s.add("an update", exchange{asks("dave"), hear{at: "dave"}, replies{"dave", silent}, says("carl", "+test.x"), news{"dave", 1}})
	s.add("never", soon).answer = silent
	s.add("the next update", exchange{replies{at: "dave"}, says("carl", "+test.y")})
	late("fulfilled late", answer{Do: "fulfill"})
	late("rejected late", rejects("F99", "test.x", "late", ""))
	late("rejected late for the maximum balance", rejects("T04", "test.x", "exceeded maximum balance.", ""))
	longer := s.add("longer than a response may take", prepare{from: "alice", to: "test.conn.bob", expiresIn: 7 * time.Second})
	longer.answer = silent
	longer.differ("bob may fulfill until the packet expires", outcome{
		Reply: rejected("R00", "test.conn", "packet expired.").Reply,
		Received: []delivery{{
			At: "bob", Amount: "100", Destination: "test.conn.bob", Expiry: "-200ms after the sender's", Condition: "as sent",
		}},
	})
	s.add("answered again", prepare{from: "alice", to: "test.conn.bob"})
	s.add("both updates", exchange{gather{"dave"}})
	s.add("asked again", exchange{asked{at: "mute", count: 2}}).
		differ("a control that is not answered is sent again", narrated(
			`mute is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`,
			`mute is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`))
	s.differs = slices.Concat(
		counter("outgoing_ilp_packets", "bob", 9, "5", failedAtOnce, "result", "failed"),
		counter("outgoing_ilp_packets", "bob", 9, "1", failedAtOnce, "result", "fulfilled"),
		counter("outgoing_ilp_packets", "bob", 9, "", failedAtOnce, "code", "F99", "result", "rejected"),
		counter("outgoing_ilp_packets", "bob", 9, "", failedAtOnce, "code", "T04", "result", "rejected"),
		[]difference{ // before that of the reference
			{fact: "/alerts alerts.0.message", better: "text the account has fulfilled packets after they had expired and may hold us to them: " +
				"1 since the start, worth 100", reason: lateIsMoney},
			{fact: "/alerts alerts.0.triggeredBy", better: "text ", reason: lateIsMoney},
			{fact: "/alerts alerts.[]", better: "2 entries", reason: lateIsMoney},
		},
	)
	return s
}
