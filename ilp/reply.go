package ilp

import (
	"github.com/ilp-go/connector/ilp/oer"
)

// Reply is the answer to a Prepare: a view of a Fulfill or of a Reject over
// borrowed bytes, valid until the call that was handed it returns, or a
// failure. A failure is a refusal that was made on this side of the wire and is
// not encoded yet: it has a code, a message and perhaps data, but no bytes and
// no triggeredBy. The zero Reply is none.
type Reply struct {
	raw     []byte // nil for a failure
	fixed   int    // where the fulfillment or the code begins
	by      span   // triggeredBy
	msg     span
	payload span

	failure Failure

	// Batch is the read that brought the answer, nil if it came otherwise.
	Batch *ReadBatch
}

// Failure is a refusal that is not encoded yet.
type Failure struct {
	Code    Code
	Message string
	Data    []byte
	// Name is the error's class, told only to peers for whom the error handler
	// is off. Empty means the class that goes with the code.
	Name string
}

// Reply is the failure as an answer.
func (f Failure) Reply() Reply { return Reply{failure: f} }

// Fail is the failure of the given code and message, as an answer. It does not
// allocate.
func Fail(code Code, message string) Reply {
	return Reply{failure: Failure{Code: code, Message: message}}
}

// span is a piece of the packet's bytes.
type span struct{ start, end int }

// ParseReply checks the packet that b begins with and returns a view of it.
// Bytes after the packet are left out.
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

// Failure is the failure, of use when Failed.
func (r *Reply) Failure() Failure { return r.failure }

// Fulfilled reports whether the reply is a Fulfill.
func (r *Reply) Fulfilled() bool { return Type(r.raw) == TypeFulfill }

// Bytes is the encoded packet, nil for a failure.
func (r *Reply) Bytes() []byte { return r.raw }

// Fulfillment is the 32-byte preimage of the condition. Only of a Fulfill.
func (r *Reply) Fulfillment() []byte { return r.raw[r.fixed : r.fixed+ConditionBytes] }

// Code is the error code of a Reject or a failure, 0 of a Fulfill.
func (r *Reply) Code() Code {
	switch {
	case r.Failed():
		return r.failure.Code
	case r.Fulfilled():
		return 0
	}
	return codeOf(r.raw[r.fixed:])
}

// TriggeredBy is the address of whoever made the Reject, perhaps empty.
func (r *Reply) TriggeredBy() []byte { return r.at(r.by) }

// Message is the message of a Reject or a failure, as borrowed bytes.
func (r *Reply) Message() []byte {
	if r.Failed() {
		return []byte(r.failure.Message)
	}
	return r.at(r.msg)
}

// Data is the payload.
func (r *Reply) Data() []byte {
	if r.Failed() {
		return r.failure.Data
	}
	return r.at(r.payload)
}

// Clone is a view over a copy of the reply's bytes, or of a failure's data,
// appended to buf[:0], and the copy. It carries no batch.
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

// cutSpan cuts an octet string off the tail of b that is left, and says where
// in the whole it lies.
func cutSpan(left []byte, whole int) (s span, octets, rest []byte, err error) {
	octets, rest, err = oer.CutOctets(left)
	if err != nil {
		return span{}, nil, nil, wireError(err)
	}
	end := whole - len(rest)
	return span{end - len(octets), end}, octets, rest, nil
}
