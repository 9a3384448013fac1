package test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// The types of BTP packets, RFC 23.
const (
	btpResponse = 1
	btpError    = 2
	btpMessage  = 6
	btpTransfer = 7
)

// btp is a BTP packet with protocol data.
func btp(packetType byte, id uint32, entries ...entry) []byte {
	return btpOf(packetType, id, protocolData(entries))
}

// btpOf is a BTP packet with any contents.
func btpOf(packetType byte, id uint32, contents []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{packetType}, id)
	return append(b, octetString(contents)...)
}

// protocolData is the count of the entries and each of them.
func protocolData(entries []entry) []byte {
	b := append([]byte{byte(lengthOctets(len(entries)))}, longLength(len(entries), lengthOctets(len(entries)))[1:]...)
	for _, e := range entries {
		b = slices.Concat(b, octetString([]byte(e.Name)), []byte{byte(e.Type)}, octetString(unhex(e.Hex)))
	}
	return b
}

// login is the first packet of a client.
func login(id uint32, token string) []byte {
	return btp(btpMessage, id, authEntries("", entry{Name: "auth_token", Hex: hexOf([]byte(token))})...)
}

// authEntries are the entries of a first packet up to the token.
func authEntries(username string, more ...entry) []entry {
	return append([]entry{{Name: "auth"}, {Name: "auth_username", Hex: hexOf([]byte(username))}}, more...)
}

// describeBTP reads a packet that a connector sent.
func describeBTP(b []byte) string {
	c := &cursor{rest: b}
	packetType, id := c.take(1), c.take(4)
	contents := &cursor{rest: c.octetString()}
	if c.failed || len(c.rest) > 0 {
		return "not BTP: " + hexOf(b)
	}
	switch packetType[0] {
	case btpResponse:
		return fmt.Sprintf("response to %d with %s", binary.BigEndian.Uint32(id), contents.entries())
	case btpMessage:
		return "message with " + contents.entries()
	case btpError:
		code, name := contents.take(3), contents.octetString()
		contents.octetString() // the time
		// Node.js may explain a failed assertion in lines of its own.
		data, _, _ := bytes.Cut(contents.octetString(), []byte("\n"))
		return fmt.Sprintf("error to %d: %s %s %s, with %s", binary.BigEndian.Uint32(id), code, name, data, contents.entries())
	default:
		return "not expected: " + hexOf(b)
	}
}

// cursor reads from the front of bytes; once it has failed all it gives is empty.
type cursor struct {
	rest   []byte
	failed bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.failed, c.rest = true, nil
		return make([]byte, min(n, 8))
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) octetString() []byte {
	length := int(c.take(1)[0])
	if length&0x80 != 0 {
		octets := c.take(length & 0x7f)
		length = 0
		for _, octet := range octets {
			length = length<<8 | int(octet)
		}
	}
	return c.take(length)
}

// entries describes protocol data, up to the end of the bytes.
func (c *cursor) entries() string {
	count := 0
	for _, octet := range c.take(int(c.take(1)[0])) {
		count = count<<8 | int(octet)
	}
	var entries []string
	for range count {
		name, contentType, data := c.octetString(), c.take(1), c.octetString()
		entries = append(entries, fmt.Sprintf("%s(%d): %x", name, contentType[0], data))
	}
	if c.failed || len(c.rest) > 0 {
		return "bad protocol data"
	}
	return "[" + strings.Join(entries, ", ") + "]"
}
