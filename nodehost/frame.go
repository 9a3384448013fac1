package nodehost

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A frame is
//
//	| length, 4 bytes | type, 1 byte | object, 4 bytes | id, 4 bytes | body |
//
// with big endian numbers. length counts what follows it. object is the number of an [Object],
// 0 for the process itself. id belongs to a request, and its answer has the same; each side
// counts its own. Bodies are ILP packets or JSON, as the type says.
type frameType uint8

// The types of frames. Those of the first group are requests, and one frame of the second
// group answers each of them. The third group has no answer.
const (
	frameCall   frameType = 1 // JSON: [method, argument...]
	framePacket frameType = 2 // an ILP Prepare
	frameStage  frameType = 3 // an ILP Prepare for a stage
	frameNext   frameType = 4 // an ILP Prepare that a stage passes on; to us alone
	// frameGarbage is like framePacket, for what a plugin gave as a packet and that is none: its
	// body says why.
	frameGarbage frameType = 5

	frameResult  frameType = 16 // of a call: JSON, or nothing for undefined
	frameFailure frameType = 17 // of a call: an [Error] as JSON
	frameReply   frameType = 18 // of a packet: an ILP Fulfill or Reject
	frameRefusal frameType = 19 // of a packet: an [Error] as JSON

	frameHello frameType = 32 // JSON, the first frame of each side
	framePing  frameType = 33 // to the process
	framePong  frameType = 34 // JSON: the memory of the process
	frameEvent frameType = 35 // JSON: [name, argument...]
	frameState frameType = 36 // one byte: 1 if the plugin is connected
	frameLog   frameType = 37 // JSON: what a module has logged or printed
	frameOver  frameType = 38 // a packet that a stage has is ended without it
)

// stageBit marks the object of a frame about a packet that passes a stage: the number of the stage.
const stageBit = 1 << 31

// protocol is the version of the protocol. Both sides say theirs in their first frame.
const protocol = 1

const (
	frameHeader   = 4 + 1 + 4 + 4
	frameBytesMax = 16 << 20 // of a body
	// packetBytesMax is how large a packet of a module may be. It must fit into what peers accept:
	// 256 KiB over BTP, or the connection is closed with all other packets on it.
	packetBytesMax  = 128 << 10
	messageBytesMax = 16 << 10 // of an error: 4096 characters
	nameBytesMax    = 200
)

// frame is a frame that was cut. Its body is a view of the buffer.
type frame struct {
	typ    frameType
	object uint32
	id     uint32
	body   []byte
}

// errFrame says that the bytes are not the protocol. The process is ended then.
var errFrame = errors.New("the node host does not speak our protocol")

// cutFrame cuts the frame that b begins with, and returns how many bytes it has: 0 if it is not
// whole yet.
func cutFrame(b []byte) (f frame, n int, err error) {
	if len(b) < 4 {
		return frame{}, 0, nil
	}
	length := binary.BigEndian.Uint32(b)
	if length < frameHeader-4 || length > frameHeader-4+frameBytesMax {
		return frame{}, 0, fmt.Errorf("%w: a frame of %d bytes", errFrame, length)
	}
	n = 4 + int(length)
	if len(b) < n {
		return frame{}, 0, nil
	}
	return frame{
		typ: frameType(b[4]), object: binary.BigEndian.Uint32(b[5:]), id: binary.BigEndian.Uint32(b[9:]), body: b[frameHeader:n:n],
	}, n, nil
}

// needed returns how many bytes the frame that b begins with has in all, as far as b says it.
func needed(b []byte) int {
	if len(b) < 4 {
		return frameHeader
	}
	return 4 + int(min(binary.BigEndian.Uint32(b), frameHeader-4+frameBytesMax))
}

// appendFrame appends a frame.
func appendFrame(b []byte, f frame) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(frameHeader-4+len(f.body)))
	b = append(b, byte(f.typ))
	b = binary.BigEndian.AppendUint32(b, f.object)
	b = binary.BigEndian.AppendUint32(b, f.id)
	return append(b, f.body...)
}
