package websocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseCloseAcceptsExactlyTheCodesThatMayBeSent(t *testing.T) {
	valid := map[uint16]bool{}
	for _, r := range [][2]uint16{{1000, 1003}, {1007, 1014}, {3000, 4999}} {
		for code := r[0]; code <= r[1]; code++ {
			valid[code] = true
		}
	}
	for code := range 1 << 16 {
		got, reason, err := ParseClose(append(binary.BigEndian.AppendUint16(nil, uint16(code)), "why"...))
		switch {
		case valid[uint16(code)] && (got != uint16(code) || reason != "why" || err != nil):
			t.Fatalf("code %d: ParseClose = %d, %q, %v", code, got, reason, err)
		case !valid[uint16(code)] && !errors.Is(err, ErrClosePayload):
			t.Fatalf("code %d: error %v", code, err)
		}
	}
}

func TestParseClosePayloads(t *testing.T) {
	tests := []struct {
		name, payload string
		code          uint16
		reason        string
		err           error
	}{
		{"empty", "", CodeNone, "", nil},
		{"one byte", "\x03", 0, "", ErrClosePayload},
		{"code alone", "\x03\xe8", 1000, "", nil},
		{"reason", "\x03\xe8bye", 1000, "bye", nil},
		{"longest reason", "\x03\xe8" + strings.Repeat("r", 123), 1000, strings.Repeat("r", 123), nil},
		{"reason not UTF-8", "\x03\xe8\xff", 0, "", ErrCloseReason},
		{"reason ending within a character", "\x03\xe8\xce", 0, "", ErrCloseReason},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, reason, err := ParseClose([]byte(tt.payload))
			if code != tt.code || reason != tt.reason || !errors.Is(err, tt.err) {
				t.Errorf("ParseClose = %d, %q, %v", code, reason, err)
			}
		})
	}
	if ErrCloseReason.Code != 1007 || ErrClosePayload.Code != 1002 {
		t.Error("close codes of the errors differ from RFC 6455")
	}
}

func TestAppendCloseIsAlwaysParsable(t *testing.T) {
	tests := []struct {
		name       string
		code       uint16
		reason     string
		wantCode   uint16
		wantReason string
	}{
		{"normal", CodeNormal, "bye", CodeNormal, "bye"},
		{"no reason", CodeGoingAway, "", CodeGoingAway, ""},
		{"longest reason", CodeInternal, strings.Repeat("a", 123), CodeInternal, strings.Repeat("a", 123)},
		{"reason cut", CodeInternal, strings.Repeat("a", 124), CodeInternal, strings.Repeat("a", 123)},
		{"reason cut at a character", CodeInternal, strings.Repeat("a", 122) + "\u03bc", CodeInternal, strings.Repeat("a", 122)},
		{"reason not UTF-8", 4000, "a\xffb", 4000, "a?b"},
		{"none", CodeNone, "unsaid", CodeNone, ""},
		{"abnormal closure is not sent", 1006, "unsaid", CodeNone, ""},
		{"zero is not sent", 0, "", CodeNone, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, side := range []Side{Server, Client} {
				wire := AppendClose([]byte("x"), side, tt.code, tt.reason)[1:]
				f, n, err := Cut(wire, other(side), 0)
				if f.Op != Close || n != len(wire) || err != nil {
					t.Fatalf("Cut = %v, %d, %v", f.Op, n, err)
				}
				code, reason, err := ParseClose(f.Payload)
				if code != tt.wantCode || reason != tt.wantReason || err != nil {
					t.Errorf("ParseClose = %d, %q, %v", code, reason, err)
				}
			}
		})
	}
}

func TestEveryErrorCanBeSentAsAClose(t *testing.T) {
	for _, e := range []*Error{
		ErrReservedBits, ErrOpcode, ErrControlFragment, ErrControlLength, ErrUnmasked, ErrMasked, ErrLength,
		ErrTooBig, ErrContinuation, ErrInterleaved, ErrText, ErrClosePayload, ErrCloseReason,
	} {
		f, _, err := Cut(AppendClose(nil, Server, e.Code, e.Reason), Client, 0)
		if err != nil {
			t.Fatal(err)
		}
		if code, reason, err := ParseClose(f.Payload); code != e.Code || reason != e.Reason || err != nil {
			t.Errorf("%v became %d, %q, %v", e, code, reason, err)
		}
		if !strings.Contains(e.Error(), e.Reason) {
			t.Errorf("text %q hides the reason", e.Error())
		}
	}
}

// FuzzClose holds that what ParseClose accepts, AppendClose writes again.
func FuzzClose(f *testing.F) {
	f.Add([]byte("\x03\xe8bye"))
	f.Add([]byte{3})
	f.Fuzz(func(t *testing.T, payload []byte) {
		code, reason, err := ParseClose(payload)
		if err != nil {
			if code != 0 || reason != "" {
				t.Errorf("ParseClose = %d, %q beside an error", code, reason)
			}
			return
		}
		if !utf8.ValidString(reason) {
			t.Errorf("reason %q", reason)
		}
		if len(payload) > controlPayloadMax {
			return // no frame carries it
		}
		want := AppendFrame(nil, Server, Close, payload)
		if got := AppendClose(nil, Server, code, reason); !bytes.Equal(got, want) {
			t.Errorf("AppendClose = %x, want %x", got, want)
		}
	})
}
