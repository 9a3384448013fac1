package btplink

import (
	"sync"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

// request is a packet of the peer that waits for our answer.
type request struct {
	session *session
	id      uint32
}

var requests = sync.Pool{New: func() any { return new(request) }}

func newRequest(s *session, id uint32) *request {
	r := requests.Get().(*request)
	r.session, r.id = s, id
	return r
}

// WriteReply sends the answer over the connection that brought the request. If that has
// ended or was replaced, it sends the answer over the present connection of the account,
// as the peer takes it from there too. Without any connection the answer is lost, just
// as when a connection breaks a moment later.
func (r *request) WriteReply(reply ilp.Reply) {
	s, id := r.session, r.id
	*r = request{}
	requests.Put(r)
	now := s.current()
	if !now.answer(id, reply) {
		if later := s.current(); later != now {
			later.answer(id, reply)
		}
	}
}

// current returns the session to answer on: s, unless it was replaced.
func (s *session) current() *session {
	if s.installed.Load() {
		return s
	}
	if now := s.link.session(); now != nil {
		return now
	}
	return s
}

// answer sends the answer to a request, and reports whether it could.
func (s *session) answer(id uint32, reply ilp.Reply) bool {
	if reply.Failed() {
		return s.sendFailed(id, reply)
	}
	return s.sendILP(btp.TypeResponse, id, reply.Bytes(), reply.Batch, true)
}

// sendFailed answers with a BTP Error. That happens only if no middleware turns failures
// into Rejects (disableMiddleware: errorHandler).
func (s *session) sendFailed(id uint32, reply ilp.Reply) bool {
	f := reply.Failure()
	name := f.Name
	if name == "" {
		name = f.Code.ClassName()
	}
	return s.refuse(id, name, f.Message, reply.Batch)
}

// btpCode returns the BTP code of an error class. Of those of the reference, only one has a code
// of its own.
func btpCode(name string) ilp.Code {
	if name == "UnreachableError" {
		return ilp.T00
	}
	return ilp.F00
}

var _ ilp.ReplyWriter = (*request)(nil)
