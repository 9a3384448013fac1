package load

import "time"

// lifetime is the time from sending a packet to its expiry.
const lifetime = 10 * time.Second

// Plan describes a load. Either Window or Rate is set.
type Plan struct {
	// Window is the number of packets that each sender keeps in flight.
	Window int
	// Rate is the number of packets a second of all senders, which take turns.
	Rate int
	// Packets, if not 0, is the number of packets after which no more are sent.
	Packets int64
	// Aim returns the targets that a sender sends to in turn. A sender without targets is silent. All
	// addresses of a sender have one length.
	Aim func(sender int) []Target
	// Want is how the packets must end.
	Want Outcome
	// Phases follow one another without a break.
	Phases []Phase
	// CPU returns the CPU time that the process under test has used.
	CPU func() (time.Duration, error)
	// Core is the core to run on, or OnAnyCore.
	Core int
}

// OnAnyCore lets the kernel choose the core.
const OnAnyCore = -1

// Phase is a part of a run that is measured by itself.
type Phase struct {
	Duration time.Duration
	// Begin, if not nil, is called when the phase begins. It must be quick.
	Begin func() error
	// Until, if not nil, makes the phase last until it returns true.
	Until func() bool
}

// Measure is what a phase brought.
type Measure struct {
	Elapsed time.Duration
	Packets int64         // answered in the phase
	CPU     time.Duration // of the process under test
	Own     time.Duration // CPU time of this thread
	Others  time.Duration // CPU time of everything else on the machine
	Latency Histogram     // of the packets that were due in the phase
}

// Sum adds phases up.
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
