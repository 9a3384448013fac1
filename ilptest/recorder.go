package ilptest

import (
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
)

// Recorder waits for one answer.
type Recorder struct {
	got   chan ilp.Reply
	calls atomic.Int32
}

// NewRecorder returns a Recorder that has no answer yet.
func NewRecorder() *Recorder { return &Recorder{got: make(chan ilp.Reply, 8)} }

// WriteReply records a copy.
func (r *Recorder) WriteReply(reply ilp.Reply) {
	r.calls.Add(1)
	kept, _ := reply.Clone(nil)
	r.got <- kept
}

// Reply waits for the answer.
func (r *Recorder) Reply() ilp.Reply { return <-r.got }

// Calls returns how often an answer was written. More than once is a mistake.
func (r *Recorder) Calls() int { return int(r.calls.Load()) }

var _ ilp.ReplyWriter = (*Recorder)(nil)
