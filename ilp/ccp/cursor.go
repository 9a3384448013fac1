package ccp

import (
	"errors"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// cursor reads the pieces of a message one after another, as borrowed bytes. The first
// fault empties it: from then on all pieces are zero, and counts end. err keeps that fault.
// A copy of a cursor marks a place to come back to.
type cursor struct {
	rest []byte
	err  error
}

// fail records a fault unless there was one before.
func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.rest = nil
}

// fixed reads n bytes. It returns nil if fewer are left.
func (c *cursor) fixed(n int) []byte {
	piece, rest, err := oer.CutFixed(c.rest, n)
	if err != nil {
		c.fail(ilp.ErrShort)
		return nil
	}
	c.rest = rest
	return piece
}

// into reads as many bytes as dst has, and copies them to dst.
func (c *cursor) into(dst []byte) { copy(dst, c.fixed(len(dst))) }

// uint reads a big-endian integer of n bytes, at most 8.
func (c *cursor) uint(n int) (v uint64) {
	for _, digit := range c.fixed(n) {
		v = v<<8 | uint64(digit)
	}
	return v
}

// octets reads an octet string.
func (c *cursor) octets() []byte {
	octets, rest, err := oer.CutOctets(c.rest)
	switch {
	case errors.Is(err, oer.ErrShort):
		c.fail(ilp.ErrShort)
	case err != nil:
		c.fail(ilp.ErrLength)
	default:
		c.rest = rest
	}
	return octets
}

const (
	// countBytesMin is the length of a count below 256.
	countBytesMin = 2
	// countDigitsMax bounds the bytes of the integer in a count, as the reference
	// does.
	countDigitsMax = 6
)

// count reads the number of entries. It fails with over if there are more than limit, and
// with ErrCount if there are more than the remaining bytes can hold. The integer need not
// be written in the fewest bytes.
func (c *cursor) count(limit, entryBytesMin int, over error) int {
	size := c.uint(1)
	if size < 1 || size > countDigitsMax {
		c.fail(ErrCount)
		return 0
	}
	n := c.uint(int(size))
	switch {
	case n > uint64(len(c.rest)/entryBytesMin):
		c.fail(ErrCount)
		return 0
	case n > uint64(limit):
		c.fail(over)
		return 0
	}
	return int(n)
}

// countSize returns the length of a count in the fewest bytes.
func countSize(n int) int {
	size := countBytesMin
	for n >>= 8; n > 0; n >>= 8 {
		size++
	}
	return size
}

// namesMax bounds the number of strings that names keeps. Without it, a hostile message
// could make names many times larger than itself.
const namesMax = 256

// names turns bytes into strings. Equal bytes give the same string, while it is kept.
type names struct{ known map[string]string }

// name returns b as a string.
func (n *names) name(b []byte) string {
	if s, ok := n.known[string(b)]; ok {
		return s
	}
	s := string(b)
	if n.known == nil {
		n.known = make(map[string]string)
	}
	if len(n.known) < namesMax {
		n.known[s] = s
	}
	return s
}
