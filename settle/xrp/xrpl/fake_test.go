package xrpl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a server without sockets, so that its time may be that of a bubble.
type fake struct {
	network   uint32
	info      map[string]any // changes of its server_info
	validated map[string]any // changes of its validated_ledger; nil: none
	dialFails error
	// handle answers a request, or returns false for the usual answer.
	handle func(s *side, r fakeRequest) bool

	mu    sync.Mutex
	sides []*side
	seen  []fakeRequest
}

type fakeRequest struct {
	ID         uint64   `json:"id"`
	Command    string   `json:"command"`
	APIVersion int      `json:"api_version"`
	Streams    []string `json:"streams"`
	Accounts   []string `json:"accounts"`
	raw        []byte
}

// side is the server's side of one connection, and the connection of the client.
type side struct {
	of       *fake
	to, from chan []byte // the client, of the client
	closed   chan struct{}
	once     sync.Once
}

func (s *side) Read(ctx context.Context) (websocket.MessageType, []byte, error) {
	select {
	case text := <-s.to:
		return kindOf(text), text, nil
	default:
	}
	select {
	case text := <-s.to:
		return kindOf(text), text, nil
	case <-s.closed:
		return 0, nil, io.EOF
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
}

// kindOf makes a text that begins with a zero byte a binary message.
func kindOf(text []byte) websocket.MessageType {
	if bytes.HasPrefix(text, []byte{0}) {
		return websocket.MessageBinary
	}
	return websocket.MessageText
}

func (s *side) Write(ctx context.Context, _ websocket.MessageType, text []byte) error {
	select {
	case s.from <- text:
		return nil
	case <-s.closed:
		return errors.New("connection reset")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *side) CloseNow() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// send sends text to the client, which always reads.
func (s *side) send(format string, args ...any) {
	select {
	case s.to <- fmt.Appendf(nil, format, args...):
	case <-s.closed:
	}
}

func (s *side) answer(r fakeRequest, result any) {
	text, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	s.send(`{"id":%d,"type":"response","status":"success","result":%s}`, r.ID, text)
}

func (s *side) refuse(r fakeRequest, code string) {
	s.send(`{"id":%d,"type":"response","status":"error","error":%q,"error_code":1,"error_message":"No."}`, r.ID, code)
}

func (s *side) ledger(index uint32) {
	s.send(`{"type":"ledgerClosed","ledger_index":%d,"ledger_hash":"%064X","ledger_time":%d,"fee_base":10,"reserve_base":1000000,"reserve_inc":200000}`,
		index, index, Seconds(time.Now()))
}

// serve answers requests until the connection is closed.
func (s *side) serve() {
	for {
		select {
		case text := <-s.from:
			r := fakeRequest{raw: text}
			if err := json.Unmarshal(text, &r); err != nil || r.APIVersion != 2 {
				panic(fmt.Sprintf("request %s: %v", text, err))
			}
			s.of.mu.Lock()
			s.of.seen = append(s.of.seen, r)
			s.of.mu.Unlock()
			if s.of.handle == nil || !s.of.handle(s, r) {
				s.usual(r)
			}
		case <-s.closed:
			return
		}
	}
}

func (s *side) usual(r fakeRequest) {
	switch r.Command {
	case "server_info":
		info := map[string]any{"network_id": s.of.network, "server_state": "full"}
		if s.of.validated != nil {
			v := map[string]any{"seq": 100, "age": 3, "base_fee_xrp": json.RawMessage("1e-05"), "reserve_base_xrp": 1, "reserve_inc_xrp": 0.2}
			for name, value := range s.of.validated {
				v[name] = value
			}
			info["validated_ledger"] = v
		}
		for name, value := range s.of.info {
			info[name] = value
		}
		s.answer(r, map[string]any{"info": info})
	case "subscribe":
		s.answer(r, map[string]any{"ledger_index": 100, "ledger_time": Seconds(time.Now()), "fee_base": 10, "reserve_base": 1000000, "reserve_inc": 200000})
	case "unsubscribe":
		s.answer(r, map[string]any{})
	default:
		s.refuse(r, "unknownCmd")
	}
}

// connection waits for the n-th connection to the server.
func (f *fake) connection(t *testing.T, n int) *side {
	t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.sides) < n {
		t.Fatalf("server has %d connections, want %d", len(f.sides), n)
	}
	return f.sides[n-1]
}

func (f *fake) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sides)
}

// subscriptions returns the accounts of each subscribe.
func (f *fake) subscriptions() (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.seen {
		if r.Command == "subscribe" {
			all = append(all, fmt.Sprint(r.Accounts))
		}
	}
	return all
}

// good returns a server that is of use.
func good() *fake { return &fake{validated: map[string]any{}} }

// world is a client with its servers, in a bubble.
type world struct {
	*Client
	log    bytes.Buffer
	ctx    context.Context
	cancel context.CancelFunc
	ran    chan struct{}
}

// start runs a client with these servers. The caller stops it.
func start(t *testing.T, change func(*Options), servers ...*fake) *world {
	t.Helper()
	w := &world{ran: make(chan struct{})}
	o := Options{Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	byURL := make(map[string]*fake)
	for i, f := range servers {
		u := fmt.Sprintf("wss://server%d.example/topsecret", i)
		o.Servers = append(o.Servers, u)
		byURL[u] = f
	}
	if change != nil {
		change(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	c.dial = func(ctx context.Context, url string) (conn, error) {
		f := byURL[url]
		f.mu.Lock()
		defer f.mu.Unlock()
		s := &side{of: f, to: make(chan []byte, 10), from: make(chan []byte), closed: make(chan struct{})}
		f.sides = append(f.sides, s)
		if f.dialFails != nil {
			return nil, f.dialFails
		}
		go s.serve()
		return s, nil
	}
	w.Client = c
	w.ctx, w.cancel = context.WithCancel(t.Context())
	go func() { defer close(w.ran); c.Run(w.ctx) }()
	synctest.Wait()
	return w
}

// stop ends the client and waits for it.
func (w *world) stop(t *testing.T) {
	t.Helper()
	w.cancel()
	<-w.ran
	if bytes.Contains(w.log.Bytes(), []byte("topsecret")) {
		t.Errorf("the path of a server is in the log:\n%s", &w.log)
	}
}

// recorder takes events.
type recorder struct {
	mu     sync.Mutex
	events []Event
}

func (r *recorder) take(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) all() []Event {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Event{}, r.events...)
}

// later lets time pass in a bubble.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
