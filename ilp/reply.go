package ilp

import (
	"github.com/ilp-go/connector/ilp/oer"
)

// Reply is the answer to a Prepare: a view of a Fulfill or of a Reject over borrowed bytes,
// or a failure. It is valid until the call that was given it returns. A failure is a
// refusal on our side of the wire that is not encoded yet: it has a code, a message and
// perhaps data, but no bytes and no triggeredBy. The zero Reply is no answer.
type Reply struct {
	raw     []byte // nil for a failure
	fixed   int    // where the fulfillment or the code begins
	by      span   // triggeredBy
	msg     span
	payload span

	failure Failure

	// Batch is the read that brought the answer, nil if no read of a socket did.
	Batch *ReadBatch
}

// Failure is a refusal that is not encoded yet.
type Failure struct {
	Code Code
	// Declined says that we are configured to refuse the request of a neighbor. That is no
	// trouble of ours, so it counts as rejected.
	Declined bool
	Message  string
	Data     []byte
	// Name is the error class. Only peers for which the error handler is off see
	// it. Empty means the class that belongs to the code.
	Name string
}

// Reply returns the failure as an answer.
func (f Failure) Reply() Reply { return Reply{failure: f} }

// Fail returns a failure with a code and a message, as an answer. It does not allocate.
func Fail(code Code, message string) Reply {
	return Reply{failure: Failure{Code: code, Message: message}}
}

// span is a piece of the packet's bytes.
type span struct{ start, end int }

// ParseReply checks the packet that b begins with and returns a view of it. The view
// leaves out bytes after the packet.
func ParseReply(b []byte) (Reply, error) {
	if Type(b) == TypeFulfill {
		return parseFulfill(b)
	}
	return parseReject(b)
}

// None reports whether r is the zero Reply.
func (r *Reply) None() bool { return r.raw == nil && r.failure.Code == 0 }

// Failed reports whether the reply is a failure, the zero Reply included.
func (r *Reply) Failed() bool { return r.raw == nil }

// Failure returns the failure. It is meaningful only if Failed reports true.
func (r *Reply) Failure() Failure { return r.failure }

// Fulfilled reports whether the reply is a Fulfill.
func (r *Reply) Fulfilled() bool { return Type(r.raw) == TypeFulfill }

// Bytes returns the encoded packet, nil for a failure.
func (r *Reply) Bytes() []byte { return r.raw }

// Fulfillment returns the 32-byte preimage of the condition. Call it only on a Fulfill.
func (r *Reply) Fulfillment() []byte { return r.raw[r.fixed : r.fixed+ConditionBytes] }

// Code returns the error code of a Reject or a failure, 0 for a Fulfill.
func (r *Reply) Code() Code {
	switch {
	case r.Failed():
		return r.failure.Code
	case r.Fulfilled():
		return 0
	}
	return codeOf(r.raw[r.fixed:])
}

// TriggeredBy returns the address of the node that made the Reject. It may be empty.
func (r *Reply) TriggeredBy() []byte { return r.at(r.by) }

// Message returns the message of a Reject or a failure, as borrowed bytes.
func (r *Reply) Message() []byte {
	if r.Failed() {
		return []byte(r.failure.Message)
	}
	return r.at(r.msg)
}

// Data returns the payload.
func (r *Reply) Data() []byte {
	if r.Failed() {
		return r.failure.Data
	}
	return r.at(r.payload)
}

// Clone appends a copy of the reply's bytes, or of a failure's data, to buf[:0], and
// returns a view of the copy, and the copy. The view has no batch.
func (r *Reply) Clone(buf []byte) (Reply, []byte) {
	c := *r
	c.Batch = nil
	if r.Failed() {
		buf = append(buf[:0], r.failure.Data...)
		if r.failure.Data != nil {
			c.failure.Data = buf
		}
		return c, buf
	}
	buf = append(buf[:0], r.raw...)
	c.raw = buf
	return c, buf
}

func (r *Reply) at(s span) []byte {
	if r.raw == nil {
		return nil
	}
	return r.raw[s.start:s.end]
}

// cutSpan cuts an octet string off left, the end of a packet of whole bytes. It returns the
// octets and their place in the packet.
func cutSpan(left []byte, whole int) (s span, octets, rest []byte, err error) {
	octets, rest, err = oer.CutOctets(left)
	if err != nil {
		return span{}, nil, nil, wireError(err)
	}
	end := whole - len(rest)
	return span{end - len(octets), end}, octets, rest, nil
}
