package websocket

import "unicode/utf8"

// Message is a Text or Binary message with its fragments joined, or a control frame.
type Message struct {
	Op      Opcode
	Payload []byte
}

// Assembler joins the fragments of data messages (RFC 6455 section 5.4). A message that
// came in one frame passes without a copy. Each connection needs an Assembler of its own.
// It is not safe for concurrent use.
type Assembler struct {
	// PayloadMax bounds the payload of a data message, in bytes. With zero, only
	// empty messages pass.
	PayloadMax int

	op     Opcode // of the message begun; Continuation if there is none
	joined []byte // the payload of the message so far
}

// Add takes the next frame of the connection and returns the message that it completes.
// After a fragment that others must follow, whole is false. Add returns control frames at
// once, even between fragments.
//
// The payload of a message that came in one frame is the payload of the frame, and lives
// as long. The payload of a joined message is the caller's to keep. Add checks that a
// complete text is UTF-8.
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
	// The caller gets the buffer: fragments are rare, and a connection that has sent
	// one large message must not hold the memory while it is idle.
	a.op, a.joined = Continuation, nil
	if m.Op == Text && !utf8.Valid(m.Payload) {
		return Message{}, false, ErrText
	}
	return m, true, nil
}

// join adds a fragment to the message begun, or begins one. It returns the message so far.
func (a *Assembler) join(f Frame) Message {
	if f.Op != Continuation {
		a.op = f.Op
	}
	a.joined = append(a.joined, f.Payload...)
	return Message{a.op, a.joined}
}
