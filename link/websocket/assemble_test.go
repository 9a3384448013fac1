package websocket

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// script is a conversation of frames and what the assembler makes of it:
// messages, each written "opcode payload", then perhaps an error.
type script struct {
	name   string
	frames []Frame
	want   []string
	err    *Error
}

func frame(op Opcode, payload string) Frame    { return Frame{op, true, []byte(payload)} }
func fragment(op Opcode, payload string) Frame { return Frame{op, false, []byte(payload)} }

func TestAssembler(t *testing.T) {
	const mu = "\u03bc" // two bytes in UTF-8
	tests := []script{
		{"one frame", []Frame{frame(Binary, "ab")}, []string{"2 ab"}, nil},
		{"empty message", []Frame{frame(Binary, "")}, []string{"2 "}, nil},
		{"two fragments", []Frame{fragment(Binary, "a"), frame(Continuation, "b")}, []string{"2 ab"}, nil},
		{"many fragments, some empty", []Frame{
			fragment(Text, ""), fragment(Continuation, "a"), fragment(Continuation, ""),
			fragment(Continuation, "b"), frame(Continuation, ""),
		}, []string{"1 ab"}, nil},
		{"only empty fragments", []Frame{fragment(Text, ""), frame(Continuation, "")}, []string{"1 "}, nil},
		{"ping between fragments", []Frame{
			fragment(Binary, "a"), frame(Ping, "p"), fragment(Continuation, "b"), frame(Pong, ""), frame(Continuation, "c"),
		}, []string{"9 p", "10 ", "2 abc"}, nil},
		{"close between fragments", []Frame{fragment(Binary, "a"), frame(Close, "")}, []string{"8 "}, nil},
		{"message after a fragmented one", []Frame{
			fragment(Binary, "a"), frame(Continuation, "b"), frame(Text, "c"), fragment(Text, "d"), frame(Continuation, "e"),
		}, []string{"2 ab", "1 c", "1 de"}, nil},
		{"exactly the limit in fragments", []Frame{fragment(Binary, "12345"), frame(Continuation, "67890")}, []string{"2 1234567890"}, nil},

		{"continuation of nothing", []Frame{frame(Continuation, "a")}, nil, ErrContinuation},
		{"open continuation of nothing", []Frame{fragment(Continuation, "a")}, nil, ErrContinuation},
		{"continuation after a whole message", []Frame{frame(Binary, "a"), frame(Continuation, "b")}, []string{"2 a"}, ErrContinuation},
		{"continuation after a joined message", []Frame{
			fragment(Binary, "a"), frame(Continuation, "b"), frame(Continuation, "c"),
		}, []string{"2 ab"}, ErrContinuation},
		{"message within fragments", []Frame{fragment(Binary, "a"), frame(Binary, "b")}, nil, ErrInterleaved},
		{"fragments within fragments", []Frame{fragment(Binary, "a"), fragment(Text, "b")}, nil, ErrInterleaved},
		{"fragments over the limit", []Frame{fragment(Binary, "123456"), frame(Continuation, "78901")}, nil, ErrTooBig},
		{"frame over the limit", []Frame{frame(Binary, "12345678901")}, nil, ErrTooBig},

		{"text", []Frame{frame(Text, mu)}, []string{"1 " + mu}, nil},
		{"character split between fragments", []Frame{fragment(Text, mu[:1]), frame(Continuation, mu[1:])}, []string{"1 " + mu}, nil},
		{"text not UTF-8", []Frame{frame(Text, "\xff")}, nil, ErrText},
		{"text with a surrogate", []Frame{frame(Text, "\xed\xa0\x80")}, nil, ErrText},
		{"text ending within a character", []Frame{fragment(Text, "a"), frame(Continuation, mu[:1])}, nil, ErrText},
		{"binary not UTF-8", []Frame{frame(Binary, "\xff")}, []string{"2 \xff"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := assemble(&Assembler{PayloadMax: 10}, tt.frames)
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("messages %q, want %q", got, tt.want)
			}
			if tt.err == nil && err != nil || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
}

// assemble returns the messages that frames make, up to the first error.
func assemble(a *Assembler, frames []Frame) (messages []string, err error) {
	for _, f := range frames {
		m, whole, err := a.Add(f)
		if err != nil {
			return messages, err
		}
		if whole {
			messages = append(messages, fmt.Sprintf("%d %s", m.Op, m.Payload))
		}
	}
	return messages, nil
}

func TestUnfragmentedMessagePassesWithoutACopy(t *testing.T) {
	a := Assembler{PayloadMax: 10}
	f := frame(Binary, "abc")
	if m, whole, err := a.Add(f); !whole || err != nil || &m.Payload[0] != &f.Payload[0] {
		t.Errorf("Add = %v, %v, %v", m, whole, err)
	}
}

func TestJoinedMessageIsTheCallersToKeep(t *testing.T) {
	a := Assembler{PayloadMax: 10}
	join := func(first, last string) []byte {
		one, two := fragment(Binary, first), frame(Continuation, last)
		_, _, _ = a.Add(one)
		clear(one.Payload) // as the read buffer that is read into again
		m, whole, err := a.Add(two)
		clear(two.Payload)
		if !whole || err != nil {
			t.Fatal(whole, err)
		}
		return m.Payload
	}
	kept := join("ab", "cd")
	join("ef", "gh")
	if string(kept) != "abcd" {
		t.Errorf("message became %q", kept)
	}
}
