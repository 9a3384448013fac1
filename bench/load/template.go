package load

import (
	"encoding/binary"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilp/oer"
	"github.com/ilp-go/connector/link/websocket"
)

// payloadMax is the longest payload of a frame that the clients accept, in bytes.
const payloadMax = 256 << 10

// The sizes of the data of a Prepare and of its answer, in bytes. That of a Prepare is about a small
// STREAM packet's, and makes its frame 300 bytes long.
const (
	dataBytes  = 176
	replyBytes = 40
)

// filler follows the label in the data of a packet and of its answer.
const (
	filler = line + line + line + line
	line   = "what a wallet says to another, sealed as STREAM does it."
)

// The offsets of fields in the contents of a Prepare, behind its type and length (RFC 27).
const (
	expiryAt      = 8
	expiryBytes   = 17
	conditionAt   = expiryAt + expiryBytes
	destinationAt = conditionAt + ilp.ConditionBytes
)

// prepareTemplate is a BTP Message or an HTTP request with a Prepare. All destinations that it is used
// for have one length, so every field that varies has a fixed offset.
type prepareTemplate struct {
	frame       []byte
	btp         bool
	contents    int // offset of the amount
	destination int
	data        int
}

// newPrepareTemplate returns a template whose frames request makes of packets. Nil stands for BTP.
func newPrepareTemplate(destination string, request func(packet []byte) []byte) *prepareTemplate {
	d := ilp.Draft{Destination: destination, Data: []byte(filler[:dataBytes])}
	packet := d.Append(nil)
	t := &prepareTemplate{btp: request == nil}
	if t.btp {
		t.frame = btp.AppendILP(nil, btp.TypeMessage, 0, packet)
	} else {
		t.frame = request(packet)
	}
	t.data = len(t.frame) - dataBytes
	t.destination = t.data - oer.LengthSize(dataBytes) - len(destination)
	t.contents = t.destination - oer.LengthSize(len(destination)) - destinationAt
	return t
}

// append appends the packet of a label as a masked WebSocket frame, or as an HTTP request, which has
// no id.
func (t *prepareTemplate) append(b []byte, id uint32, l label, destination string, expiry *[expiryBytes]byte) []byte {
	b, finish := begin(b, t.frame, t.btp, id)
	f := b[len(b)-len(t.frame):]
	binary.BigEndian.PutUint64(f[t.contents:], l.amount())
	copy(f[t.contents+expiryAt:], expiry[:])
	condition := l.condition()
	copy(f[t.contents+conditionAt:], condition[:])
	copy(f[t.destination:t.data], destination)
	l.put(f[t.data:])
	finish.mask(f)
	return b
}

// masking is how a WebSocket frame is masked once its fields are in place.
type masking struct {
	key [4]byte
	on  bool
}

// begin appends a template's frame: in a WebSocket frame with a request id if it is of BTP.
func begin(b, frame []byte, isBTP bool, id uint32) ([]byte, masking) {
	if !isBTP {
		return append(b, frame...), masking{}
	}
	b, key := websocket.AppendHeader(b, websocket.Client, websocket.Binary, len(frame))
	b = append(b, frame...)
	binary.BigEndian.PutUint32(b[len(b)-len(frame)+1:], id)
	return b, masking{key, true}
}

// mask masks a frame.
func (m masking) mask(frame []byte) {
	if m.on {
		websocket.Mask(frame, m.key, 0)
	}
}

// answerTemplate is a BTP Response or an HTTP response with a Fulfill or a Reject. The data is at the
// end of the frame.
type answerTemplate struct {
	frame       []byte
	btp         bool
	fulfillment int // its offset, 0 in a Reject
	data        int
}

// The code and message of a receiver's Reject.
const (
	refusalCode    = ilp.F99
	refusalMessage = "no, thank you"
)

func newFulfillTemplate(isBTP bool) *answerTemplate {
	f := ilp.Fulfill{Data: []byte(filler[:replyBytes])}
	t := newAnswerTemplate(f.Append(nil), isBTP)
	t.fulfillment = t.data - oer.LengthSize(replyBytes) - ilp.ConditionBytes
	return t
}

func newRejectTemplate(address string, isBTP bool) *answerTemplate {
	r := ilp.Reject{Code: refusalCode, TriggeredBy: address, Message: refusalMessage, Data: []byte(filler[:replyBytes])}
	return newAnswerTemplate(r.Append(nil), isBTP)
}

func newAnswerTemplate(packet []byte, isBTP bool) *answerTemplate {
	t := &answerTemplate{frame: httpResponse(packet), btp: isBTP}
	if isBTP {
		t.frame = btp.AppendILP(nil, btp.TypeResponse, 0, packet)
	}
	t.data = len(t.frame) - replyBytes
	return t
}

// append appends the answer to the packet of a label.
func (t *answerTemplate) append(b []byte, id uint32, l label) []byte {
	b, finish := begin(b, t.frame, t.btp, id)
	f := b[len(b)-len(t.frame):]
	if t.fulfillment > 0 {
		preimage := l.preimage()
		copy(f[t.fulfillment:], preimage[:])
	}
	l.put(f[t.data:])
	finish.mask(f)
	return b
}
