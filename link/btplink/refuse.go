package btplink

import (
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

// noPacket is what ilp-plugin-mini-accounts says to a request without an ILP packet.
const noPacket = "invalid packet, no ilp protocol data."

// refusal returns the BTP Error for a request that we do not accept, in the manner of the
// plugin of the reference. ilp-plugin-btp names a class of errors, and wraps the message in
// JSON. ilp-plugin-mini-accounts knows one class, and sends the message as it is: that is for
// links that were begun, those of one of many clients.
func (l *Link) refusal(class, message string) btp.Error {
	if l.begun {
		return btp.Error{Code: ilp.F00, Name: notAccepted, Data: message}
	}
	return btp.Error{Code: btpCode(class), Name: class, Data: btp.ErrorData(message)}
}

// notAccepted names the class of errors of ilp-plugin-mini-accounts.
const notAccepted = "NotAcceptedError"

// refuse answers a request that we do not accept.
func (s *session) refuse(id uint32, class, message string, batch *ilp.ReadBatch) bool {
	return s.sendError(id, s.link.refusal(class, message), batch)
}

// refuseEmpty answers a request without an ILP packet. ilp-plugin-btp has nothing to say to it.
func (s *session) refuseEmpty(id uint32) {
	if s.link.begun {
		s.refuse(id, notAccepted, noPacket, &s.batch)
		return
	}
	s.respond(id)
}

// parsing returns who answers a packet that does not parse. The handler rejects and counts it
// all the same.
func (l *Link) parsing(r *request) ilp.ReplyWriter {
	if l.begun {
		return unparsed{r}
	}
	return r
}

// unparsed answers such a packet of one of many clients with a BTP Error.
type unparsed struct{ *request }

// WriteReply answers with the words of a Reject.
func (u unparsed) WriteReply(reply ilp.Reply) {
	if !reply.Failed() && !reply.Fulfilled() {
		reply = failure(reply)
	}
	u.request.WriteReply(reply)
}

// failure returns a failure with the words of a Reject.
func failure(reject ilp.Reply) ilp.Reply {
	f := ilp.Failure{Code: reject.Code(), Message: string(reject.Message()), Name: notAccepted}.Reply()
	f.Batch = reject.Batch
	return f
}

var _ ilp.ReplyWriter = unparsed{}
