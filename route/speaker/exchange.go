package speaker

import "time"

// exchange is a request that waits for its answer. Each half of a session has at
// most one under way, so that a slow neighbor is never flooded.
type exchange struct {
	id    uint32 // of the last one
	open  bool
	until time.Time // when it is too late for an answer
}

// begin opens the next one.
func (e *exchange) begin(now time.Time, patience time.Duration) (id uint32) {
	e.id++
	e.open, e.until = true, now.Add(patience)
	return e.id
}

// ends closes the exchange of an id. It reports false if that is not open any more:
// the answer is too late.
func (e *exchange) ends(id uint32) bool {
	if !e.open || id != e.id {
		return false
	}
	e.open = false
	return true
}

// cancel makes an answer come too late.
func (e *exchange) cancel() { e.open = false }

func (e *exchange) deadline() time.Time {
	if !e.open {
		return time.Time{}
	}
	return e.until
}

func (e *exchange) late(now time.Time) bool { return due(e.deadline(), now) }
