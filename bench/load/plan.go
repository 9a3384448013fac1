package load

import "time"

// lifetime is how long after it was sent a packet expires.
const lifetime = 10 * time.Second

// Plan is a load to drive. Either Window or Rate is set.
type Plan struct {
	// Window is how many packets each sender keeps in flight.
	Window int
	// Rate is how many packets all senders together send, one after the other, per second.
	Rate int
	// Aim lists where a sender sends to, in turns. One with nothing to aim at is silent. All
	// addresses of a sender are of one length.
	Aim func(sender int) []Target
	// Want is what is to become of the packets.
	Want Outcome
	// Phases follow one another without a break.
	Phases []Phase
	// CPU tells the CPU time that the process under test has used.
	CPU func() (time.Duration, error)
	// Core is the core to run on, OnAnyCore for any.
	Core int
}

// OnAnyCore leaves it to the kernel where to run.
const OnAnyCore = -1

// Phase is a part of a run that is measured by itself.
type Phase struct {
	Duration time.Duration
	// Begin, if not nil, is called when the phase begins, and must be quick.
	Begin func() error
	// Until, if not nil, puts the end off until it says yes.
	Until func() bool
}

// Measure is what a phase brought.
type Measure struct {
	Elapsed time.Duration
	Packets int64         // answered while it lasted
	CPU     time.Duration // of the process under test meanwhile
	Own     time.Duration // of this thread
	Others  time.Duration // of everything else on the machine
	Latency Histogram     // of the packets that were to be sent while it lasted
}

// Sum is several phases as one.
func Sum(phases []Measure) Measure {
	sum := Measure{Latency: NewHistogram()}
	for i := range phases {
		m := &phases[i]
		sum.Elapsed += m.Elapsed
		sum.Packets += m.Packets
		sum.CPU += m.CPU
		sum.Own += m.Own
		sum.Others += m.Others
		sum.Latency.Merge(&m.Latency)
	}
	return sum
}
