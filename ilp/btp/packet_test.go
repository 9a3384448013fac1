package btp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

func drawEntries(t *rapid.T) []Entry {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
		return Entry{
			Name:        []byte(rapid.SampledFrom([]string{"", ILP, "auth", "claim", "ilp2"}).Draw(t, "name")),
			ContentType: ContentType(rapid.Byte().Draw(t, "content type")),
			Data:        rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data"),
		}
	}), 0, 300).Draw(t, "entries")
}

func equalEntry(a, b Entry) bool {
	return bytes.Equal(a.Name, b.Name) && a.ContentType == b.ContentType && bytes.Equal(a.Data, b.Data)
}

func checkEntries(t *rapid.T, p *Packet, want []Entry) {
	t.Helper()
	if got := slices.Collect(p.Entries()); p.Len() != len(want) || !slices.EqualFunc(got, want, equalEntry) {
		t.Fatalf("%d entries %v, want %v", p.Len(), got, want)
	}
}

func TestMessageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom([]Type{TypeMessage, TypeResponse}).Draw(t, "type")
		id := rapid.Uint32().Draw(t, "id")
		entries := drawEntries(t)
		b := Append(nil, typ, id, entries)
		if len(b) != headBytes+oer.OctetsSize(entriesSize(entries)) {
			t.Fatalf("%d bytes for %d entries", len(b), len(entries))
		}
		p, err := Parse(b)
		if err != nil || p.Type != typ || p.RequestID != id {
			t.Fatalf("type %d, id %d, %v", p.Type, p.RequestID, err)
		}
		checkEntries(t, &p, entries)
	})
}

func TestManyEntries(t *testing.T) {
	for _, n := range []int{0, 1, 255, 256, 65535, 65536} {
		b := Append(nil, TypeMessage, 1, make([]Entry, n))
		p, err := Parse(b)
		if err != nil || p.Len() != n || len(b) != headBytes+oer.OctetsSize(entriesSize(make([]Entry, n))) {
			t.Errorf("%d entries: %d bytes; parsed %d, %v", n, len(b), p.Len(), err)
		}
	}
}

func TestTransferRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Uint64().Draw(t, "amount")
		entries := drawEntries(t)
		p, err := Parse(AppendTransfer(nil, 7, amount, entries))
		if err != nil || p.Type != TypeTransfer || p.RequestID != 7 || p.Amount != amount {
			t.Fatalf("type %d, id %d, amount %d, %v", p.Type, p.RequestID, p.Amount, err)
		}
		checkEntries(t, &p, entries)
	})
}

func TestILPIsAppendWithOneEntry(t *testing.T) {
	for _, n := range []int{0, 1, 117, 118, 119, 120, 121, 122, 127, 128, 244, 245, 246, 247, 255, 256, 32767, 65535, 65536} {
		packet := bytes.Repeat([]byte{0x0c}, n)
		want := Append(nil, TypeMessage, 0xdeadbeef, []Entry{{Name: []byte(ILP), Data: packet}})
		b := AppendILP([]byte("before"), TypeMessage, 0xdeadbeef, packet)
		if b = b[len("before"):]; !bytes.Equal(b, want) {
			t.Errorf("%d bytes: %x, want %x", n, b[:min(n, 20)], want[:min(n, 20)])
		}
		if ILPSize(n) != len(b) {
			t.Errorf("%d bytes: ILPSize says %d, %d were written", n, ILPSize(n), len(b))
		}
	}
}

