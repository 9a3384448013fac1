package chain

import "github.com/ilp-go/connector/ilp"

// Carrier takes calls to the external side. Its methods must not block and must not panic, and copy what
// they are given before they return. What they send may wait until batch ends, which may be nil.
//
// The external side names a call by its id, which no other call of the Chain has at the time. Its answers
// may come before the method returns.
type Carrier interface {
	// Stage calls a stage with a Prepare. It returns false, and has told the external side nothing, if
	// too much waits to be sent.
	Stage(stage, id uint32, packet []byte, batch *ilp.ReadBatch) bool
	// Outcome tells what next returned: the bytes of a Fulfill or a Reject, or a failure, which next
	// throws. False is as with Stage.
	Outcome(stage, id uint32, reply *ilp.Reply, batch *ilp.ReadBatch) bool
	// Over tells that a call has ended without the stage, which took too long. It may be dropped.
	Over(stage, id uint32)
}

// Stage is a method that a module has put into a pipeline of one account, as its process numbers it.
type Stage struct {
	chain   *Chain
	number  uint32
	absent  absent
	refused cause
}

// Stage returns a stage of the process by its number. module is the name that operators know.
func (c *Chain) Stage(number uint32, module string) *Stage {
	return &Stage{c, number, absent(module), cause("middleware " + module)}
}

// Number returns the number of the stage in its process.
func (s *Stage) Number() uint32 { return s.number }

// Chain returns the process that the stage is in.
func (s *Stage) Chain() *Chain { return s.chain }
