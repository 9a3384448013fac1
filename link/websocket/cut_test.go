package websocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"
)

// payloadMaxTest is the bound the tests give, with room for their largest frame.
const payloadMaxTest = 1 << 21

// lengths are those around which the encoding of a length changes.
var lengths = []int{0, 1, 7, 8, 124, 125, 126, 127, 128, 255, 256, 65535, 65536, 65537}

// headerSize returns how many bytes AppendHeader must append for a payload of n
// bytes: 2, 4 or 10 of a server, 4 more of a client.
func headerSize(side Side, n int) int {
	size := 2
	switch {
	case n > math.MaxUint16:
		size = 10
	case n >= length16:
		size = 4
	}
	if side == Client {
		size += keySize
	}
	return size
}

func TestCutReturnsWhatAppendFrameWrote(t *testing.T) {
	for _, side := range []Side{Server, Client} {
		for _, op := range []Opcode{Continuation, Text, Binary, Close, Ping, Pong} {
			for _, n := range lengths {
				if op.Control() && n > controlPayloadMax {
					continue
				}
				t.Run(fmt.Sprintf("side %d opcode %d length %d", side, op, n), func(t *testing.T) {
					want := pattern(n)
					wire := AppendFrame([]byte("head"), side, op, want)[len("head"):]
					if size := headerSize(side, n) + n; len(wire) != size {
						t.Fatalf("frame has %d bytes, want %d", len(wire), size)
					}
					buf := append(bytes.Clone(wire), "next"...)
					f, cut, err := Cut(buf, other(side), payloadMaxTest)
					if err != nil || cut != len(wire) {
						t.Fatalf("Cut = %d, %v; want %d", cut, err, len(wire))
					}
					if f.Op != op || !f.Fin || !bytes.Equal(f.Payload, want) {
						t.Fatalf("frame %v fin %v with %d bytes differs", f.Op, f.Fin, len(f.Payload))
					}
					if got := buf[cut:]; string(got) != "next" {
						t.Fatalf("bytes behind the frame became %q", got)
					}
				})
			}
		}
	}
}

func TestAppendFrameUsesTheShortestLength(t *testing.T) {
	for n, want := range map[int][]byte{
		0:     {0x82, 0},
		125:   {0x82, 125},
		126:   {0x82, 126, 0, 126},
		65535: {0x82, 126, 0xff, 0xff},
		65536: {0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0},
	} {
		if got, key := AppendHeader(nil, Server, Binary, n); !bytes.Equal(got, want) || key != [4]byte{} {
			t.Errorf("header of %d bytes = %x key %x, want %x and no key", n, got, key, want)
		}
		got, key := AppendHeader(nil, Client, Binary, n)
		want[1] |= maskBit
		if want = append(want, key[:]...); !bytes.Equal(got, want) {
			t.Errorf("client's header of %d bytes = %x, want %x", n, got, want)
		}
	}
}

// TestEveryProperPrefixAsksForMore also proves that Need never asks for more
// than the frame, nor for nothing.
func TestEveryProperPrefixAsksForMore(t *testing.T) {
	for _, side := range []Side{Server, Client} {
		for _, n := range lengths {
			wire := AppendFrame(nil, side, Binary, pattern(n))
			for _, have := range prefixes(len(wire)) {
				buf := bytes.Clone(wire[:have])
				if _, cut, err := Cut(buf, other(side), n); cut != 0 || err != nil {
					t.Fatalf("side %d: Cut of %d of %d bytes = %d, %v", side, have, len(wire), cut, err)
				}
				if !bytes.Equal(buf, wire[:have]) {
					t.Fatalf("side %d: Cut changed %d of %d bytes", side, have, len(wire))
				}
				need := Need(buf)
				if need <= have || need > len(wire) {
					t.Fatalf("side %d: Need of %d of %d bytes = %d", side, have, len(wire), need)
				}
				if have >= headerSize(side, n) && need != len(wire) {
					t.Fatalf("side %d: Need = %d though the header of %d bytes is there", side, need, len(wire))
				}
			}
			if need := Need(wire); need != len(wire) {
				t.Fatalf("Need of a whole frame of %d = %d", len(wire), need)
			}
		}
	}
}