func TestResponseOfNothing(t *testing.T) {
	p, err := Parse(AppendResponse(nil, 9))
	if err != nil || p.Type != TypeResponse || p.RequestID != 9 || p.Len() != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestErrorRoundTrip(t *testing.T) {
	e := Error{
		Code: ilp.F00, Name: "NotAcceptedError", Data: "groß",
		TriggeredAt: time.Date(2026, 3, 1, 13, 34, 56, 789_999_999, time.FixedZone("", 3600)),
	}
	p, err := Parse(AppendError(nil, 3, e))
	if err != nil || p.Type != TypeError || p.RequestID != 3 || p.Len() != 0 {
		t.Fatalf("got %+v, %v", p, err)
	}
	v := p.ErrorView()
	if string(v.Code) != "F00" || string(v.Name) != e.Name || string(v.TriggeredAt) != "20260301123456.789Z" || string(v.Data) != e.Data {
		t.Errorf("got %q", v)
	}
	if message, _ := Parse(AppendResponse(nil, 1)); message.ErrorView().Code != nil {
		t.Error("a response has a code")
	}
}

func TestFirstAndLastOfAName(t *testing.T) {
	name := func(name, data string) Entry { return Entry{Name: []byte(name), Data: []byte(data)} }
	for _, c := range []struct {
		entries     []Entry
		first, last string
		found       bool
	}{
		{nil, "", "", false},
		{[]Entry{name("a", "x"), name("ilp2", "y"), name("", "z")}, "", "", false},
		{[]Entry{name("ilp", "one")}, "one", "one", true},
		{[]Entry{name("a", "x"), name("ilp", "one"), name("b", "y"), name("ilp", "two"), name("c", "z")}, "one", "two", true},
	} {
		p, err := Parse(Append(nil, TypeMessage, 1, c.entries))
		if err != nil {
			t.Fatal(err)
		}
		first, found := p.First(ILP)
		last, foundLast := p.Last(ILP)
		if string(first.Data) != c.first || string(last.Data) != c.last || found != c.found || foundLast != c.found {
			t.Errorf("%q: first %q, last %q, found %t, %t", c.entries, first.Data, last.Data, found, foundLast)
		}
	}
}

// samples are one frame of each kind.
func samples() map[string][]byte {
	entries := []Entry{{Name: []byte("a"), ContentType: JSON, Data: []byte("{}")}, {Name: []byte(ILP), Data: make([]byte, 150)}}
	return map[string][]byte{
		"ilp":      AppendILP(nil, TypeMessage, 1, make([]byte, 300)),
		"entries":  Append(nil, TypeResponse, 1, entries),
		"transfer": AppendTransfer(nil, 1, 5, entries),
		"error":    AppendError(nil, 1, Error{Code: ilp.T00, Name: "UnreachableError", Data: "{}"}),
		"auth":     AppendAuth(nil, 1, "alice", "secret"),
	}
}

func TestEveryProperPrefixIsRefused(t *testing.T) {
	for name, whole := range samples() {
		for i := range whole {
			if _, err := Parse(whole[:i]); !errors.Is(err, ErrShort) {
				t.Fatalf("%s: a prefix of %d bytes gave %v", name, i, err)
			}
		}
		contents, _, err := oer.CutOctets(whole[headBytes:])
		if err != nil {
			t.Fatal(err)
		}
		for i := range contents {
			b := oer.AppendOctets(slices.Clone(whole[:headBytes]), contents[:i])
			// What is left may be too short for the count of entries.
			if _, err := Parse(b); !errors.Is(err, ErrShort) && !errors.Is(err, ErrCount) {
				t.Fatalf("%s: contents of %d bytes gave %v", name, i, err)
			}
		}
	}
}

func TestBytesAfterwardsAreIgnored(t *testing.T) {
	for name, whole := range samples() {
		want, err := Parse(whole)
		if err != nil {
			t.Fatal(err)
		}
		contents, _, _ := oer.CutOctets(whole[headBytes:])
		inside := oer.AppendOctets(slices.Clone(whole[:headBytes]), slices.Concat(contents, []byte{1, 2, 3}))
		for _, b := range [][]byte{append(slices.Clone(whole), 1, 2, 3), inside} {
			p, err := Parse(b)
			if err != nil || p.Amount != want.Amount || !slices.EqualFunc(slices.Collect(p.Entries()), slices.Collect(want.Entries()), equalEntry) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestBrokenFramesAreRefused(t *testing.T) {
	message := func(contents ...byte) []byte {
		return oer.AppendOctets([]byte{byte(TypeMessage), 0, 0, 0, 1}, contents)
	}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"type 0":             {[]byte{0, 0, 0, 0, 1, 2, 1, 0}, ErrType},
		"type 5":             {[]byte{5, 0, 0, 0, 1, 2, 1, 0}, ErrType},
		"length":             {[]byte{6, 0, 0, 0, 1, 0x81, 2, 1, 0}, ErrLength},
		"no contents":        {message(), ErrShort},
		"count of no bytes":  {message(0), ErrCount},
		"count of 7 bytes":   {message(7, 0, 0, 0, 0, 0, 0, 0), ErrCount},
		"count cut off":      {message(2, 0), ErrShort},
		"count too high":     {message(1, 2, 0, 0, 0), ErrCount},
		"entry cut off":      {message(1, 1, 1, 'x', 0), ErrShort},
		"no content type":    {message(1, 1, 2, 'x', 'y'), ErrShort},
		"name's length":      {message(1, 1, 0x80, 0, 0), ErrLength},
		"data's length":      {message(1, 1, 0, 0, 0x81, 1, 0), ErrLength},
		"error without code": {[]byte{2, 0, 0, 0, 1, 2, 'F', '0'}, ErrShort},
		"error's length":     {[]byte{2, 0, 0, 0, 1, 5, 'F', '0', '0', 0x80, 0}, ErrLength},
		"transfer of 7":      {[]byte{7, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0}, ErrShort},
	} {
		if p, err := Parse(c.in); !errors.Is(err, c.want) || p.Type != 0 {
			t.Errorf("%s: type %d, %v; want %v", name, p.Type, err, c.want)
		}
	}
}

// TestAbsurdCountIsRefusedAtOnce claims as many entries as six bytes can say, in
// a frame that holds many: none of them may be looked at, nothing allocated.
func TestAbsurdCountIsRefusedAtOnce(t *testing.T) {
	contents := append([]byte{6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, make([]byte, 1<<20)...)
	frame := binary.BigEndian.AppendUint32([]byte{byte(TypeMessage)}, 1)
	frame = oer.AppendOctets(frame, contents)
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := Parse(frame); !errors.Is(err, ErrCount) {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMessagesDoNotAllocate(t *testing.T) {
	frame := AppendILP(nil, TypeMessage, 1, make([]byte, 300))
	out := make([]byte, 0, 4096)
	n := testing.AllocsPerRun(200, func() {
		p, err := Parse(frame)
		if err != nil {
			t.Fatal(err)
		}
		e, _ := p.Last(ILP)
		if first, ok := p.First(ILP); !ok || len(first.Data) != len(e.Data) {
			t.Fatal("no packet")
		}
		for e := range p.Entries() {
			out = AppendILP(out[:0], TypeResponse, p.RequestID, e.Data)
		}
		out = AppendResponse(out, p.RequestID)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
