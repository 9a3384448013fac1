package nodehost

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// Object is a module in the processes of a Host. Its methods are safe for concurrent use.
type Object struct {
	host    *Host
	module  Module
	number  uint32
	handler Handler
	packets PacketHandler // the handler, nil if it is none
	calls   CallHandler
	events  EventHandler

	place atomic.Pointer[place] // nil while the module is down
	retry retry
}

// place is an object in one process.
type place struct {
	session   *session
	pending   *link.Pending // packets to the module
	connected atomic.Bool   // the plugin is
}

// newObject returns an object that is down.
func newObject(h *Host, number uint32, m Module, handler Handler) *Object {
	o := &Object{host: h, module: m, number: number, handler: handler}
	o.packets, _ = handler.(PacketHandler)
	o.calls, _ = handler.(CallHandler)
	o.events, _ = handler.(EventHandler)
	return o
}

// HandlePrepare sends a packet to a plugin. It does not block.
func (o *Object) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	p := o.place.Load()
	if p == nil || !p.connected.Load() {
		up.WriteReply(prepare.Reply(o.unconnected()))
		return
	}
	id, ok := p.pending.Put(up, prepare.Batch.Time().Deadline(prepare.Expiry()))
	if !ok {
		up.WriteReply(prepare.Reply(o.refusal(p, ilp.T03, "too many packets in flight.")))
		return
	}
	if !p.session.send(frame{framePacket, o.number, id, prepare.Bytes()}, prepare.Batch, false) {
		if up, ok := p.pending.Take(id); ok {
			up.WriteReply(prepare.Reply(o.refusal(p, ilp.T02, "peer is busy.")))
		}
	}
}

// refusal returns a failure for a packet that could not be sent in a place. That its process has ended,
// or the object was removed, comes first.
func (o *Object) refusal(p *place, code ilp.Code, message string) ilp.Reply {
	if p.session.over() || o.place.Load() != p {
		return o.unconnected()
	}
	return ilp.Fail(code, message)
}

func (o *Object) unconnected() ilp.Reply {
	return ilp.Fail(ilp.T01, "no connection to account. account="+o.module.Account)
}

// Connected reports whether the plugin is connected, and its process answers.
func (o *Object) Connected() bool {
	p := o.place.Load()
	return p != nil && p.connected.Load() && !p.session.silent.Load()
}

// Number returns the number of the object, by which other modules of its process know it.
func (o *Object) Number() uint32 { return o.number }

// In reports whether the object is in the processes of a host.
func (o *Object) In(h *Host) bool { return o.host == h }

// Silent returns an error if the process of the module does not answer, nil if it does, or if
// the module is down.
func (o *Object) Silent() error {
	if p := o.place.Load(); p != nil && p.session.silent.Load() {
		return errSilent
	}
	return nil
}

// Call calls a method of the module, and waits for what it resolves to: JSON, or nothing for
// undefined. The error is an *Error if the module has thrown or rejected it. It wraps ErrDown or
// ErrBusy if the module was not called, and ErrLost or the error of ctx if nobody knows what it
// has done.
func (o *Object) Call(ctx context.Context, method string, args ...any) (json.RawMessage, error) {
	type outcome struct {
		result json.RawMessage
		err    error
	}
	done := make(chan outcome, 1)
	o.Begin(func(result json.RawMessage, err error) { done <- outcome{result, err} }, method, args...)
	select {
	case got := <-done:
		return got.result, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Begin calls a method of the module. done is called once, on any goroutine, perhaps before
// Begin returns. It must not block.
func (o *Object) Begin(done func(result json.RawMessage, err error), method string, args ...any) {
	p := o.place.Load()
	if p == nil {
		done(nil, ErrDown)
		return
	}
	p.session.call(o.number, done, method, args...)
}

// Tell tells the module something, without an answer. It does not block, and does nothing while the
// module is down or too much waits for its process.
func (o *Object) Tell(name string, args ...any) {
	p := o.place.Load()
	if p == nil {
		return
	}
	if body, err := json.Marshal(append([]any{name}, args...)); err == nil {
		p.session.send(frame{frameEvent, o.number, 0, body}, nil, false)
	}
}

// Down reports whether the module is not to be used now.
func (o *Object) Down() bool { return o.place.Load() == nil }

// Remove ends the module. Packets that wait for it fail; calls end as they would. The handler is not
// called any more once Remove returns.
func (o *Object) Remove() { o.host.remove(o) }

// up makes the object usable in a session.
func (o *Object) up(s *session, c Constructed) {
	o.place.Store(&place{session: s, pending: link.NewPending(func(_ uint32, up ilp.ReplyWriter) {
		up.WriteReply(ilp.Fail(ilp.R00, "packet expired."))
	})})
	o.handler.Up(o, c)
}

// down ends the use of the object in its session.
func (o *Object) down(why error) {
	o.retry.end()
	p := o.place.Swap(nil)
	if p != nil {
		p.pending.Close(func(up ilp.ReplyWriter) { up.WriteReply(o.unconnected()) })
		p.connected.Store(false)
	}
	o.handler.Down(why)
}

var _ ilp.Handler = (*Object)(nil)
