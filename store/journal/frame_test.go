package journal

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/ilp-go/connector/store"
)

var frameBatch = store.Batch{
	{Key: "a", Value: []byte("1")}, {Key: "b"}, {Key: "c", Value: []byte{}}, {Key: "d/ä", Value: bytes.Repeat([]byte{0xa5}, 300)},
}

func TestFrameIsReadAsItWasWritten(t *testing.T) {
	b := appendFrame([]byte("before"), 7, 1000, 999, []store.Batch{frameBatch[:1], frameBatch[1:]})[len("before"):]
	f, ok := parseFrame(7, append(b, "behind"...))
	if !ok || f.sequence != 1000 || f.synced != 999 || f.size != len(b) {
		t.Fatalf("read %v %+v", ok, f)
	}
	if batch, err := f.batch(nil); err != nil || !reflect.DeepEqual(batch, frameBatch) {
		t.Errorf("read %v: %v", batch, err)
	}
	if _, ok := parseFrame(8, b); ok {
		t.Error("a frame of another journal is taken")
	}
}

func TestEveryPrefixOfAFrameIsRefused(t *testing.T) {
	b := appendFrame(nil, 7, 1, 0, []store.Batch{frameBatch})
	for n := range b {
		if _, ok := parseFrame(7, b[:n]); ok {
			t.Errorf("%d of %d bytes are taken", n, len(b))
		}
	}
}

func TestEveryChangedBitOfAFrameIsFound(t *testing.T) {
	b := appendFrame(nil, 7, 1, 0, []store.Batch{frameBatch})
	for bit := range 8 * len(b) {
		b[bit/8] ^= 1 << (bit % 8)
		if _, ok := parseFrame(7, b); ok {
			t.Errorf("bit %d does not matter", bit)
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
}

// Changes are read within their bounds even if the checksum is right.
func FuzzChanges(f *testing.F) {
	for n := range 3 {
		frame, _ := parseFrame(7, appendFrame(nil, 7, 1, 0, []store.Batch{frameBatch[n:]}))
		f.Add(frame.changes)
	}
	f.Add([]byte("\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, changes []byte) {
		batch, err := frame{changes: changes}.batch(nil)
		if err != nil {
			return
		}
		again, err := frame{changes: appendFrame(nil, 7, 1, 0, []store.Batch{batch})[frameHead:]}.batch(nil)
		if err != nil || !reflect.DeepEqual(again, batch) {
			t.Errorf("%q is %v and then %v: %v", changes, batch, again, err)
		}
	})
}
