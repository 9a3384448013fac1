package test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
)

// talked is the outcome of a talk in which that was heard.
func talked(frames ...string) outcome { return outcome{Reply: reply{Type: "talk", Frames: frames}} }

// meanwhile returns the outcome with what came of the packet that another account sent during the talk.
func (o outcome) meanwhile(sender string, r reply) outcome {
	o.Reply.Entries = []replyEntry{{Name: sender, Reply: r}}
	return o
}

// describeFrame describes a frame that is no BTP packet.
func describeFrame(opcode byte, payload []byte) string {
	return fmt.Sprintf("opcode %d with %q", opcode, payload)
}

// describeClose describes a frame that closes.
func describeClose(payload []byte) string {
	if len(payload) < 2 {
		return "closed without a code"
	}
	return fmt.Sprintf("closed with %d %q", binary.BigEndian.Uint16(payload), payload[2:])
}

// describe describes a BTP packet with the ILP packet in it.
func (t *talker) describe(b []byte) string {
	c := &cursor{rest: b}
	packetType, id := c.take(1)[0], c.uint32()
	contents := &cursor{rest: c.octetString()}
	if c.failed || len(c.rest) > 0 {
		return fmt.Sprintf("not BTP: %x", b)
	}
	switch packetType {
	case btpResponse:
		return fmt.Sprintf("response to %d: %s", id, t.describeEntries(contents))
	case btpMessage:
		return "message: " + t.describeEntries(contents)
	case btpError:
		code, name := contents.take(3), contents.octetString()
		contents.octetString() // the time
		// Node.js may explain a failed assertion in lines of its own.
		data, _, _ := bytes.Cut(contents.octetString(), []byte("\n"))
		return fmt.Sprintf("error to %d: %s %s %s, with %s", id, code, name, brief(data), t.describeEntries(contents))
	default:
		return fmt.Sprintf("not expected: %x", b)
	}
}

func (t *talker) describeEntries(c *cursor) string {
	var entries []string
	for range c.varUint() {
		name, contentType, data := c.octetString(), c.take(1)[0], c.octetString()
		if string(name) == "ilp" && contentType == octets {
			entries = append(entries, t.describePacket(data))
		} else {
			entries = append(entries, fmt.Sprintf("%s of type %d %s", name, contentType, brief(data)))
		}
	}
	if c.failed || len(c.rest) > 0 {
		return "bad protocol data"
	}
	if len(entries) == 0 {
		return "nothing"
	}
	return strings.Join(entries, ", ")
}

// describePacket describes an ILP packet, without what is another in each run.
func (t *talker) describePacket(b []byte) string {
	c := &cursor{rest: b}
	packetType := c.take(1)[0]
	c = &cursor{rest: c.octetString(), failed: c.failed}
	var line string
	switch packetType {
	case 12:
		amount := binary.BigEndian.Uint64(c.take(8))
		c.take(17 + 32) // the expiry and the condition
		line = fmt.Sprintf("Prepare of %d to %s with %s", amount, c.octetString(), brief(c.octetString()))
	case 13:
		preimage, data := hexOf(c.take(32)), c.octetString()
		switch {
		case preimage == t.preimage || preimage == preimageOf(t.s.label):
			line = fmt.Sprintf("Fulfill with %s", brief(data))
		case conditionOf(preimage) == peerCondition:
			line = describeConfig(data)
		default:
			line = fmt.Sprintf("Fulfill %s with %s", preimage, brief(data))
		}
	case 14:
		line = fmt.Sprintf("Reject %s of %s %s with %s", c.take(3), c.octetString(), brief(c.octetString()), brief(c.octetString()))
	}
	if c.failed || line == "" || len(c.rest) > 0 {
		return fmt.Sprintf("no ILP packet: %x", b)
	}
	return line
}

// describeConfig describes the data of the answer to a request for an address.
func describeConfig(data []byte) string {
	c := &cursor{rest: data}
	address, scale, asset := c.octetString(), c.take(1)[0], c.octetString()
	if c.failed || len(c.rest) > 0 {
		return "peer Fulfill with " + brief(data)
	}
	return fmt.Sprintf("address %s in %s of scale %d", brief(address), asset, scale)
}

// briefMax is how long bytes may be and be quoted as they are.
const briefMax = 200

// brief writes bytes as a text, and long ones as their beginning, length and hash.
func brief(b []byte) string {
	if len(b) <= briefMax {
		return fmt.Sprintf("%q", b)
	}
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%q and more, %d bytes %x", b[:20], len(b), sum[:8])
}
