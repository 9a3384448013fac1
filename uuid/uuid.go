// Package uuid makes random UUIDs and writes them as text (RFC 9562).
package uuid

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// UUID is a UUID in binary form.
type UUID [16]byte

// New returns a random UUID, version 4.
func New() (u UUID) {
	_, _ = rand.Read(u[:]) // never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

// Parse returns the UUID that a text of 36 characters stands for, whatever its version. Hex digits
// may be of either case.
func Parse(text string) (u UUID, ok bool) {
	if len(text) != 36 {
		return UUID{}, false
	}
	at := 0
	for i := 0; i < len(text); i += 2 {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if text[i] != '-' {
				return UUID{}, false
			}
			i++
		}
		if _, err := hex.Decode(u[at:at+1], []byte(text[i:i+2])); err != nil {
			return UUID{}, false
		}
		at++
	}
	return u, true
}

// String returns hex digits in groups of 8, 4, 4, 4 and 12 (section 4).
func (u UUID) String() string {
	text := make([]byte, 0, 36)
	for i, group := range [][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, group)
	}
	return string(text)
}

var _ fmt.Stringer = UUID{}
