package btplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// errMessage says that a message is not BTP. It ends the session, and nothing else.
var errMessage = errors.New("peer sent a malformed BTP message")

// receive handles one message of an authenticated session. It takes answers even if a new
// connection of the peer has replaced this one.
func (s *session) receive(message []byte) error {
	p, err := btp.Parse(message)
	if err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	entry, there, answers := contents(&p)
	if answers {
		if !s.receiveAnswer(&p, entry) && p.Type == btp.TypeMessage {
			s.respond(p.RequestID) // the id may be one of the peer's own, and it waits
		}
		return nil
	}
	if auth := s.replacedBy.Load(); auth != nil {
		s.sendError(*auth, btp.Error{
			Code: ilp.F00, Name: "NotAcceptedError",
			Data: "This connection has been ended because the user has opened a new connection",
		}, &s.batch)
		return errReplaced
	}
	if r := s.link.runner; r != nil && r.messages != nil && (!there || p.Type == btp.TypeTransfer) {
		if validJSON(&p) {
			s.receiveMessage(&p)
		} else {
			s.refuse(p.RequestID, "SyntaxError", "Unexpected token in JSON", &s.batch)
		}
		return nil
	}
	if p.Type == btp.TypeTransfer {
		s.refuse(p.RequestID, "Error", "No sendMoney functionality is included in this module", &s.batch)
		return nil
	}
	s.receiveRequest(&p, entry, there)
	return nil
}

// contents returns the entry with the ILP packet of a message, and reports whether there is
// one, and whether the message answers a request of ours. The packet decides that, not the
// type of the message: interledger-rs sends a Prepare in a Response, and the answer in a
// Message. Of several packets, the first of a Response and the last of a Message count, as in
// the reference.
func contents(p *btp.Packet) (entry btp.Entry, there, answers bool) {
	switch p.Type {
	case btp.TypeResponse:
		entry, there = p.First(btp.ILP)
		return entry, there, !octets(entry) || ilp.Type(entry.Data) != ilp.TypePrepare
	case btp.TypeMessage:
		entry, there = p.Last(btp.ILP)
		typ := ilp.Type(entry.Data)
		return entry, there, octets(entry) && (typ == ilp.TypeFulfill || typ == ilp.TypeReject)
	}
	return btp.Entry{}, false, p.Type == btp.TypeError
}

// receiveRequest takes a request. It gives the ILP packet in entry to the handler of the
// link.
func (s *session) receiveRequest(p *btp.Packet, entry btp.Entry, there bool) {
	if !validJSON(p) {
		s.refuse(p.RequestID, "SyntaxError", "Unexpected token in JSON", &s.batch)
		return
	}
	if !there || unset(entry) {
		s.refuseEmpty(p.RequestID)
		return
	}
	r := newRequest(s, p.RequestID)
	prepare, err := ilp.ParsePrepare(entry.Data)
	if kind := notOctets(entry); kind != "" {
		err = fmt.Errorf("data handler was passed a non-buffer. typeof=%s", kind)
	}
	if err != nil {
		s.link.handler.HandlePrepare(s.link.parsing(r), ilp.Malformed(err, &s.batch))
		return
	}
	prepare.Batch = &s.batch
	s.link.handler.HandlePrepare(r, prepare)
}

// receiveAnswers handles one message of a session that is being finished: it takes an
// answer and drops anything else, as we could not answer any more.
func (s *session) receiveAnswers(message []byte) error {
	if p, err := btp.Parse(message); err == nil {
		if entry, _, answers := contents(&p); answers {
			s.receiveAnswer(&p, entry)
		}
	}
	return nil
}

// receiveAnswer takes the answer to a request of ours: the ILP packet in entry, or a BTP
// Error. It reports whether a request waited for it. If none did, the handler gets it when
// it is a link.Unmatched.
func (s *session) receiveAnswer(p *btp.Packet, entry btp.Entry) (waits bool) {
	up, waits := s.link.pending.TakeVia(p.RequestID, s.may)
	if !waits && s.link.unmatched == nil {
		return false
	}
	if a, ok := up.(*asked); ok {
		a.take(p)
		return true
	}
	var reply ilp.Reply
	if p.Type == btp.TypeError {
		reply = sendFailure(string(p.AppendErrorJSON(nil)))
	} else {
		var err error
		if reply, err = ilp.ParseReply(entry.Data); err != nil {
			reply = ilp.Failure{Code: ilp.F00, Message: err.Error(), Name: "Error"}.Reply()
		}
	}
	reply.Batch = &s.batch
	if waits {
		up.WriteReply(reply)
	} else {
		s.link.unmatched.HandleUnmatched(reply)
	}
	return waits
}

// respond answers a request with a Response that carries nothing.
func (s *session) respond(id uint32) {
	s.send(websocket.Binary, btp.AppendResponse(nil, id), &s.batch)
}

// sendError answers a request with a BTP Error.
func (s *session) sendError(id uint32, e btp.Error, batch *ilp.ReadBatch) bool {
	e.TriggeredAt = time.Now()
	return s.send(websocket.Binary, btp.AppendError(nil, id, e), batch)
}

// validJSON reports whether all protocol data of type JSON is JSON. The reference refuses
// a message with an entry that is not.
func validJSON(p *btp.Packet) bool {
	for e := range p.Entries() {
		if e.ContentType == btp.JSON && !json.Valid(e.Data) {
			return false
		}
	}
	return true
}

// unset reports whether an entry is a value that JavaScript treats as false: an empty
// text, or JSON that is null, false, 0 or "".
func unset(e btp.Entry) bool {
	switch e.ContentType {
	case btp.Text:
		return len(e.Data) == 0
	case btp.JSON:
		var v any
		if json.Unmarshal(e.Data, &v) != nil {
			return false
		}
		return v == nil || v == false || v == 0.0 || v == ""
	}
	return false
}

// octets reports whether an entry is octets.
func octets(e btp.Entry) bool { return e.ContentType != btp.Text && e.ContentType != btp.JSON }

// notOctets returns the JavaScript name for the type of an entry that is not octets. It
// returns an empty string for octets.
func notOctets(e btp.Entry) string {
	switch e.ContentType {
	case btp.Text:
		return "string"
	case btp.JSON:
		var v any
		if json.Unmarshal(e.Data, &v) != nil {
			return "object"
		}
		switch v.(type) {
		case bool:
			return "boolean"
		case float64:
			return "number"
		case string:
			return "string"
		}
		return "object"
	}
	return ""
}
