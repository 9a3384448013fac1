package btplink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// Message is what two peers say to each other beside packets: a Message without an ILP packet, or a
// Transfer. Plugins that settle over BTP send their claims so.
type Message struct {
	Transfer bool
	Amount   uint64 // of a Transfer, in units of the account
	Entries  []btp.Entry
}

// Entry returns the first entry with a name, and whether there is one.
func (m *Message) Entry(name string) (btp.Entry, bool) { return entryOf(m.Entries, name) }

// entryOf finds an entry.
func entryOf(entries []btp.Entry, name string) (btp.Entry, bool) {
	i := slices.IndexFunc(entries, func(e btp.Entry) bool { return string(e.Name) == name })
	if i < 0 {
		return btp.Entry{}, false
	}
	return entries[i], true
}

// Messages takes the messages of the peer.
type Messages interface {
	// HandleMessage takes a message, which it may keep. It must not block. It calls answer once, on any
	// goroutine, with the entries of the answer, or with an error whose text the peer gets.
	HandleMessage(m Message, answer func(entries []btp.Entry, err error))
}

// SetMessages makes m take the messages of the peer, which are refused without it. It is called at most
// once, before Run, and not for the link of one of many clients.
func (l *Link) SetMessages(m Messages) { l.messages = m.HandleMessage }

// takeMessage is HandleMessage of Messages.
type takeMessage func(m Message, answer func(entries []btp.Entry, err error))

// How Ask fails.
var (
	// ErrNotAsked says that the peer has not got the message, and never will.
	ErrNotAsked = errors.New("the message was not sent")
	// ErrNoAnswer says that the peer may have got the message.
	ErrNoAnswer = errors.New("the peer has not answered the message")
)

// RefusedError says that the peer has answered a message with a BTP Error.
type RefusedError struct{ Name, Data string }

// Error returns what the peer has said, at most 500 characters of it.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the peer has refused the message: %.60q: %.500q", e.Name, e.Data)
}

// Ask sends a message to the peer, and returns the entries of its answer. It blocks until the answer has
// come or ctx ends, at most for ResponseTimeout. The error is a *RefusedError, or wraps ErrNotAsked or
// ErrNoAnswer.
func (l *Link) Ask(ctx context.Context, m Message) ([]btp.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, ResponseTimeout)
	defer cancel()
	s := l.session()
	if s == nil {
		return nil, fmt.Errorf("%w: no connection", ErrNotAsked)
	}
	a := &asked{outcome: make(chan outcome, 1)}
	id, ok := l.pending.PutVia(a, clock.Now().Steady+int64(ResponseTimeout), s.number)
	if !ok {
		return nil, fmt.Errorf("%w: too much waits for answers", ErrNotAsked)
	}
	var frame []byte
	if m.Transfer {
		frame = btp.AppendTransfer(nil, id, m.Amount, m.Entries)
	} else {
		frame = btp.Append(nil, btp.TypeMessage, id, m.Entries)
	}
	if !s.send(websocket.Binary, frame, nil) {
		if _, waits := l.pending.Take(id); waits {
			return nil, fmt.Errorf("%w: the connection ends", ErrNotAsked)
		}
	}
	select {
	case o := <-a.outcome:
		return o.entries, o.err
	case <-ctx.Done():
		l.pending.Take(id)
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, ctx.Err())
	}
}

// ResponseTimeout is how long a peer may take to answer a message, as in ilp-plugin-btp.
const ResponseTimeout = 35 * time.Second

// asked is a message of ours that waits for its answer.
type asked struct{ outcome chan outcome }

type outcome struct {
	entries []btp.Entry
	err     error
}

// take takes the answer.
func (a *asked) take(p *btp.Packet) {
	if p.Type == btp.TypeError {
		v := p.ErrorView()
		a.outcome <- outcome{err: &RefusedError{Name: string(v.Name), Data: string(v.Data)}}
		return
	}
	a.outcome <- outcome{entries: copied(p)}
}

// WriteReply tells that there is no answer: the link fails all that waits when it ends.
func (a *asked) WriteReply(ilp.Reply) { a.outcome <- outcome{err: ErrNoAnswer} }

// receiveMessage gives a message of the peer to who takes it.
func (s *session) receiveMessage(p *btp.Packet) {
	id := p.RequestID
	m := Message{Transfer: p.Type == btp.TypeTransfer, Amount: p.Amount, Entries: copied(p)}
	s.link.messages(m, func(entries []btp.Entry, err error) {
		now := s.current()
		if err != nil {
			now.refuse(id, "Error", err.Error(), nil)
			return
		}
		now.send(websocket.Binary, btp.Append(nil, btp.TypeResponse, id, entries), nil)
	})
}

// copied returns the entries of a frame, as bytes that nobody else has.
func copied(p *btp.Packet) (entries []btp.Entry) {
	for e := range p.Entries() {
		entries = append(entries, btp.Entry{
			Name: slices.Clone(e.Name), ContentType: e.ContentType, Data: slices.Clone(e.Data),
		})
	}
	return entries
}

var _ ilp.ReplyWriter = (*asked)(nil)
