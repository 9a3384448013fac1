package speaker

import "time"

// exchange is a request that waits for its answer. Each half of a session has at
// most one open exchange, so that a slow neighbor is never flooded.
type exchange struct {
	id    uint32 // of the last request
	open  bool
	until time.Time // when the answer is too late
}

// begin opens the next exchange and returns its id.
func (e *exchange) begin(now time.Time, timeout time.Duration) (id uint32) {
	e.id++
	e.open, e.until = true, now.Add(timeout)
	return e.id
}

// end closes the exchange of an id. It reports false if that is not open: the answer is
// too late.
func (e *exchange) end(id uint32) bool {
	if !e.open || id != e.id {
		return false
	}
	e.open = false
	return true
}

// cancel closes the exchange without an answer.
func (e *exchange) cancel() { e.open = false }

func (e *exchange) deadline() time.Time {
	if !e.open {
		return time.Time{}
	}
	return e.until
}

func (e *exchange) late(now time.Time) bool { return due(e.deadline(), now) }
