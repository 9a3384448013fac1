package oer

import (
	"bytes"
	"errors"
	"testing"
)

func TestLengthRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x1000000} {
		b := AppendLength(nil, n)
		if len(b) != LengthSize(n) {
			t.Errorf("LengthSize(%d) = %d, but %d bytes were written", n, LengthSize(n), len(b))
		}
		got, rest, err := CutLength(b)
		if err != nil || got != uint64(n) || len(rest) != 0 {
			t.Errorf("CutLength(%x) = %d, %x, %v; want %d", b, got, rest, err, n)
		}
	}
}

func TestNonCanonicalLengthsAreRefused(t *testing.T) {
	for _, c := range []struct {
		in   []byte
		want error
	}{
		{[]byte{0x80}, ErrNotCanonical},
		{[]byte{0x81, 0x7f}, ErrNotCanonical},
		{[]byte{0x82, 0x00, 0x80}, ErrNotCanonical},
		{[]byte{0x82, 0x00, 0xff}, ErrNotCanonical},
		{[]byte{0x83, 0x00, 0xff, 0xff}, ErrNotCanonical},
		{[]byte{0xff, 1, 1, 1, 1}, ErrTooLong},
		{[]byte{0x82, 0x01}, ErrShort},
		{nil, ErrShort},
	} {
		if _, _, err := CutLength(c.in); !errors.Is(err, c.want) {
			t.Errorf("CutLength(%x) gave %v, want %v", c.in, err, c.want)
		}
	}
}

func TestOctetsEveryProperPrefixIsShort(t *testing.T) {
	whole := AppendOctets(nil, bytes.Repeat([]byte{7}, 300))
	for i := range whole {
		if _, _, err := CutOctets(whole[:i]); !errors.Is(err, ErrShort) {
			t.Fatalf("a prefix of %d bytes gave %v", i, err)
		}
	}
	octets, rest, err := CutOctets(append(whole, 9))
	if err != nil || len(octets) != 300 || !bytes.Equal(rest, []byte{9}) {
		t.Fatalf("whole: %d octets, rest %x, %v", len(octets), rest, err)
	}
}

func TestAbsurdLengthCostsNothing(t *testing.T) {
	giant := []byte{0x84, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := CutOctets(giant); !errors.Is(err, ErrShort) {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestUint(t *testing.T) {
	for _, v := range []uint64{0, 1, 0xff, 0x100, 1<<32 - 1, 1 << 32, 1<<64 - 1} {
		b := AppendUint(nil, v)
		octets, rest, err := CutOctets(b)
		var got uint64
		for _, c := range octets {
			got = got<<8 | uint64(c)
		}
		if err != nil || got != v || len(octets) == 0 || len(octets) > 1 && octets[0] == 0 || len(rest) != 0 {
			t.Errorf("AppendUint of %d = %x, %v", v, b, err)
		}
	}
}

func TestFixedPieces(t *testing.T) {
	in := []byte{1, 0, 0, 0, 0, 0, 0, 0, 3, 8, 9}
	a, rest, err := CutUint8(in)
	if a != 1 || err != nil {
		t.Fatal(a, err)
	}
	c, rest, err := CutUint64(rest)
	if c != 3 || err != nil {
		t.Fatal(c, err)
	}
	d, rest, err := CutFixed(rest, 2)
	if !bytes.Equal(d, []byte{8, 9}) || len(rest) != 0 || err != nil {
		t.Fatal(d, err)
	}
	for name, cut := range map[string]func() error{
		"uint8":  func() error { _, _, err := CutUint8(nil); return err },
		"uint64": func() error { _, _, err := CutUint64(make([]byte, 7)); return err },
		"fixed":  func() error { _, _, err := CutFixed(make([]byte, 7), 8); return err },
	} {
		if err := cut(); !errors.Is(err, ErrShort) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCutOctets holds that whatever is cut is written back the same.
func FuzzCutOctets(f *testing.F) {
	f.Add([]byte{3, 1, 2, 3, 4})
	f.Add([]byte{0x81, 0x80})
	f.Add([]byte{0x82, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, in []byte) {
		octets, rest, err := CutOctets(in)
		if err != nil {
			return
		}
		if back := append(AppendOctets(nil, octets), rest...); !bytes.Equal(back, in) {
			t.Fatalf("cut %x, wrote back %x", in, back)
		}
	})
}
