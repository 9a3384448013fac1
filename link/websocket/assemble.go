package websocket

import "unicode/utf8"

// Message is what the other side sent as one: a Text or Binary message with its
// fragments joined, or a control frame.
type Message struct {
	Op      Opcode
	Payload []byte
}

// Assembler joins the fragments of data messages (RFC 6455 section 5.4). A
// message that came in one frame passes without a copy. Make one per
// connection, with its bound; it is not safe for concurrent use.
type Assembler struct {
	// PayloadMax bounds the payload of a data message, in bytes. Zero lets only
	// empty messages through.
	PayloadMax int

	op     Opcode // of the message begun; Continuation when there is none
	joined []byte // what has come of it so far
}

// Add takes the next frame of the connection and returns the message it
// completes, if it does: whole is false after a fragment with more to come.
// Control frames are returned at once, between fragments too.
//
// The payload of a message that came in one frame is the frame's, and lives as
// long; that of a joined message is the caller's to keep. Text is checked to be
// UTF-8 when it is complete, across the borders of its fragments.
//
// Every error is an [*Error], and final.
func (a *Assembler) Add(f Frame) (m Message, whole bool, err error) {
	if f.Op.Control() {
		return Message{f.Op, f.Payload}, true, nil
	}
	switch {
	case f.Op == Continuation && a.op == Continuation:
		return Message{}, false, ErrContinuation
	case f.Op != Continuation && a.op != Continuation:
		return Message{}, false, ErrInterleaved
	case len(f.Payload) > a.PayloadMax-len(a.joined):
		return Message{}, false, ErrTooBig
	}

	m = Message{f.Op, f.Payload}
	if f.Op == Continuation || !f.Fin {
		m = a.join(f)
	}
	if !f.Fin {
		return Message{}, false, nil
	}
	// Handed over rather than reused: fragments are rare, and a connection that
	// sent one large message must not hold its memory while idle.
	a.op, a.joined = Continuation, nil
	if m.Op == Text && !utf8.Valid(m.Payload) {
		return Message{}, false, ErrText
	}
	return m, true, nil
}

// join adds a fragment to the message begun, or begins one, and returns what
// there is of it.
func (a *Assembler) join(f Frame) Message {
	if f.Op != Continuation {
		a.op = f.Op
	}
	a.joined = append(a.joined, f.Payload...)
	return Message{a.op, a.joined}
}
