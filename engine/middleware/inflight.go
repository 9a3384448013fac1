package middleware

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// The causes of packets that are refused because too much is under way.
const (
	CausePacketsInFlight = "packets_in_flight"
	CauseValueInFlight   = "value_in_flight"
)

// flightIn bounds how many packets of the account, and how much of its money, wait for an
// answer. It bounds the memory that a neighbor can take by packets that nobody answers, and how
// much of the room of other accounts it can hold.
type flightIn struct{ *account.Account }

// Prepare counts the amount until the answer. The engine has counted the packet already.
func (f *flightIn) Prepare(p *engine.Packet) engine.Verdict {
	if most := f.InFlight.IncomingPackets; most > 0 && f.Counters.InFlight.Load() > most && !betweenNeighbors(p) {
		return p.RefuseFor(packetsIn{f.Account}, ilp.Failure{Code: ilp.T05, Message: "too many packets in flight, throttling."})
	}
	if !f.Counters.IncomingInFlight.Take(p.Incoming(), f.InFlight.IncomingAmount) {
		return p.RefuseFor(valueIn{f.Account}, ilp.Failure{Code: ilp.T04, Message: "exceeded money in flight, throttling."})
	}
	return engine.Pass
}

// Reply takes the amount off the count.
func (f *flightIn) Reply(p *engine.Packet) engine.Verdict {
	f.Counters.IncomingInFlight.Give(p.Incoming())
	return engine.Pass
}

// Causes returns the two limits.
func (f *flightIn) Causes() []engine.Cause {
	return []engine.Cause{packetsIn{f.Account}, valueIn{f.Account}}
}

// flightOut bounds how many packets wait for an answer of the account, and how much money.
type flightOut struct{ *account.Account }

// Prepare counts the amount until the answer. The engine has counted the packet already.
func (f *flightOut) Prepare(p *engine.Packet) engine.Verdict {
	if most := f.InFlight.OutgoingPackets; most > 0 && f.Counters.Outstanding.Load() > most && !betweenNeighbors(p) {
		return p.RefuseFor(packetsOut{f.Account}, ilp.Failure{Code: ilp.T02, Message: "too many packets in flight to account, throttling."})
	}
	if !f.Counters.OutgoingInFlight.Take(p.Outgoing(), f.InFlight.OutgoingAmount) {
		return p.RefuseFor(valueOut{f.Account}, ilp.Failure{Code: ilp.T04, Message: "exceeded money in flight to account, throttling."})
	}
	return engine.Pass
}

// Reply takes the amount off the count.
func (f *flightOut) Reply(p *engine.Packet) engine.Verdict {
	f.Counters.OutgoingInFlight.Give(p.Outgoing())
	return engine.Pass
}

// Causes returns the two limits.
func (f *flightOut) Causes() []engine.Cause {
	return []engine.Cause{packetsOut{f.Account}, valueOut{f.Account}}
}

// betweenNeighbors reports whether a packet is a message without value of a protocol between
// neighbors. These always pass: routes must not expire because payments are not answered.
func betweenNeighbors(p *engine.Packet) bool {
	return p.Incoming() == 0 && bytes.HasPrefix(p.Prepare().Destination(), []byte(ilp.PeerPrefix))
}

// packetsIn, packetsOut, valueIn and valueOut are the causes of refusals.
type (
	packetsIn  struct{ *account.Account }
	packetsOut struct{ *account.Account }
	valueIn    struct{ *account.Account }
	valueOut   struct{ *account.Account }
)

// Name returns the cause.
func (packetsIn) Name() string { return CausePacketsInFlight }

// Name returns the cause.
func (packetsOut) Name() string { return CausePacketsInFlight }

// Name returns the cause.
func (valueIn) Name() string { return CauseValueInFlight }

// Name returns the cause.
func (valueOut) Name() string { return CauseValueInFlight }

// Room returns how many packets may be under way, and how many more.
func (c packetsIn) Room() (limit, headroom string) {
	return packetRoom(c.InFlight.IncomingPackets, c.Counters.InFlight.Load()) // also when it refuses a packet, which is still counted
}

// Room returns how many packets may be under way, and how many more.
func (c packetsOut) Room() (limit, headroom string) {
	return packetRoom(c.InFlight.OutgoingPackets, c.Counters.Outstanding.Load())
}

// Room returns how much may be under way, and how much more.
func (c valueIn) Room() (limit, headroom string) {
	return valueRoom(c.InFlight.IncomingAmount, &c.Counters.IncomingInFlight)
}

// Room returns how much may be under way, and how much more.
func (c valueOut) Room() (limit, headroom string) {
	return valueRoom(c.InFlight.OutgoingAmount, &c.Counters.OutgoingInFlight)
}

func packetRoom(most, now int64) (limit, headroom string) {
	if most == 0 {
		return "", ""
	}
	return fmt.Sprintf("%d packets", most), strconv.FormatInt(max(0, most-now), 10)
}

func valueRoom(most uint64, now *account.Flying) (limit, headroom string) {
	if most == 0 { // 64 bits are no limit that an operator has set
		return "", ""
	}
	return strconv.FormatUint(account.InFlightMax(most), 10), strconv.FormatUint(now.Room(most), 10)
}

var (
	_ engine.Limited = (*flightIn)(nil)
	_ engine.Limited = (*flightOut)(nil)
	_ engine.Cause   = packetsIn{}
	_ engine.Cause   = packetsOut{}
	_ engine.Cause   = valueIn{}
	_ engine.Cause   = valueOut{}
)
