package nodehost

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// The vectors are written by hand from the layout in frame.go. host.js reads and writes the same.
var frameVectors = []struct {
	frame frame
	hex   string
}{
	{frame{framePing, 0, 0, nil}, "00000009" + "21" + "00000000" + "00000000"},
	{frame{framePacket, 1, 2, []byte{0xaa, 0xbb}}, "0000000b" + "02" + "00000001" + "00000002" + "aabb"},
	{frame{frameState, 0x01020304, 0xfffefdfc, []byte{1}}, "0000000a" + "24" + "01020304" + "fffefdfc" + "01"},
}

func TestFrameVectors(t *testing.T) {
	for _, v := range frameVectors {
		want, _ := hex.DecodeString(v.hex)
		if got := appendFrame(nil, v.frame); !bytes.Equal(got, want) {
			t.Errorf("%+v becomes %x, want %x", v.frame, got, want)
		}
		for cut := range len(want) {
			if f, n, err := cutFrame(want[:cut]); n != 0 || err != nil {
				t.Errorf("%d bytes of %x are %+v, %v", cut, want, f, err)
			}
		}
		f, n, err := cutFrame(append(want, 1, 2, 3))
		if err != nil || n != len(want) || f.typ != v.frame.typ || f.object != v.frame.object || f.id != v.frame.id || !bytes.Equal(f.body, v.frame.body) {
			t.Errorf("%x is %+v (%d bytes, %v)", want, f, n, err)
		}
		if need := needed(want[:4]); need != len(want) {
			t.Errorf("%x needs %d bytes", want, need)
		}
	}
}

func TestFramesOfAbsurdLengthAreRefusedBeforeTheyCome(t *testing.T) {
	for _, length := range []string{"00000000", "00000008", "01000010", "ffffffff"} {
		b, _ := hex.DecodeString(length)
		if _, n, err := cutFrame(b); n != 0 || !errors.Is(err, errFrame) {
			t.Errorf("%s: %d, %v", length, n, err)
		}
		if need := needed(b); need > 4+frameHeader-4+frameBytesMax {
			t.Errorf("%s needs %d bytes", length, need)
		}
	}
}

func FuzzFrame(f *testing.F) {
	for _, v := range frameVectors {
		b, _ := hex.DecodeString(v.hex)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, n, err := cutFrame(b)
		if err != nil || n == 0 {
			return
		}
		if again := appendFrame(nil, got); !bytes.Equal(again, b[:n]) {
			t.Errorf("%x becomes %x", b[:n], again)
		}
	})
}

// A packet costs one append.
func TestFrameAllocatesNothing(t *testing.T) {
	buf, body := make([]byte, 0, 1024), make([]byte, 100)
	if n := testing.AllocsPerRun(100, func() {
		b := appendFrame(buf, frame{framePacket, 1, 2, body})
		if _, _, err := cutFrame(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
