package ilp

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp/oer"
)

// draft is a Prepare like many.
func draft() Draft {
	return Draft{
		Amount: 107, Expiry: time.Date(2026, 3, 1, 12, 34, 56, 789e6, time.UTC).UnixMilli(),
		Condition: PeerCondition, Destination: "example.alice.~x", Data: []byte("hello"),
	}
}

// checkPrepare compares a view with what was written.
func checkPrepare(t testing.TB, p *Prepare, d *Draft) {
	t.Helper()
	if p.Fault() != nil {
		t.Errorf("fault %v", p.Fault())
	}
	if p.Amount() != d.Amount || p.Expiry() != d.Expiry || p.ExpiresAt().UnixMilli() != d.Expiry {
		t.Errorf("amount %d, expiry %d; want %d, %d", p.Amount(), p.Expiry(), d.Amount, d.Expiry)
	}
	if !bytes.Equal(p.Condition(), d.Condition[:]) || string(p.Destination()) != d.Destination || !bytes.Equal(p.Data(), d.Data) {
		t.Errorf("condition %x, destination %q, data %x", p.Condition(), p.Destination(), p.Data())
	}
	if whole := d.Append(nil); !bytes.Equal(p.Bytes(), whole) {
		t.Errorf("bytes %x, want %x", p.Bytes(), whole)
	}
	if tail := p.Bytes()[len(p.Bytes())-len(p.Invariant()):]; !bytes.Equal(p.Invariant(), tail) ||
		!bytes.HasPrefix(tail, d.Condition[:]) {
		t.Errorf("invariant %x", p.Invariant())
	}
}

func drawDraft(t *rapid.T) Draft {
	d := Draft{
		Amount:      rapid.Uint64().Draw(t, "amount"),
		Expiry:      rapid.Int64Range(0, expiryMax).Draw(t, "expiry"),
		Destination: rapid.StringMatching(`(g|test3|peer)(\.[a-zA-Z0-9_~-]{1,60}){1,5}`).Draw(t, "destination"),
		Data:        rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data"),
	}
	copy(d.Condition[:], rapid.SliceOfN(rapid.Byte(), ConditionBytes, ConditionBytes).Draw(t, "condition"))
	return d
}

func TestPrepareRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDraft(rt)
		p, err := ParsePrepare(d.Append(nil))
		if err != nil {
			rt.Fatal(err)
		}
		checkPrepare(t, &p, &d)
	})
}

func TestPrepareLengthBoundaries(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 32767, 65535, 65536} {
		d := draft()
		d.Data = bytes.Repeat([]byte{9}, n)
		d.Destination = "g." + strings.Repeat("a", min(n+1, AddressBytesMax-2))
		p, err := ParsePrepare(d.Append(nil))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		checkPrepare(t, &p, &d)
	}
}

func TestEveryProperPrefixOfAPrepareIsShort(t *testing.T) {
	d := draft()
	d.Data = bytes.Repeat([]byte{1}, 200)
	whole := d.Append(nil)
	const body = 4 // type, length of three bytes
	for i := range whole {
		want := ErrShort
		if i == 0 {
			want = ErrEmpty
		}
		if _, err := ParsePrepare(slices.Clone(whole[:i])); !errors.Is(err, want) {
			t.Fatalf("a prefix of %d bytes gave %v", i, err)
		}
		// The same, with an envelope that says so.
		if i >= body {
			inner := oer.AppendOctets([]byte{TypePrepare}, whole[body:i])
			if _, err := ParsePrepare(inner); !errors.Is(err, ErrShort) {
				t.Fatalf("contents of %d bytes gave %v", i-body, err)
			}
		}
	}
}

