package xrpl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// writeTimeout bounds the write of one request.
const writeTimeout = 10 * time.Second

// conn is a WebSocket connection, as far as a session needs it.
type conn interface {
	Read(context.Context) (websocket.MessageType, []byte, error)
	Write(context.Context, websocket.MessageType, []byte) error
	CloseNow() error
}

// session is one connection to a server. Two goroutines serve it, read and write.
type session struct {
	client *Client
	to     *server
	conn   conn
	ctx    context.Context // ends with the session; its cause is a *Left
	end    context.CancelCauseFunc
	out    chan *request
	beat   chan struct{} // a new ledger has come

	mu         sync.Mutex
	pending    map[uint64]*request
	live       bool // events are told
	ledger     Ledger
	ahead      time.Duration // of the ledger's time to our clock
	subscribed map[AccountID]bool
}

// request is one that waits for its answer.
type request struct {
	body []byte
	done chan answer // has room for the one answer
}

type answer struct {
	result json.RawMessage
	err    error
}

func newSession(ctx context.Context, c *Client, to *server, conn conn) *session {
	ctx, end := context.WithCancelCause(ctx)
	return &session{
		client: c, to: to, conn: conn, ctx: ctx, end: end,
		out: make(chan *request), beat: make(chan struct{}, 1),
		pending: make(map[uint64]*request), subscribed: make(map[AccountID]bool),
	}
}

// leave ends the session. Only the first reason counts.
func (s *session) leave(why error) { s.end(why) }

// watch waits for the end of the session. It ends it when no ledger comes for so long.
func (s *session) watch(silence time.Duration) {
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case <-s.beat:
			quiet.Reset(silence)
		case <-quiet.C:
			s.leave(leaving(ReasonSilent, "no new ledger for %v", silence))
		case <-s.ctx.Done():
			return
		}
	}
}

// ask sends a request and reads its answer into result, which may be nil.
func (s *session) ask(ctx context.Context, command string, params, result any) error {
	r, id, err := s.prepare(command, params)
	if err != nil {
		return err
	}
	defer s.forget(id)
	select {
	case s.out <- r:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNotSent, ctx.Err())
	case <-s.ctx.Done():
		return fmt.Errorf("%w: %w", ErrNotSent, context.Cause(s.ctx))
	}
	timeout := time.NewTimer(s.client.options.Timeout)
	defer timeout.Stop()
	select {
	case a := <-r.done:
		return a.into(result)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrLost, ctx.Err())
	case <-timeout.C:
		why := leaving(ReasonNoAnswer, "no answer to %s for %v", command, s.client.options.Timeout)
		s.leave(why)
		return fmt.Errorf("%w: %w", ErrLost, why)
	case <-s.ctx.Done():
	}
	select {
	case a := <-r.done: // it came before the end
		return a.into(result)
	default:
		return fmt.Errorf("%w: %w", ErrLost, context.Cause(s.ctx))
	}
}

// prepare makes a request that waits for an answer under its id.
func (s *session) prepare(command string, params any) (*request, uint64, error) {
	c := s.client
	c.mu.Lock()
	c.last++
	id := c.last
	c.mu.Unlock()
	body, err := encodeRequest(id, command, params)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	r := &request{body, make(chan answer, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[id] = r
	return r, id, nil
}

func (s *session) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// into reads the result.
func (a answer) into(result any) error {
	if a.err != nil || result == nil {
		return a.err
	}
	if len(a.result) == 0 || string(a.result) == "null" {
		return fmt.Errorf("%w: the answer has no result", ErrLost)
	}
	if err := json.Unmarshal(a.result, result); err != nil {
		return unreadable(err)
	}
	return nil
}

// unreadable wraps what is wrong with an answer.
func unreadable(err error) error {
	return fmt.Errorf("%w: the answer makes no sense: %s", ErrLost, printable(err.Error()))
}

// reasonOf returns the reason to leave a server that one of the first requests failed at.
func (s *session) reasonOf(err error) error {
	var refused *Error
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case errors.As(err, &refused):
		return leaving(ReasonRefused, "%v", err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return leaving(ReasonNoAnswer, "%v", err)
	default:
		return leaving(ReasonGarbage, "%v", err)
	}
}

// write sends requests until the session ends.
func (s *session) write() {
	for {
		select {
		case r := <-s.out:
			ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
			err := s.conn.Write(ctx, websocket.MessageText, r.body)
			cancel()
			if err != nil {
				s.leave(reasonOfRead(err))
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// read takes messages until the session ends.
func (s *session) read() {
	for {
		kind, text, err := s.conn.Read(s.ctx)
		if err != nil {
			s.leave(reasonOfRead(err))
			return
		}
		if kind != websocket.MessageText {
			s.leave(leaving(ReasonGarbage, "it sends binary messages"))
			return
		}
		if err := s.take(text); err != nil {
			s.leave(err)
			return
		}
	}
}

// take handles one message. An error ends the session.
func (s *session) take(text []byte) error {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return leaving(ReasonGarbage, "a message is no JSON object of theirs: %v", err)
	}
	if m.ID == nil {
		if m.Code != "" {
			return reasonOfComplaint(&Error{Code: printable(m.Code), Message: printable(m.Message)})
		}
		return s.hear(m.Type, text)
	}
	a := m.answer()
	s.mu.Lock()
	r := s.pending[*m.ID]
	delete(s.pending, *m.ID) // a second answer has no request
	s.mu.Unlock()
	if r != nil { // nil: its caller waits no more
		r.done <- a
	}
	if e := (*Error)(nil); errors.As(a.err, &e) && e.ends() != "" {
		return leaving(e.ends(), "%v", e)
	}
	return nil
}

// reasonOfComplaint returns the reason to leave a server that sends an error to no request.
func reasonOfComplaint(e *Error) *Left {
	if reason := e.ends(); reason != "" {
		return leaving(reason, "%v", e)
	}
	return leaving(ReasonRefused, "%v", e)
}
