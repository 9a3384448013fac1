// Package websocket implements the WebSocket protocol (RFC 6455) on buffers that the
// caller owns.
//
// To read, [Cut] cuts the next [Frame] off the head of a buffer and unmasks it in place,
// and an [Assembler] joins frames into a [Message]. To write, [AppendFrame] appends a
// frame to a buffer. [AppendHeader] and [Mask] do the same for a payload that the caller
// appends. So one read may bring many messages, and one write may carry many. Nothing on
// this path allocates, blocks or knows a socket.
//
// [Accept] makes the server's half of the opening handshake, and [Dial] the client's.
// Both return the plain connection, and the first bytes that arrived behind the handshake.
//
// The caller answers pings and makes the closing handshake: the Assembler returns a
// control frame as a message like any other. Extensions are never negotiated, so there is
// no compression.
package websocket

// Opcode says what a frame carries (RFC 6455 section 5.2).
type Opcode uint8

// The opcodes of RFC 6455. All others are reserved and refused.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xA
)

// Control reports whether o is the opcode of a control frame: Close, Ping or
// Pong. A control frame is never fragmented, carries at most 125 bytes, and may
// stand between the fragments of a message (RFC 6455 section 5.5).
func (o Opcode) Control() bool { return o&0x8 != 0 }

// known reports whether RFC 6455 defines o.
func (o Opcode) known() bool { return o <= Binary || o >= Close && o <= Pong }

// Side is our side of the connection. A client masks the frames that it sends, a server
// does not, and each refuses the contrary from the other (RFC 6455 section 5.1).
type Side uint8

const (
	// Server is the side that accepted the connection.
	Server Side = iota
	// Client is the side that dialed.
	Client
)

// Frame is one frame as it came off the wire, unmasked.
type Frame struct {
	Op  Opcode
	Fin bool
	// Payload is a slice of the buffer that the frame was cut from, and lives as
	// long as those bytes do. An append to it reallocates, as its capacity ends
	// where the next frame begins.
	Payload []byte
}

// Layout of a frame header (RFC 6455 section 5.2):
//
//	byte 0   FIN RSV1 RSV2 RSV3 opcode(4)
//	byte 1   MASK length(7); 126 and 127 announce a longer length
//	         0, 2 or 8 bytes of length, big endian
//	         0 or 4 bytes of masking key
const (
	finBit       = 0x80
	reservedBits = 0x70
	opcodeBits   = 0x0f
	maskBit      = 0x80
	lengthBits   = 0x7f

	length16 = 126 // the length follows in 2 bytes
	length64 = 127 // the length follows in 8 bytes

	keySize = 4

	// controlPayloadMax bounds the payload of a control frame (section 5.5).
	controlPayloadMax = 125
)
