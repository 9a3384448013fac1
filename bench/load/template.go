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

// prepareTemplate is a BTP Message with a Prepare. All destinations that it is used for have one
// length, so every field that varies has a fixed offset.
type prepareTemplate struct {
	frame       []byte
	contents    int // offset of the amount
	destination int
	data        int
}

func newPrepareTemplate(destination string) *prepareTemplate {
	d := ilp.Draft{Destination: destination, Data: []byte(filler[:dataBytes])}
	packet := d.Append(nil)
	t := &prepareTemplate{frame: btp.AppendILP(nil, btp.TypeMessage, 0, packet)}
	t.data = len(t.frame) - dataBytes
	t.destination = t.data - oer.LengthSize(dataBytes) - len(destination)
	t.contents = t.destination - oer.LengthSize(len(destination)) - destinationAt
	return t
}

// append appends the packet of a label as a masked WebSocket frame.
func (t *prepareTemplate) append(b []byte, id uint32, l label, destination string, expiry *[expiryBytes]byte) []byte {
	b, key := websocket.AppendHeader(b, websocket.Client, websocket.Binary, len(t.frame))
	start := len(b)
	b = append(b, t.frame...)
	f := b[start:]
	binary.BigEndian.PutUint32(f[1:], id)
	binary.BigEndian.PutUint64(f[t.contents:], l.amount())
	copy(f[t.contents+expiryAt:], expiry[:])
	condition := l.condition()
	copy(f[t.contents+conditionAt:], condition[:])
	copy(f[t.destination:t.data], destination)
	l.put(f[t.data:])
	websocket.Mask(f, key, 0)
	return b
}

// answerTemplate is a BTP Response with a Fulfill or a Reject. The data is at the end of the frame.
type answerTemplate struct {
	frame       []byte
	fulfillment int // its offset, 0 in a Reject
	data        int
}

// The code and message of a receiver's Reject.
const (
	refusalCode    = ilp.F99
	refusalMessage = "no, thank you"
)

func newFulfillTemplate() *answerTemplate {
	f := ilp.Fulfill{Data: []byte(filler[:replyBytes])}
	t := &answerTemplate{frame: btp.AppendILP(nil, btp.TypeResponse, 0, f.Append(nil))}
	t.data = len(t.frame) - replyBytes
	t.fulfillment = t.data - oer.LengthSize(replyBytes) - ilp.ConditionBytes
	return t
}

func newRejectTemplate(address string) *answerTemplate {
	r := ilp.Reject{Code: refusalCode, TriggeredBy: address, Message: refusalMessage, Data: []byte(filler[:replyBytes])}
	t := &answerTemplate{frame: btp.AppendILP(nil, btp.TypeResponse, 0, r.Append(nil))}
	t.data = len(t.frame) - replyBytes
	return t
}

// append appends the answer to the packet of a label.
func (t *answerTemplate) append(b []byte, id uint32, l label) []byte {
	b, key := websocket.AppendHeader(b, websocket.Client, websocket.Binary, len(t.frame))
	start := len(b)
	b = append(b, t.frame...)
	f := b[start:]
	binary.BigEndian.PutUint32(f[1:], id)
	if t.fulfillment > 0 {
		preimage := l.preimage()
		copy(f[t.fulfillment:], preimage[:])
	}
	l.put(f[t.data:])
	websocket.Mask(f, key, 0)
	return b
}
