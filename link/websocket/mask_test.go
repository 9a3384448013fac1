package websocket

import (
	"bytes"
	"testing"
)

// maskNaive is RFC 6455 section 5.3 to the letter.
func maskNaive(b []byte, key [4]byte, offset int) {
	for i := range b {
		b[i] ^= key[(offset+i)%4]
	}
}

func TestMaskEqualsTheNaiveOneAtAllAlignmentsAndLengths(t *testing.T) {
	key := [4]byte{0x01, 0x80, 0xfe, 0x37}
	const lengthMax = 200
	for align := range 8 {
		for n := range lengthMax {
			for offset := range 5 {
				got := pattern(align + lengthMax + 8)
				want := bytes.Clone(got)
				Mask(got[align:align+n], key, offset)
				maskNaive(want[align:align+n], key, offset)
				if !bytes.Equal(got, want) {
					t.Fatalf("align %d length %d offset %d differs", align, n, offset)
				}
			}
		}
	}
}

func TestMaskInPiecesEqualsMaskAtOnce(t *testing.T) {
	key := [4]byte{1, 2, 3, 4}
	want := pattern(100)
	Mask(want, key, 0)
	for cut := range 100 {
		got := pattern(100)
		Mask(got[:cut], key, 0)
		Mask(got[cut:], key, cut)
		if !bytes.Equal(got, want) {
			t.Fatalf("cut at %d differs", cut)
		}
	}
}

func TestMaskTwiceRestores(t *testing.T) {
	b := pattern(333)
	for range 2 {
		Mask(b, [4]byte{9, 0, 0, 7}, 3)
	}
	if !bytes.Equal(b, pattern(333)) {
		t.Error("masking twice changed the bytes")
	}
}

func FuzzMask(f *testing.F) {
	f.Add([]byte("some payload of a frame, longer than 64 bytes so that the loop unrolls"), uint8(1), uint8(2), uint8(3), uint8(4), uint16(5))
	f.Fuzz(func(t *testing.T, b []byte, k0, k1, k2, k3 uint8, offset uint16) {
		key := [4]byte{k0, k1, k2, k3}
		want := bytes.Clone(b)
		got := bytes.Clone(b)
		maskNaive(want, key, int(offset))
		Mask(got, key, int(offset))
		if !bytes.Equal(got, want) {
			t.Errorf("Mask differs at %d bytes, offset %d", len(b), offset)
		}
	})
}
