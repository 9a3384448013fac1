package nodehost

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// session is one Node process, as seen over its socket. Its reader is the goroutine that calls
// read; all handlers run there. Frames are sent on any goroutine.
type session struct {
	host *Host
	conn net.Conn
	out  *link.Outbound

	// For the reader.
	source link.Inbound
	in     []byte // read and not yet cut: the buffer's bytes from start to end
	start  int
	end    int
	batch  ilp.ReadBatch
	fatal  string // the error because of which the process ends, as it has said

	heard  atomic.Int64 // when the last frame came, in steady time
	silent atomic.Bool  // it does not answer heartbeats
	memory atomic.Pointer[Memory]

	ended  chan struct{} // closed when reason is set
	once   sync.Once
	reason error

	mu     sync.Mutex
	calls  map[uint32]func(json.RawMessage, error) // nil once the session has ended
	callID uint32
}

// Memory is what a process uses, in bytes.
type Memory struct {
	Resident uint64 `json:"rss"`
	Heap     uint64 `json:"heapUsed"`
}

const (
	readBytesMin = 64 << 10
	callsMax     = 1 << 16 // that wait for a process
)

func newSession(h *Host, conn net.Conn) *session {
	s := &session{
		host: h, conn: conn, in: make([]byte, readBytesMin),
		ended: make(chan struct{}), calls: make(map[uint32]func(json.RawMessage, error)),
	}
	s.heard.Store(clock.Now().Steady)
	s.source.Init(conn)
	s.out = link.NewOutbound(conn, func(err error) { s.fail(fmt.Errorf("write to the node host: %w", err)) })
	return s
}

// fail ends the session for a reason, unless it has ended. It does not block.
func (s *session) fail(why error) {
	s.once.Do(func() {
		s.reason = why
		close(s.ended)
		s.out.Close()
		_ = s.conn.Close()
	})
}

// send sends a frame, unless too much waits for the process. With must there is more room. It
// does not block.
func (s *session) send(f frame, batch *ilp.ReadBatch, must bool) bool {
	buf, ok := s.out.Begin(must)
	if !ok {
		return false
	}
	s.out.End(appendFrame(buf, f), batch)
	return true
}

// over reports whether the session has ended.
func (s *session) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// sendJSON sends a frame with a value as its body.
func (s *session) sendJSON(typ frameType, object, id uint32, value any, batch *ilp.ReadBatch) bool {
	body, err := json.Marshal(value)
	if err != nil {
		body, _ = json.Marshal(&Error{Name: "TypeError", Message: err.Error()})
		typ = frameFailure
	}
	return s.send(frame{typ, object, id, body}, batch, true)
}

// call calls a method of an object in the process. See Object.Begin.
func (s *session) call(object uint32, done func(json.RawMessage, error), method string, args ...any) {
	body, err := json.Marshal(append([]any{method}, args...))
	if err == nil && len(body) > frameBytesMax {
		err = fmt.Errorf("%d bytes are too many for a call", len(body))
	}
	if err != nil {
		done(nil, err)
		return
	}
	s.mu.Lock()
	switch {
	case s.calls == nil:
		err = ErrDown
	case len(s.calls) >= callsMax:
		err = ErrBusy
	default:
		for s.callID++; s.calls[s.callID] != nil; s.callID++ {
		}
		s.calls[s.callID] = done
	}
	id := s.callID
	s.mu.Unlock()
	if err == nil && !s.send(frame{frameCall, object, id, body}, nil, true) {
		if s.take(id) == nil {
			return // the session has ended, and done was called
		}
		err = ErrBusy
	}
	if err != nil {
		done(nil, err)
	}
}

// take removes a call, and returns what waits for its outcome, nil if nothing does.
func (s *session) take(id uint32) func(json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := s.calls[id]
	delete(s.calls, id)
	return done
}

// endCalls fails the calls that wait.
func (s *session) endCalls() {
	s.mu.Lock()
	calls := s.calls
	s.calls = nil
	s.mu.Unlock()
	for _, done := range calls {
		done(nil, fmt.Errorf("%w: %w", ErrLost, s.reason))
	}
}

// read reads and handles frames until the session ends.
func (s *session) read() {
	for {
		s.makeRoom()
		n, err := s.source.Read(&s.in, s.end)
		s.end += n
		if n == 0 {
			if err == nil || errors.Is(err, io.EOF) {
				err = errEnded
			}
			s.fail(err)
			return
		}
		if p := link.Catch(func() { err = s.handleRead() }); p != nil {
			s.host.log.Error("a frame of the node host made us panic", "error", p.Error(), "stack", string(p.Stack))
			err = p
		}
		if err != nil {
			s.fail(err)
			return
		}
	}
}

// errEnded says that the process has closed its socket, which it does when it ends.
var errEnded = errors.New("the process has ended")

// handleRead handles the frames of one read. What they make others send is flushed at the end.
func (s *session) handleRead() error {
	now := clock.Now()
	s.heard.Store(now.Steady)
	s.host.handling.Lock()
	defer s.host.handling.Unlock()
	s.batch.Begin(now)
	defer s.batch.End()
	for {
		f, n, err := cutFrame(s.in[s.start:s.end])
		if err != nil || n == 0 {
			return err
		}
		s.start += n
		if err := s.handle(f); err != nil {
			return err
		}
	}
}

// makeRoom moves the bytes that are left to the front of the buffer, and enlarges it for a
// large frame. Without one it has its usual size again.
func (s *session) makeRoom() {
	left := s.in[s.start:s.end]
	size := max(readBytesMin, needed(left))
	if size != len(s.in) {
		larger := make([]byte, size)
		copy(larger, left)
		s.in = larger
	} else {
		copy(s.in, left)
	}
	s.start, s.end = 0, len(left)
}
