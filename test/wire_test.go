package test

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// The wire forms of packets, written by hand from RFC 27 and RFC 30, because some of them must be wrong.

// prepareParts are the pieces of a Prepare, each as its bytes with its length in front if it has one.
type prepareParts struct {
	amount, expiry, condition, destination, data, after []byte
}

// parts are those of a packet as they should be.
func (p packet) parts() prepareParts {
	amount := make([]byte, 8)
	binary.BigEndian.PutUint64(amount, p.amount)
	return prepareParts{
		amount:      amount,
		expiry:      []byte(wireTime(p.expiresAt)),
		condition:   unhex(p.condition),
		destination: octetString([]byte(p.destination)),
		data:        octetString(unhex(p.data)),
	}
}

func (p prepareParts) contents() []byte {
	return slices.Concat(p.amount, p.expiry, p.condition, p.destination, p.data, p.after)
}

func (p prepareParts) bytes() []byte { return envelope(12, p.contents()) }

// bytes is the packet as it should be.
func (p packet) bytes() []byte { return p.parts().bytes() }

// envelope is an ILP packet of that type.
func envelope(packetType byte, contents []byte) []byte {
	return append([]byte{packetType}, octetString(contents)...)
}

// octetString puts the length of b in front of it, in the shortest form.
func octetString(b []byte) []byte {
	if len(b) < 128 {
		return append([]byte{byte(len(b))}, b...)
	}
	return append(longLength(len(b), lengthOctets(len(b))), b...)
}

// longLength is a length in the long form of that many octets, whether it needs them or not.
func longLength(length, octets int) []byte {
	form := []byte{0x80 | byte(octets)}
	for i := octets - 1; i >= 0; i-- {
		form = append(form, byte(length>>(8*i)))
	}
	return form
}

func lengthOctets(length int) int {
	octets := 1
	for length >= 1<<(8*octets) {
		octets++
	}
	return octets
}

// wireTime is an Interledger timestamp: 17 digits to the millisecond, UTC.
func wireTime(t time.Time) string {
	return strings.Replace(t.UTC().Format("20060102150405.000"), ".", "", 1)
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err) // written in these tests
	}
	return b
}

// longForm writes the length of an octet string again, in the long form of that many octets.
func longForm(octetString []byte, octets int) []byte {
	contents := octetString[1:]
	if octetString[0]&0x80 != 0 {
		contents = octetString[1+int(octetString[0]&0x7f):]
	}
	return append(longLength(len(contents), octets), contents...)
}
