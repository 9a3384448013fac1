package btp

import (
	"encoding/binary"

	"github.com/ilp-go/connector/ilp/oer"
)

// ilpPrelude begins protocol data that holds only an ILP packet, up to the length of the
// packet: one entry, its name, octets.
const (
	ilpPrelude = countOfOne + "\x03" + ILP + "\x00"
	countOfOne = "\x01\x01"
)

// AppendILP appends a frame that carries only an ILP packet: a Message with a Prepare, or a
// Response with the answer.
func AppendILP(b []byte, typ Type, requestID uint32, packet []byte) []byte {
	b = appendHead(b, typ, requestID, len(ilpPrelude)+oer.OctetsSize(len(packet)))
	b = append(b, ilpPrelude...)
	return oer.AppendOctets(b, packet)
}

// ILPSize returns the number of bytes that AppendILP appends for a packet of n bytes.
func ILPSize(n int) int {
	return headBytes + oer.OctetsSize(len(ilpPrelude)+oer.OctetsSize(n))
}

// Append appends a Message or a Response with the given entries.
func Append(b []byte, typ Type, requestID uint32, entries []Entry) []byte {
	b = appendHead(b, typ, requestID, entriesSize(entries))
	return appendEntries(b, entries)
}

// AppendResponse appends a Response without protocol data. It only says that the request
// arrived.
func AppendResponse(b []byte, requestID uint32) []byte {
	return Append(b, TypeResponse, requestID, nil)
}

// AppendTransfer appends a Transfer. It says that money was sent outside the protocol, and
// the entries prove it.
func AppendTransfer(b []byte, requestID uint32, amount uint64, entries []Entry) []byte {
	b = appendHead(b, TypeTransfer, requestID, 8+entriesSize(entries))
	b = binary.BigEndian.AppendUint64(b, amount)
	return appendEntries(b, entries)
}

// AppendAuth appends the Message that opens a connection (RFC 23,
// "Authentication"). The account may be empty. More entries may follow.
func AppendAuth(b []byte, requestID uint32, account, token string, more ...Entry) []byte {
	return Append(b, TypeMessage, requestID, append([]Entry{
		{Name: []byte("auth"), ContentType: OctetStream},
		{Name: []byte("auth_username"), ContentType: Text, Data: []byte(account)},
		{Name: []byte("auth_token"), ContentType: Text, Data: []byte(token)},
	}, more...))
}

// appendHead appends everything before the contents, which have n bytes.
func appendHead(b []byte, typ Type, requestID uint32, n int) []byte {
	b = binary.BigEndian.AppendUint32(append(b, byte(typ)), requestID)
	return oer.AppendLength(b, n)
}

// appendEntries appends protocol data.
func appendEntries(b []byte, entries []Entry) []byte {
	b = oer.AppendUint(b, uint64(len(entries)))
	for _, e := range entries {
		b = oer.AppendOctets(b, e.Name)
		b = append(b, byte(e.ContentType))
		b = oer.AppendOctets(b, e.Data)
	}
	return b
}

// entriesSize returns the number of bytes that appendEntries appends.
func entriesSize(entries []Entry) int {
	n := countSize(len(entries))
	for _, e := range entries {
		n += oer.OctetsSize(len(e.Name)) + 1 + oer.OctetsSize(len(e.Data))
	}
	return n
}

// countSize returns the length of a count: a byte with the number of digits, and the digits.
func countSize(n int) int {
	size := 2
	for n >>= 8; n > 0; n >>= 8 {
		size++
	}
	return size
}
