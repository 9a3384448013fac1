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
	if isAnswer(&p) {
		s.receiveAnswer(&p)
		return nil
	}
	if auth := s.replacedBy.Load(); auth != nil {
		s.sendError(*auth, btp.Error{
			Code: ilp.F00, Name: "NotAcceptedError",
			Data: "This connection has been ended because the user has opened a new connection",
		}, &s.batch)
		return errReplaced
	}
	switch p.Type {
	case btp.TypeMessage:
		s.receiveMessage(&p)
	case btp.TypeTransfer:
		s.sendError(p.RequestID, btp.Error{
			Code: ilp.F00, Name: "Error",
			Data: btp.ErrorData("No sendMoney functionality is included in this module"),
		}, &s.batch)
	}
	return nil
}

// receiveMessage takes a request. It gives the last ILP packet in it to the handler of
// the link.
func (s *session) receiveMessage(p *btp.Packet) {
	if !validJSON(p) {
		s.sendError(p.RequestID, btp.Error{
			Code: ilp.F00, Name: "SyntaxError", Data: btp.ErrorData("Unexpected token in JSON"),
		}, &s.batch)
		return
	}
	entry, there := p.Last(btp.ILP)
	if !there || unset(entry) {
		s.send(websocket.Binary, btp.AppendResponse(nil, p.RequestID), &s.batch)
		return
	}
	r := newRequest(s, p.RequestID)
	prepare, err := ilp.ParsePrepare(entry.Data)
	if kind := notOctets(entry); kind != "" {
		err = fmt.Errorf("data handler was passed a non-buffer. typeof=%s", kind)
	}
	if err != nil {
		s.link.handler.HandlePrepare(r, ilp.Malformed(err, &s.batch))
		return
	}
	prepare.Batch = &s.batch
	s.link.handler.HandlePrepare(r, prepare)
}

// receiveAnswers handles one message of a session that is being finished: it takes an
// answer and drops anything else, as we could not answer any more.
func (s *session) receiveAnswers(message []byte) error {
	if p, err := btp.Parse(message); err == nil && isAnswer(&p) {
		s.receiveAnswer(&p)
	}
	return nil
}

// isAnswer reports whether a message answers a request.
func isAnswer(p *btp.Packet) bool { return p.Type == btp.TypeResponse || p.Type == btp.TypeError }

// receiveAnswer takes the answer to a request of ours. If no request waits for it, the
// handler gets it when it is a link.Unmatched.
func (s *session) receiveAnswer(p *btp.Packet) {
	up, waits := s.link.pending.Take(p.RequestID)
	if !waits && s.link.unmatched == nil {
		return
	}
	var reply ilp.Reply
	if p.Type == btp.TypeError {
		reply = sendFailure(string(p.AppendErrorJSON(nil)))
	} else {
		entry, _ := p.First(btp.ILP)
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
