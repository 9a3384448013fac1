package ilp

import (
	"bytes"
	"slices"
	"testing"
)

// FuzzParsePrepare holds that a packet which parses is, tail dropped, exactly
// what its fields are written as.
func FuzzParsePrepare(f *testing.F) {
	d := draft()
	f.Add(d.Append(nil))
	d.Data = bytes.Repeat([]byte{1}, 200)
	f.Add(d.Append(nil))
	f.Add(append(d.Append(nil), 1, 2))
	f.Add([]byte{TypePrepare, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		in = slices.Clone(in) // dropping a tail writes
		p, err := ParsePrepare(in)
		if err != nil {
			if p.Bytes() != nil {
				t.Fatal("a packet with an error")
			}
			return
		}
		back := Draft{
			Amount: p.Amount(), Expiry: p.Expiry(), Condition: [ConditionBytes]byte(p.Condition()),
			Destination: string(p.Destination()), Data: p.Data(),
		}
		if b := back.Append(nil); !bytes.Equal(b, p.Bytes()) {
			t.Fatalf("parsed %x, wrote back %x", p.Bytes(), b)
		}
		p.SetAmount(1)
		p.SetExpiry(0)
		if again, err := ParsePrepare(p.Bytes()); err != nil || again.Amount() != 1 || again.Expiry() != 0 {
			t.Fatalf("patched: %v", err)
		}
	})
}

// FuzzParseReply holds that an answer which parses and has no tail is exactly
// what its fields are written as.
func FuzzParseReply(f *testing.F) {
	r := plainReject()
	f.Add(r.Append(nil))
	f.Add((&Fulfill{Data: []byte("x")}).Append(nil))
	f.Add([]byte{TypeReject, 5, 'F', '0', '0', 0x81, 1})
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ParseReply(in)
		if err != nil {
			return
		}
		var back []byte
		if r.Fulfilled() {
			back = (&Fulfill{Fulfillment: [ConditionBytes]byte(r.Fulfillment()), Data: r.Data()}).Append(nil)
		} else {
			back = (&Reject{Code: r.Code(), TriggeredBy: string(r.TriggeredBy()), Message: string(r.Message()), Data: r.Data()}).Append(nil)
		}
		if len(back) == len(r.Bytes()) && !bytes.Equal(back, r.Bytes()) || len(back) > len(r.Bytes()) {
			t.Fatalf("parsed %x, wrote back %x", r.Bytes(), back)
		}
	})
}
