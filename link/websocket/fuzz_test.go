package websocket

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/gobwas/ws"
)

// FuzzStream reads a stream of frames and holds every step against the header
// parser and the checks of gobwas/ws. What must hold besides: no panic, nothing
// consumed that is not there, nothing changed outside the frame, and no verdict
// that more bytes would overturn.
func FuzzStream(f *testing.F) {
	conversation := AppendFrame(nil, Client, Text, []byte("hello"))
	conversation = AppendFrame(conversation, Client, Ping, []byte("ping"))
	conversation = AppendClose(conversation, Client, CodeNormal, "bye")
	f.Add(conversation, true, uint16(100))
	fragments := AppendFrame(nil, Server, Binary, pattern(200))
	fragments[0] &^= finBit
	fragments = AppendFrame(fragments, Server, Pong, nil)
	fragments = AppendFrame(fragments, Server, Continuation, pattern(126))
	f.Add(fragments, false, uint16(500))
	f.Add([]byte{0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4}, true, uint16(1))
	f.Add([]byte{0x89, 126, 0, 5, 1, 2, 3, 4, 5}, false, uint16(1))
	f.Add([]byte{0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0}, false, uint16(1))

	f.Fuzz(func(t *testing.T, stream []byte, server bool, payloadMax uint16) {
		side, state := Client, ws.StateClientSide
		if server {
			side, state = Server, ws.StateServerSide
		}
		asm := Assembler{PayloadMax: int(payloadMax)}
		for {
			before := bytes.Clone(stream)
			frame, n, err := Cut(stream, side, int(payloadMax))
			if n < 0 || n > len(stream) || n > 0 && err != nil {
				t.Fatalf("Cut of %d bytes = %d, %v", len(stream), n, err)
			}
			if !bytes.Equal(stream[n:], before[n:]) {
				t.Fatal("Cut changed bytes behind the frame")
			}
			oracle, oracleErr := ws.ReadHeader(bytes.NewReader(before))
			if n == 0 {
				checkStop(t, err, before, side, int(payloadMax))
				return
			}
			if oracleErr != nil || oracle.Length != int64(len(frame.Payload)) ||
				byte(oracle.OpCode) != byte(frame.Op) || oracle.Fin != frame.Fin || n != Need(before) {
				t.Fatalf("Cut = %v of %d; gobwas reads %+v, %v; Need %d", frame, n, oracle, oracleErr, Need(before))
			}
			want := bytes.Clone(before[n-len(frame.Payload) : n])
			ws.Cipher(want, oracle.Mask, 0)
			if !bytes.Equal(frame.Payload, want) {
				t.Fatalf("payload %x, gobwas unmasks %x", frame.Payload, want)
			}

			_, whole, err := asm.Add(frame)
			if disorder := errors.Is(err, ErrContinuation) || errors.Is(err, ErrInterleaved); disorder != (ws.CheckHeader(oracle, state) != nil) {
				t.Fatalf("Add: %v; gobwas: %v", err, ws.CheckHeader(oracle, state))
			}
			if err != nil {
				return
			}
			if !frame.Op.Control() {
				state = state.Set(ws.StateFragmented)
				if frame.Fin {
					state = state.Clear(ws.StateFragmented)
				}
				if whole != frame.Fin {
					t.Fatalf("message whole %v at a frame with fin %v", whole, frame.Fin)
				}
			}
			stream = stream[n:]
		}
	})
}

// checkStop judges a Cut that consumed nothing of rest: either gobwas misses
// bytes too, or it objects too, or the frame is over the limit.
func checkStop(t *testing.T, err error, rest []byte, side Side, payloadMax int) {
	oracle, oracleErr := ws.ReadHeader(bytes.NewReader(rest))
	accepted := oracleErr == nil && ws.CheckHeader(oracle, inOrder(side, oracle)) == nil
	missing := errors.Is(oracleErr, io.EOF) || errors.Is(oracleErr, io.ErrUnexpectedEOF)
	// gobwas lets a control frame write a short length the long way.
	longWritten := errors.Is(err, ErrControlLength) && rest[1]&lengthBits > controlPayloadMax

	switch {
	case err == nil && !accepted && !missing:
		t.Fatalf("Cut waits for a frame that gobwas refuses: %+v, %v", oracle, oracleErr)
	case err == nil && accepted:
		if need := Need(rest); need <= len(rest) || need > max(payloadMax, controlPayloadMax)+14 {
			t.Fatalf("Need of %d bytes = %d, limit %d", len(rest), need, payloadMax)
		}
	case errors.Is(err, ErrTooBig):
		if oracleErr == nil && oracle.Length <= int64(payloadMax) {
			t.Fatalf("Cut finds %d bytes over %d", oracle.Length, payloadMax)
		}
	case err != nil && accepted && !longWritten:
		t.Fatalf("Cut: %v; gobwas accepts %+v", err, oracle)
	}
	if err == nil {
		return
	}
	if violation := (*Error)(nil); !errors.As(err, &violation) {
		t.Fatalf("error %v without a close code", err)
	}
	if _, _, again := Cut(append(bytes.Clone(rest), pattern(300)...), side, payloadMax); !errors.Is(again, err) {
		t.Fatalf("with more bytes %v became %v", err, again)
	}
}

// inOrder is the gobwas state of side in which the frame comes in its turn.
func inOrder(side Side, h ws.Header) ws.State {
	state := ws.StateClientSide
	if side == Server {
		state = ws.StateServerSide
	}
	if h.OpCode == ws.OpContinuation {
		state = state.Set(ws.StateFragmented)
	}
	return state
}