func TestPrepareFaults(t *testing.T) {
	patch := func(change func(d *Draft)) []byte {
		d := draft()
		change(&d)
		return d.Append(nil)
	}
	month13 := patch(func(*Draft) {})
	copy(month13[2+expiryAt+4:], "13")
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"fulfill":              {[]byte{TypeFulfill, 0}, TypeError(TypeFulfill)},
		"length not canonical": {[]byte{TypePrepare, 0x81, 1, 0}, ErrLength},
		"absurd length":        {[]byte{TypePrepare, 0x84, 0xff, 0xff, 0xff, 0xff}, ErrShort},
		"month 13":             {month13, ErrDate},
		"bare scheme":          {patch(func(d *Draft) { d.Destination = "test" }), ErrDestination},
		"no destination":       {patch(func(d *Draft) { d.Destination = "" }), ErrDestination},
		"1024 bytes":           {patch(func(d *Draft) { d.Destination = "g." + strings.Repeat("a", 1022) }), ErrDestination},
	} {
		p, err := ParsePrepare(c.in)
		if !errors.Is(err, c.want) || p.Bytes() != nil {
			t.Errorf("%s: %v, bytes %x; want %v", name, err, p.Bytes(), c.want)
		}
	}
	if got := TypeError(13).Error(); got != "invalid packet type received. type=13" {
		t.Error(got)
	}
	if Type(nil) != 0 || Type([]byte{TypeReject}) != TypeReject {
		t.Error("Type is wrong")
	}
}

func TestPatchingChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDraft(rt)
		b := d.Append(nil)
		p, err := ParsePrepare(b)
		if err != nil {
			rt.Fatal(err)
		}
		d.Amount = rapid.Uint64().Draw(rt, "new amount")
		d.Expiry = rapid.Int64Range(0, expiryMax).Draw(rt, "new expiry")
		p.SetAmount(d.Amount)
		p.SetExpiry(d.Expiry)
		checkPrepare(t, &p, &d)
		if again, err := ParsePrepare(b); err != nil {
			rt.Fatal(err)
		} else {
			checkPrepare(t, &again, &d)
		}
	})
}

func TestBytesAfterThePacketStayOut(t *testing.T) {
	d := draft()
	p, err := ParsePrepare(append(d.Append(nil), 1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	checkPrepare(t, &p, &d)
	if cap(p.Bytes()) != len(p.Bytes()) {
		t.Error("an append to the packet would overwrite what follows")
	}
}

func TestBytesAfterTheDataAreDropped(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDraft(rt)
		tail := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(rt, "tail")
		after := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(rt, "after")
		whole := d.Append(nil)
		contents, _, err := oer.CutOctets(whole[1:])
		if err != nil {
			rt.Fatal(err)
		}
		long := oer.AppendOctets([]byte{TypePrepare}, slices.Concat(contents, tail))
		p, err := ParsePrepare(append(long, after...))
		if err != nil {
			rt.Fatal(err)
		}
		checkPrepare(t, &p, &d)
		d.Amount, d.Expiry = 1, 2
		p.SetAmount(1)
		p.SetExpiry(2)
		checkPrepare(t, &p, &d)
		again, err := ParsePrepare(p.Bytes())
		if err != nil {
			rt.Fatal(err)
		}
		checkPrepare(t, &again, &d)
	})
}

func TestCloneOutlivesTheBytes(t *testing.T) {
	d := draft()
	b := d.Append(nil)
	p, err := ParsePrepare(b)
	if err != nil {
		t.Fatal(err)
	}
	p.Batch = new(ReadBatch)
	buf := make([]byte, 7, 4096)
	c, kept := p.Clone(buf)
	clear(b)
	checkPrepare(t, &c, &d)
	if c.Batch != nil || &kept[0] != &buf[0] || !bytes.Equal(kept, c.Bytes()) {
		t.Error("the clone kept the batch or left the buffer it was given")
	}
	d.Amount = math.MaxUint64
	c.SetAmount(d.Amount)
	checkPrepare(t, &c, &d)
}

func TestMalformedPrepareIsEmpty(t *testing.T) {
	batch := new(ReadBatch)
	malformed := Malformed(ErrDate, batch)
	clone, _ := malformed.Clone(nil)
	for _, p := range []*Prepare{&malformed, &clone} {
		if p.Fault() != ErrDate || p.Bytes() != nil || p.Amount() != 0 || p.Expiry() != 0 || p.Condition() != nil ||
			len(p.Destination()) != 0 || len(p.Data()) != 0 || p.Invariant() != nil {
			t.Errorf("a malformed packet has contents: %+v", p)
		}
	}
	if malformed.Batch != batch {
		t.Error("the batch is lost")
	}
}

func TestPeerConditionIsTheReferences(t *testing.T) {
	const want = "Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU="
	if got := base64Text(PeerCondition[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