func TestCutRefuses(t *testing.T) {
	const fin = finBit
	tests := []struct {
		name string
		side Side
		wire []byte
		want *Error
	}{
		{"RSV1", Client, []byte{fin | 0x40 | 2, 0}, ErrReservedBits},
		{"RSV2", Client, []byte{fin | 0x20 | 2, 0}, ErrReservedBits},
		{"RSV3", Client, []byte{fin | 0x10 | 2, 0}, ErrReservedBits},
		{"all RSV on a ping", Client, []byte{fin | 0x70 | 9, 0}, ErrReservedBits},
		{"data opcode 3", Client, []byte{fin | 3, 0}, ErrOpcode},
		{"data opcode 7", Client, []byte{fin | 7, 0}, ErrOpcode},
		{"control opcode 11", Client, []byte{fin | 11, 0}, ErrOpcode},
		{"control opcode 15", Client, []byte{fin | 15, 0}, ErrOpcode},
		{"fragmented ping", Client, []byte{9, 0}, ErrControlFragment},
		{"fragmented pong", Client, []byte{10, 0}, ErrControlFragment},
		{"fragmented close", Client, []byte{8, 0}, ErrControlFragment},
		{"ping of 126 bytes", Client, []byte{fin | 9, 126, 0, 126}, ErrControlLength},
		{"ping with a long form of 5", Client, []byte{fin | 9, 126, 0, 5}, ErrControlLength},
		{"close of 64 KiB", Client, []byte{fin | 8, 127, 0, 0, 0, 0, 0, 1, 0, 0}, ErrControlLength},
		{"unmasked from a client", Server, []byte{fin | 2, 0}, ErrUnmasked},
		{"unmasked ping from a client", Server, []byte{fin | 9, 0}, ErrUnmasked},
		{"masked from a server", Client, []byte{fin | 2, maskBit, 1, 2, 3, 4}, ErrMasked},
		{"top bit of a 64-bit length", Client, []byte{fin | 2, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}, ErrLength},
		{"all bits of a 64-bit length", Client, []byte{fin | 2, 127, 255, 255, 255, 255, 255, 255, 255, 255}, ErrLength},
		{"a byte over the limit", Client, []byte{fin | 2, 101}, ErrTooBig},
		{"16-bit length over the limit", Client, []byte{fin | 2, 126, 0, 126}, ErrTooBig},
		{"64-bit length over the limit", Client, []byte{fin | 2, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255}, ErrTooBig},
		{"fragment over the limit", Client, []byte{2, 101}, ErrTooBig},
		{"giant before its key came", Server, []byte{fin | 2, maskBit | 127, 0, 0, 0, 1, 0, 0, 0, 0}, ErrTooBig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, n, err := Cut(bytes.Clone(tt.wire), tt.side, 100)
			if !errors.Is(err, tt.want) || n != 0 || f.Payload != nil {
				t.Fatalf("Cut = %v, %d, %v; want %v", f, n, err, tt.want)
			}
			code := CodeProtocol
			if tt.want == ErrTooBig {
				code = CodeTooBig
			}
			if tt.want.Code != code {
				t.Errorf("close code %d, want %d", tt.want.Code, code)
			}
		})
	}
}

