package nodehost

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/clock"
)

// retry is a construction that has failed, and is tried again. The Host's handling guards it.
type retry struct {
	waits *clock.Backoff // nil while none has failed
	timer *time.Timer    // nil while none waits
}

// retryMax is the longest pause between two constructions of a module in one process. Each may leave
// something behind, such as a socket.
const retryMax = time.Minute

// again tells the handler of an object why its module could not be constructed, and has it constructed in the
// same process after a pause: what it lacks may come, such as a file. The caller holds handling.
func (h *Host) again(s *session, o *Object, why error) {
	if o.retry.waits == nil {
		o.retry.waits = clock.NewBackoff(clock.Doubling(time.Second, retryMax)...)
	}
	wait := o.retry.waits.Next()
	o.retry.timer = time.AfterFunc(wait, func() {
		h.handling.Lock()
		defer h.handling.Unlock()
		if o.retry.timer != nil && h.session == s && h.objects[o.number] == o {
			o.retry.timer = nil
			h.construct(s, o)
		}
	})
	o.handler.Down(&notConstructedError{fmt.Errorf("%s could not be constructed: %w", o.module.Name, why), time.Now().Add(wait)})
}

// constructed ends the pauses of the objects that may need one that has come up. The caller holds handling.
func (h *Host) constructed(s *session, o *Object) {
	again := o.retry.waits != nil
	o.retry = retry{}
	if !again || o.module.Kind != Store && o.module.Kind != Middleware {
		return
	}
	for _, other := range h.inOrder() {
		if other.retry.timer != nil {
			other.retry.timer.Stop()
			other.retry.timer = nil
			h.construct(s, other)
		}
	}
}

// end ends the wait for the next construction.
func (r *retry) end() {
	if r.timer != nil {
		r.timer.Stop()
	}
	*r = retry{}
}

// notConstructedError says that a module could not be constructed, and when it is tried again.
type notConstructedError struct {
	error
	next time.Time
}

// Unwrap returns why.
func (e *notConstructedError) Unwrap() error { return e.error }

var _ error = (*notConstructedError)(nil)
