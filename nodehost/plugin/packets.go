package plugin

import (
	"encoding/json"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/nodehost"
)

// HandlePrepare sends a packet through the plugin. It does not block.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	o := l.object.Load()
	if o == nil {
		up.WriteReply(prepare.Reply(ilp.Fail(ilp.T01, "no connection to account. account="+l.opts.Module.Account)))
		return
	}
	o.HandlePrepare(up, prepare)
}

// Connected reports whether the plugin is connected, and its process answers.
func (l *Link) Connected() bool {
	o := l.object.Load()
	return o != nil && o.Connected()
}

// events is a Link as its node host sees it. The host calls one method at a time.
type events Link

// Up notes that the plugin was constructed.
func (e *events) Up(_ *nodehost.Object, c nodehost.Constructed) {
	e.mu.Lock()
	e.made++
	e.down, e.connected, e.able = nil, false, c
	e.mu.Unlock()
	(*Link)(e).wake()
}

// Down notes why the plugin cannot be used.
func (e *events) Down(why error) {
	e.mu.Lock()
	e.down, e.connected = why, false
	e.mu.Unlock()
	(*Link)(e).wake()
}

// Connected notes whether the plugin is connected.
func (e *events) Connected(connected bool) {
	e.mu.Lock()
	e.connected = connected
	e.mu.Unlock()
	(*Link)(e).wake()
}

// HandlePrepare takes a packet that the plugin has brought.
func (e *events) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	e.handler.HandlePrepare(up, prepare)
}

// HandleUnmatched takes an answer that nothing waits for any more.
func (e *events) HandleUnmatched(reply ilp.Reply) {
	if e.unmatched != nil {
		e.unmatched.HandleUnmatched(reply)
	}
}

// Call takes a call of the plugin: of its store, or of the money that it has received.
func (e *events) Call(method string, args []json.RawMessage, answer func(result any, err error)) {
	switch method {
	case "get", "put", "del":
		if s := e.opts.Module.Store; s != nil {
			askStore(s, e.opts.Module.Account, method, args, answer)
			return
		}
		e.kept.call(method, args, answer)
	case "money":
		e.received.take(args, answer)
	default:
		answer(nil, &nodehost.Error{Name: "Error", Message: "unknown method " + method})
	}
}

var (
	_ nodehost.PacketHandler = (*events)(nil)
	_ nodehost.CallHandler   = (*events)(nil)
)
