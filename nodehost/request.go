package nodehost

import (
	"sync"

	"github.com/ilp-go/connector/ilp"
)

// request is a packet of a plugin that waits for our answer.
type request struct {
	session    *session
	object, id uint32
}

var requests = sync.Pool{New: func() any { return new(request) }}

func newRequest(s *session, object, id uint32) *request {
	r := requests.Get().(*request)
	r.session, r.object, r.id = s, object, id
	return r
}

// WriteReply sends the answer to the process. If that has ended, the answer is lost, as the
// plugin that waits for it is.
func (r *request) WriteReply(reply ilp.Reply) {
	s, object, id := r.session, r.object, r.id
	*r = request{}
	requests.Put(r)
	if !reply.Failed() {
		s.send(frame{frameReply, object, id, reply.Bytes()}, reply.Batch, true)
		return
	}
	// Only without the middleware errorHandler. Then the module gets the error itself.
	s.sendJSON(frameRefusal, object, id, errorOf(reply.Failure()), reply.Batch)
}

// errorOf returns a failure of ours as the error that modules see in the reference.
func errorOf(f ilp.Failure) *Error {
	name := f.Name
	if name == "" {
		name = f.Code.ClassName()
	}
	return &Error{Name: name, Message: f.Message, Code: f.Code.String(), Data: f.Data}
}

var _ ilp.ReplyWriter = (*request)(nil)
