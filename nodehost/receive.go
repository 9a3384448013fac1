package nodehost

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/ilp"
)

// handle handles a frame. An error ends the session. The caller holds host.handling.
func (s *session) handle(f frame) error {
	switch f.typ {
	case frameResult, frameFailure, frameReply, frameRefusal:
		return s.handleAnswer(f)
	case framePong:
		var m Memory
		if err := json.Unmarshal(f.body, &m); err != nil {
			return fmt.Errorf("%w: %w", errFrame, err)
		}
		s.memory.Store(&m)
		return nil
	case frameHello:
		return s.host.greeted(s, f.body)
	case frameLog:
		s.host.handleLog(s, f.object, f.body)
		return nil
	}
	if f.object&stageBit != 0 {
		s.handleStage(f, nil)
		return nil
	}
	o := s.host.objects[f.object]
	if o == nil {
		s.refuse(f)
		return nil
	}
	p := o.place.Load()
	if p == nil || p.session != s {
		s.refuse(f)
		return nil
	}
	switch f.typ {
	case framePacket, frameGarbage:
		s.handlePacket(o, f)
	case frameCall:
		s.handleCall(o, f)
	case frameEvent:
		if name, args, err := named(f.body); err == nil && o.events != nil {
			o.events.Event(name, args)
		}
	case frameState:
		connected := len(f.body) > 0 && f.body[0] != 0
		if o.packets != nil && p.connected.Swap(connected) != connected {
			o.packets.Connected(connected)
		}
	default:
		return fmt.Errorf("%w: a frame of type %d", errFrame, f.typ)
	}
	return nil
}

// refuse answers a request for an object that is not there: it was removed, or is not
// constructed yet.
func (s *session) refuse(f frame) {
	typ := frameFailure
	switch f.typ {
	case framePacket, frameGarbage:
		typ = frameRefusal
	case frameCall:
	default:
		return
	}
	s.sendJSON(typ, f.object, f.id, &Error{Name: "Error", Message: "account is not ready"}, &s.batch)
}

// handlePacket gives a packet of a plugin to its handler.
func (s *session) handlePacket(o *Object, f frame) {
	if o.packets == nil {
		s.refuse(f)
		return
	}
	r := newRequest(s, o.number, f.id)
	prepare, err := ilp.ParsePrepare(f.body)
	switch {
	case f.typ == frameGarbage:
		err = errors.New(string(clip.UTF8(f.body, messageBytesMax)))
	case len(f.body) > packetBytesMax:
		err = errLarge
	}
	if err != nil {
		prepare = ilp.Malformed(err, &s.batch)
	}
	prepare.Batch = &s.batch
	o.packets.HandlePrepare(r, prepare)
}

// handleCall gives a call of a module to its handler.
func (s *session) handleCall(o *Object, f frame) {
	object, id := f.object, f.id
	answer := func(result any, err error) { s.answer(object, id, result, err) }
	method, args, err := named(f.body)
	switch {
	case err != nil:
		answer(nil, &Error{Name: "Error", Message: "malformed call"})
	case o.calls == nil:
		answer(nil, &Error{Name: "Error", Message: "unknown method " + method})
	default:
		o.calls.Call(method, args, answer)
	}
}

// errLarge says that a packet is larger than any link takes.
var errLarge = fmt.Errorf("the packet has more than %d bytes", packetBytesMax)

// bound cuts what a module says of an error: peers and operators read it.
func (e *Error) bound() {
	e.Name, e.Message = clip.UTF8(e.Name, nameBytesMax), clip.UTF8(e.Message, messageBytesMax)
	if len(e.Data) > packetBytesMax {
		e.Data = nil
	}
}

// named returns the name and the arguments of a call or an event.
func named(body []byte) (name string, args []json.RawMessage, err error) {
	if err := json.Unmarshal(body, &args); err != nil {
		return "", nil, err
	}
	if len(args) == 0 {
		return "", nil, errFrame
	}
	err = json.Unmarshal(args[0], &name)
	return name, args[1:], err
}

// answer answers a call of the process.
func (s *session) answer(object, id uint32, result any, err error) {
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			e = &Error{Name: "Error", Message: err.Error()}
		}
		s.sendJSON(frameFailure, object, id, e, nil)
		return
	}
	if result == nil {
		s.send(frame{frameResult, object, id, nil}, nil, true)
		return
	}
	s.sendJSON(frameResult, object, id, result, nil)
}

// handleAnswer gives the answer to a request of ours to whoever waits for it. Calls have ids of
// the session, and packets have ids of their object.
func (s *session) handleAnswer(f frame) error {
	var failed *Error
	if f.typ == frameFailure || f.typ == frameRefusal {
		failed = new(Error)
		if err := json.Unmarshal(f.body, failed); err != nil {
			return fmt.Errorf("%w: %w", errFrame, err)
		}
		failed.bound()
	}
	if f.typ == frameResult || f.typ == frameFailure {
		s.handleOutcome(f, failed)
		return nil
	}
	if f.object&stageBit != 0 {
		s.handleStage(f, failed)
	} else if o := s.host.objects[f.object]; o != nil {
		s.handleReply(o, f, failed)
	}
	return nil
}

// handleOutcome gives the outcome of a call to its caller.
func (s *session) handleOutcome(f frame, failed *Error) {
	done := s.take(f.id)
	switch {
	case done == nil: // the process has answered twice
	case failed != nil:
		done(nil, failed)
	case len(f.body) == 0:
		done(nil, nil)
	default:
		done(append(json.RawMessage(nil), f.body...), nil)
	}
}

// handleReply gives the answer to a packet to the ReplyWriter that waits for it.
func (s *session) handleReply(o *Object, f frame, failed *Error) {
	p := o.place.Load()
	if p == nil || o.packets == nil {
		return
	}
	var reply ilp.Reply
	if failed != nil {
		reply = o.failure(failed)
	} else {
		var err error
		if reply, err = ilp.ParseReply(f.body); err == nil && len(f.body) > packetBytesMax {
			err = errLarge
		}
		if err != nil {
			reply = ilp.Failure{Code: ilp.F00, Message: err.Error(), Name: "Error"}.Reply()
		}
	}
	reply.Batch = &s.batch
	if up, waits := p.pending.Take(f.id); waits {
		up.WriteReply(reply)
		return
	}
	o.packets.HandleUnmatched(reply)
}

// failure returns the answer to a packet that a plugin could not send, with the texts of the
// reference.
func (o *Object) failure(e *Error) ilp.Reply {
	if e.Unconnected {
		return o.unconnected()
	}
	code := ilp.F02
	if c, ok := ilp.ParseCode(e.Code); ok {
		code = c
	}
	return ilp.Failure{Code: code, Message: e.Message, Data: e.Data, Name: e.Name}.Reply()
}
