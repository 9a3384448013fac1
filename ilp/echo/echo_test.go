package echo

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
)

func TestRequestRoundTrip(t *testing.T) {
	for _, source := range []string{"g.a", "test1.bob.~x", "example." + strings.Repeat("a", 200), "g." + strings.Repeat("a", 1021)} {
		data := AppendRequest([]byte("before"), source)[len("before"):]
		m, err := Parse(data)
		if err != nil || m.Response || string(m.Source) != source {
			t.Errorf("got %v, %v; want a request from %s", m, err, source)
		}
		again, err := Parse(append(data, 1, 2, 3))
		if err != nil || string(again.Source) != source {
			t.Errorf("bytes afterwards: %v, %v", again, err)
		}
	}
}

func TestResponseIsWhateverIsNoRequest(t *testing.T) {
	data := AppendResponse([]byte("before"))[len("before"):]
	if string(data) != Prefix+"\x01" {
		t.Errorf("got %q", data)
	}
	for _, data := range [][]byte{data, append(data, 1, 2), []byte(Prefix + "\x02"), []byte(Prefix + "\xff")} {
		if m, err := Parse(data); err != nil || !m.Response || m.Source != nil {
			t.Errorf("%q: %v, %v", data, m, err)
		}
	}
}

func TestFaultsInTheWordsOfTheReference(t *testing.T) {
	for n := range len(Prefix) + 1 {
		_, err := Parse(AppendRequest(nil, "g.a")[:n])
		want := fmt.Sprintf("packet data too short for echo request. length=%d", n)
		if err == nil || err.Error() != want || !errors.Is(err, LengthError(n)) {
			t.Errorf("a prefix of %d bytes gave %v", n, err)
		}
	}
	_, err := Parse([]byte("ECHOECHOECHOECHo\x00\x03g.a"))
	if !errors.Is(err, ErrPrefix) || err.Error() != "packet data does not start with ECHO prefix." {
		t.Errorf("another prefix gave %v", err)
	}
}

func TestSourceMustBeAnAddress(t *testing.T) {
	whole := AppendRequest(nil, "g."+strings.Repeat("a", 300))
	for i := len(Prefix) + 1; i < len(whole); i++ {
		if _, err := Parse(whole[:i]); !errors.Is(err, ilp.ErrShort) {
			t.Fatalf("a prefix of %d bytes gave %v", i, err)
		}
	}
	if _, err := Parse([]byte(Prefix + "\x00\x81\x03g.a")); !errors.Is(err, ilp.ErrLength) {
		t.Errorf("a length that is not canonical gave %v", err)
	}
	for _, source := range []string{"", "test", "nobody", "g..a", "g.\xe1", "g." + strings.Repeat("a", 1022)} {
		if _, err := Parse(AppendRequest(nil, source)); !errors.Is(err, ilp.ErrDestination) {
			t.Errorf("%.20q gave %v", source, err)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	data := AppendRequest(nil, "g.a")
	out := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Parse(data); err != nil {
			t.Fatal(err)
		}
		out = AppendResponse(out[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParse holds that a request which parses is written back the same, but for
// bytes after it, and that its source is an address.
func FuzzParse(f *testing.F) {
	f.Add(AppendRequest(nil, "test1.bob"))
	f.Add(AppendResponse(nil))
	f.Add([]byte(Prefix + "\x00\x84\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil || m.Response {
			return
		}
		if !ilp.ValidAddress(m.Source) || !bytes.HasPrefix(data, AppendRequest(nil, string(m.Source))) {
			t.Fatalf("parsed %q as %q", data, m.Source)
		}
	})
}
