package ilp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp/oer"
)

func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func plainReject() Reject {
	return Reject{Code: F02, TriggeredBy: "g.connector", Message: "no route found.", Data: []byte{1, 2, 3}}
}

func checkFulfill(t testing.TB, r *Reply, f *Fulfill) {
	t.Helper()
	if r.Failed() || !r.Fulfilled() || r.Code() != 0 {
		t.Errorf("failed %t, fulfilled %t, code %s", r.Failed(), r.Fulfilled(), r.Code())
	}
	if !bytes.Equal(r.Fulfillment(), f.Fulfillment[:]) || !bytes.Equal(r.Data(), f.Data) {
		t.Errorf("fulfillment %x, data %x", r.Fulfillment(), r.Data())
	}
	if len(r.TriggeredBy())+len(r.Message()) != 0 {
		t.Errorf("a fulfill is triggered by %q, says %q", r.TriggeredBy(), r.Message())
	}
}

func checkReject(t testing.TB, r *Reply, want *Reject) {
	t.Helper()
	if r.Failed() || r.Fulfilled() || r.Code() != want.Code {
		t.Errorf("failed %t, fulfilled %t, code %s", r.Failed(), r.Fulfilled(), r.Code())
	}
	if string(r.TriggeredBy()) != want.TriggeredBy || string(r.Message()) != want.Message || !bytes.Equal(r.Data(), want.Data) {
		t.Errorf("triggered by %q, message %q, data %x", r.TriggeredBy(), r.Message(), r.Data())
	}
}

func TestFulfillRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := Fulfill{Data: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "data")}
		copy(f.Fulfillment[:], rapid.SliceOfN(rapid.Byte(), ConditionBytes, ConditionBytes).Draw(rt, "fulfillment"))
		b := f.Append(nil)
		r, err := ParseReply(b)
		if err != nil {
			rt.Fatal(err)
		}
		checkFulfill(t, &r, &f)
		if !bytes.Equal(r.Bytes(), b) {
			rt.Fatalf("bytes %x, want %x", r.Bytes(), b)
		}
	})
}

func TestRejectRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := Reject{
			Code:        codeOf(rapid.SliceOfN(rapid.ByteRange(' ', '~'), codeBytes, codeBytes).Draw(rt, "code")),
			TriggeredBy: rapid.StringMatching(`|g(\.[a-z]{1,60}){1,5}`).Draw(rt, "triggeredBy"),
			Message:     string(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "message")),
			Data:        rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "data"),
		}
		b := want.Append(nil)
		r, err := ParseReply(b)
		if err != nil {
			rt.Fatal(err)
		}
		checkReject(t, &r, &want)
		if !bytes.Equal(r.Bytes(), b) {
			rt.Fatalf("bytes %x, want %x", r.Bytes(), b)
		}
	})
}

func TestEveryProperPrefixOfAReplyIsShort(t *testing.T) {
	reject := plainReject()
	reject.Data = bytes.Repeat([]byte{1}, 200)
	fulfill := Fulfill{Data: bytes.Repeat([]byte{1}, 200)}
	const body = 3 // type, length of two bytes
	for _, whole := range [][]byte{reject.Append(nil), fulfill.Append(nil)} {
		for i := range whole {
			want := ErrShort
			if i == 0 {
				want = ErrEmpty
			}
			if _, err := ParseReply(whole[:i]); !errors.Is(err, want) {
				t.Fatalf("a prefix of %d bytes gave %v", i, err)
			}
			if i >= body {
				inner := oer.AppendOctets(whole[:1:1], whole[body:i])
				if _, err := ParseReply(inner); !errors.Is(err, ErrShort) {
					t.Fatalf("contents of %d bytes gave %v", i-body, err)
				}
			}
		}
	}
}

func TestBytesAfterAReply(t *testing.T) {
	reject, fulfill := plainReject(), Fulfill{Data: []byte("data")}
	for name, whole := range map[string][]byte{"reject": reject.Append(nil), "fulfill": fulfill.Append(nil)} {
		t.Run(name, func(t *testing.T) {
			after, err := ParseReply(append(slices.Clone(whole), 9, 9))
			if err != nil || !bytes.Equal(after.Bytes(), whole) {
				t.Errorf("after the packet: %v, bytes %x", err, after.Bytes())
			}
			// Bytes inside the packet pass, since the answer passes unchanged,
			// but are no part of the data.
			long := oer.AppendOctets(whole[:1:1], append(slices.Clone(whole[2:]), 9, 9))
			within, err := ParseReply(long)
			if err != nil || !bytes.Equal(within.Bytes(), long) || !bytes.Equal(within.Data(), after.Data()) {
				t.Errorf("within the packet: %v, bytes %x, data %x", err, within.Bytes(), within.Data())
			}
		})
	}
}

