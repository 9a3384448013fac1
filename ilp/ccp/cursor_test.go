package ccp

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/ilp"
)

func TestNothingIsReadAfterTheFirstFault(t *testing.T) {
	c := cursor{rest: []byte{1, 2, 3, 1, 'x'}}
	if got := c.uint(2); got != 0x0102 {
		t.Errorf("read %x", got)
	}
	c.fail(ErrText)
	if octets, n := c.octets(), c.uint(1); octets != nil || n != 0 || len(c.rest) != 0 || !errors.Is(c.err, ErrText) {
		t.Errorf("read %x, %d, left %x, %v", octets, n, c.rest, c.err)
	}
	short := cursor{rest: []byte{1, 2, 3}}
	if piece, n := short.fixed(4), short.uint(1); piece != nil || n != 0 || !errors.Is(short.err, ilp.ErrShort) {
		t.Errorf("read %x, %d, %v", piece, n, short.err)
	}
}