func TestCutAcceptsLengthsLongerWrittenThanNeeded(t *testing.T) {
	for _, wire := range [][]byte{
		{0x82, 126, 0, 3, 'a', 'b', 'c'},
		{0x82, 127, 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'},
	} {
		if f, n, err := Cut(wire, Client, 3); string(f.Payload) != "abc" || n != len(wire) || err != nil {
			t.Errorf("Cut(%x) = %q, %d, %v", wire, f.Payload, n, err)
		}
	}
}

func TestControlFramesPassWhateverTheLimit(t *testing.T) {
	for _, payloadMax := range []int{-1, 0, 124} {
		wire := AppendFrame(nil, Server, Ping, pattern(125))
		if _, n, err := Cut(wire, Client, payloadMax); n != len(wire) || err != nil {
			t.Errorf("limit %d: Cut = %d, %v", payloadMax, n, err)
		}
		if _, _, err := Cut([]byte{0x82, 125}, Client, payloadMax); !errors.Is(err, ErrTooBig) {
			t.Errorf("limit %d: data frame gives %v", payloadMax, err)
		}
	}
}

func TestPayloadIsASliceOfTheBufferAndEndsInIt(t *testing.T) {
	buf := AppendFrame(nil, Client, Binary, []byte("one"))
	end := len(buf)
	buf = AppendFrame(buf, Client, Binary, []byte("two"))
	f, n, err := Cut(buf, Server, 3)
	if err != nil || n != end {
		t.Fatal(n, err)
	}
	if &f.Payload[0] != &buf[end-3] {
		t.Error("payload was copied")
	}
	_ = append(f.Payload, "overwrites"...)
	if f, _, err := Cut(buf[n:], Server, 3); string(f.Payload) != "two" || err != nil {
		t.Errorf("appending to a payload broke the next frame: %q, %v", f.Payload, err)
	}
}

func TestNeedDoesNotOverflow(t *testing.T) {
	for _, length := range []uint64{math.MaxInt - 9, math.MaxInt, math.MaxInt + 1, math.MaxUint64} {
		giant := binary.BigEndian.AppendUint64([]byte{0x82, 127}, length)
		if need := Need(giant); need != math.MaxInt {
			t.Errorf("Need of a frame of %d = %d", length, need)
		}
	}
}

func TestClientKeysAreFresh(t *testing.T) {
	seen := map[[4]byte]bool{}
	for range 100 {
		_, key := AppendHeader(nil, Client, Binary, 1)
		seen[key] = true
	}
	// Two equal keys of 100 come once in a million runs.
	if len(seen) < 99 {
		t.Errorf("100 frames had %d different keys", len(seen))
	}
}

func TestAppendFrameLeavesThePayloadAlone(t *testing.T) {
	payload := pattern(300)
	AppendFrame(nil, Client, Binary, payload)
	if !bytes.Equal(payload, pattern(300)) {
		t.Error("the caller's payload was masked")
	}
}

func TestAppendHeaderPanicsOnWhatNoFrameCarries(t *testing.T) {
	for _, tt := range []struct {
		op Opcode
		n  int
	}{{Binary, -1}, {Ping, 126}, {Close, 126}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("opcode %d with %d bytes did not panic", tt.op, tt.n)
				}
			}()
			AppendHeader(nil, Server, tt.op, tt.n)
		}()
	}
}

func TestFramePathDoesNotAllocate(t *testing.T) {
	payload := pattern(300)
	buf := make([]byte, 0, 512)
	asm := Assembler{PayloadMax: 300}
	allocs := testing.AllocsPerRun(100, func() {
		wire, key := AppendHeader(buf, Client, Binary, len(payload))
		start := len(wire)
		wire = append(wire, payload...)
		Mask(wire[start:], key, 0)

		f, n, err := Cut(wire, Server, 300)
		m, whole, _ := asm.Add(f)
		if n != len(wire) || err != nil || !whole || len(m.Payload) != 300 {
			t.Fatal(n, err, whole)
		}
		if _, _, err := Cut(wire, Client, 300); err == nil {
			t.Fatal("no error")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per frame", allocs)
	}
}

// pattern returns n bytes that tell their place.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// other is the side at the far end.
func other(side Side) Side {
	if side == Server {
		return Client
	}
	return Server
}

// prefixes returns the lengths of all proper prefixes of n bytes, or for a long
// frame those at its two ends.
func prefixes(n int) []int {
	var all []int
	for i := range n {
		if i < 300 || i >= n-20 {
			all = append(all, i)
		}
	}
	return all
}