func TestReplyFaults(t *testing.T) {
	stranger, highBit := plainReject(), plainReject()
	stranger.TriggeredBy = "nobody"
	highBit.TriggeredBy = "g.\xe1"
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"prepare":                    {[]byte{TypePrepare, 0}, TypeError(TypePrepare)},
		"type 0":                     {[]byte{0}, TypeError(0)},
		"fulfill, bad length":        {[]byte{TypeFulfill, 0x80}, ErrLength},
		"reject, bad length":         {[]byte{TypeReject, 0x81, 3}, ErrLength},
		"reject, bad inner length":   {[]byte{TypeReject, 5, 'F', '0', '0', 0x81, 1}, ErrLength},
		"triggered by no address":    {stranger.Append(nil), ErrTriggeredBy},
		"triggered by a high bit":    {highBit.Append(nil), ErrTriggeredBy},
		"fulfill, absurd length":     {append(append([]byte{TypeFulfill, 37}, make([]byte, 32)...), 0x84, 0xff, 0xff, 0xff, 0xff), ErrShort},
		"fulfill of 31 bytes":        {append([]byte{TypeFulfill, 31}, make([]byte, 31)...), ErrShort},
		"reject with half of a code": {[]byte{TypeReject, 2, 'F', '0'}, ErrShort},
	} {
		r, err := ParseReply(c.in)
		if !errors.Is(err, c.want) || !r.Failed() {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestFailureIsAReplyWithoutBytes(t *testing.T) {
	r := Fail(T04, "exceeded maximum balance.")
	if !r.Failed() || r.Fulfilled() || r.Bytes() != nil || r.Code() != T04 || string(r.Message()) != "exceeded maximum balance." ||
		r.TriggeredBy() != nil || r.Data() != nil {
		t.Errorf("got %+v", r)
	}
	full := Failure{Code: F08, Message: "m", Data: []byte{1}, Name: "AmountTooLargeError"}
	r = full.Reply()
	clone, _ := r.Clone(nil)
	for _, r := range []*Reply{&r, &clone} {
		if got := r.Failure(); got.Code != F08 || got.Message != "m" || got.Name != full.Name || !bytes.Equal(r.Data(), full.Data) || !r.Failed() {
			t.Errorf("got %+v", got)
		}
	}
	if zero := (Reply{}); !zero.Failed() || zero.Code() != 0 {
		t.Error("the zero reply is something")
	}
}

func TestReplyCloneOutlivesTheBytes(t *testing.T) {
	want := plainReject()
	b := want.Append(nil)
	r, err := ParseReply(b)
	if err != nil {
		t.Fatal(err)
	}
	r.Batch = new(ReadBatch)
	buf := make([]byte, 3, 1024)
	c, kept := r.Clone(buf)
	clear(b)
	checkReject(t, &c, &want)
	if c.Batch != nil || &kept[0] != &buf[0] {
		t.Error("the clone kept the batch or left the buffer it was given")
	}
}

func TestHandlersAreFunctions(t *testing.T) {
	var heard Code
	h := HandlerFunc(func(up ReplyWriter, p Prepare) { up.WriteReply(Fail(F02, string(p.Destination()))) })
	h.HandlePrepare(ReplyFunc(func(r Reply) { heard = r.Code() }), Prepare{})
	if heard != F02 {
		t.Errorf("heard %s", heard)
	}
}

func TestDataPathDoesNotAllocate(t *testing.T) {
	d, f, r := draft(), Fulfill{Data: []byte("x")}, plainReject()
	d.Destination = "g." + strings.Repeat("a", 200)
	prepare, fulfill, reject := d.Append(nil), f.Append(nil), r.Append(nil)
	if n := testing.AllocsPerRun(200, func() {
		p, err := ParsePrepare(prepare)
		if err != nil {
			t.Fatal(err)
		}
		p.SetAmount(p.Amount() + 1)
		p.SetExpiry(p.Expiry() - 1)
		for _, b := range [][]byte{fulfill, reject} {
			if _, err := ParseReply(b); err != nil {
				t.Fatal(err)
			}
		}
		if reply := Fail(T00, "late"); !reply.Failed() {
			t.Fatal("no failure")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCloneOfAFailureOwnsItsData(t *testing.T) {
	data := []byte{1, 2, 3}
	r := Failure{Code: F08, Message: "m", Data: data}.Reply()
	c, _ := r.Clone(nil)
	data[0] = 9
	if !bytes.Equal(c.Data(), []byte{1, 2, 3}) || c.Code() != F08 {
		t.Errorf("the clone is %s %x", c.Code(), c.Data())
	}
}
