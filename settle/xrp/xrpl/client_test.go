package xrpl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

func TestNewClientRefusesWhatIsNoServer(t *testing.T) {
	for text, want := range map[string]string{
		"": "server 1 of 1", "https://topsecret@example.com": "server 1 of 1", "ws://": "server 1 of 1", "ws://\x7f/topsecret": "server 1 of 1",
	} {
		if _, err := NewClient(Options{Servers: []string{text}}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := NewClient(Options{}); err == nil || !strings.Contains(err.Error(), "Servers is empty") {
		t.Error(err)
	}
	if _, err := NewClient(Options{Servers: []string{"ws://a"}, Lag: -1}); err == nil {
		t.Error("a lag below 0 is taken")
	}
}

func TestEveryRequestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		f.handle = func(s *side, r fakeRequest) bool {
			switch r.Command {
			case "ask":
				s.answer(r, map[string]any{"said": r.ID})
			case "twice":
				s.answer(r, map[string]any{"said": 1})
				s.answer(r, map[string]any{"said": 2})
			case "refused":
				s.refuse(r, "actNotFound")
			case "nothing":
				s.send(`{"id":%d,"status":"success"}`, r.ID)
			case "nonsense":
				s.answer(r, []string{"x"})
			case "close":
				s.CloseNow()
			case "answer and close":
				s.answer(r, map[string]any{"said": 7})
				s.CloseNow()
			case "silence":
			default:
				return false
			}
			return true
		}
		w := start(t, nil, f)
		ask := func(command string) error {
			var got struct{ Said int }
			return w.Do(t.Context(), command, map[string]any{"a": 1}, &got)
		}
		if err := ask("ask"); err != nil {
			t.Error(err)
		}
		if err := ask("twice"); err != nil {
			t.Error(err)
		}
		var refused *Error
		if err := ask("refused"); !errors.As(err, &refused) || refused.Code != "actNotFound" || !errors.Is(err, ErrNotFound) || errors.Is(err, ErrLost) {
			t.Error(err)
		}
		for _, command := range []string{"nothing", "nonsense"} {
			if err := ask(command); !errors.Is(err, ErrLost) {
				t.Errorf("%s: %v", command, err)
			}
		}
		if err := w.Do(t.Context(), "ask", []int{1}, nil); !errors.Is(err, ErrNotSent) {
			t.Errorf("params that are no object: %v", err)
		}
		if err := w.Do(t.Context(), "ask", nil, nil); err != nil {
			t.Errorf("no params and no result: %v", err)
		}
		if n := f.connections(); n != 1 || !w.Status().Connected {
			t.Fatalf("%d connections, %+v", n, w.Status())
		}
		if err := ask("close"); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "connection closed") {
			t.Error(err)
		}
		if err := ask("ask"); err != nil {
			t.Errorf("after a reconnect: %v", err)
		}
		if err := ask("answer and close"); err != nil {
			t.Errorf("an answer before the end: %v", err)
		}
		later(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := w.Do(ctx, "silence", nil, nil); !errors.Is(err, ErrLost) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if n := f.connections(); n != 3 {
			t.Errorf("a caller that gave up cost a connection: %d", n)
		}
		if n := len(w.ready.pending); n != 0 {
			t.Errorf("%d requests are kept whose callers have left", n)
		}
		f.connection(t, 3).ledger(101)
		began = time.Now()
		if err := ask("silence"); !errors.Is(err, ErrLost) || time.Since(began) != 20*time.Second || !strings.Contains(err.Error(), string(ReasonNoAnswer)) {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		later(time.Minute)
		if n := f.connections(); n < 4 {
			t.Error("a server that does not answer is not left")
		}
		w.stop(t)
		if err := ask("ask"); !errors.Is(err, ErrNotSent) || !strings.Contains(err.Error(), "ended") {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestARequestThatWasNotSentIsSentOverTheNextConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		release := make(chan struct{})
		f.handle = func(s *side, r fakeRequest) bool {
			switch r.Command {
			case "stall":
				<-release // it reads no more requests
				s.CloseNow()
			case "ask":
				s.answer(r, map[string]any{})
			default:
				return false
			}
			return true
		}
		w := start(t, nil, f)
		errs := make([]error, 4)
		done := make(chan struct{}, 4)
		for i, command := range []string{"stall", "ask", "ask", "ask"} {
			go func() { errs[i] = w.Do(t.Context(), command, nil, nil); done <- struct{}{} }()
			synctest.Wait()
		}
		close(release)
		for range 4 {
			<-done
		}
		lost := 0
		for _, err := range errs[1:] {
			if errors.Is(err, ErrLost) {
				lost++ // the one that the writer had in its hands
			} else if err != nil {
				t.Error(err)
			}
		}
		if !errors.Is(errs[0], ErrLost) || lost != 1 {
			t.Errorf("%v", errs)
		}
		w.stop(t)
	})
}

// hasty is a connection that answers each request and ends, before the caller waits.
type hasty struct{ s *session }

func (h *hasty) Read(ctx context.Context) (websocket.MessageType, []byte, error) {
	<-ctx.Done()
	return 0, nil, ctx.Err()
}

func (h *hasty) Write(_ context.Context, _ websocket.MessageType, text []byte) error {
	var r fakeRequest
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	err := h.s.take(fmt.Appendf(nil, `{"id":%d,"result":{}}`, r.ID))
	h.s.leave(leaving(ReasonClosed, "gone"))
	return err
}

func (h *hasty) CloseNow() error { return nil }

// An answer counts although the connection has ended: its caller would take it for lost.
func TestAnAnswerBeforeTheEndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClient(Options{Servers: []string{"ws://a"}})
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			h := new(hasty)
			h.s = newSession(t.Context(), c, c.servers[0], h)
			go h.s.write()
			if err := h.s.ask(t.Context(), "fee", nil, nil); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
	})
}

func TestWithoutAConnectionNothingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := good()
		f.dialFails = leaving(ReasonUnreachable, "connection refused")
		w := start(t, nil, f)
		began := time.Now()
		if err := w.Do(t.Context(), "fee", nil, nil); !errors.Is(err, ErrNotSent) || time.Since(began) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.Do(ctx, "fee", nil, nil); !errors.Is(err, ErrNotSent) || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		go func() { time.Sleep(time.Second); w.cancel() }()
		if err := w.Do(t.Context(), "fee", nil, nil); !errors.Is(err, ErrNotSent) || !strings.Contains(err.Error(), "ended") {
			t.Error(err)
		}
		w.stop(t)
	})
}

func TestTriesArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := good(), good()
		a.dialFails = leaving(ReasonUnreachable, "connection refused")
		b.dialFails = leaving(ReasonNotWebSocket, "a page")
		w := start(t, nil, a, b)
		later(time.Hour)
		n, m := a.connections(), b.connections()
		if n < 100 || n > 260 || n-m > 1 || m-n > 1 { // 15 to 30 s, after some quick ones
			t.Errorf("%d and %d tries in an hour", n, m)
		}
		st := w.Status()
		if st.Connected || st.Servers[0].Reason != ReasonUnreachable || st.Servers[1].Reason != ReasonNotWebSocket || st.Servers[0].Failures != n {
			t.Errorf("%+v", st)
		}
		if warnings := strings.Count(w.log.String(), "level=WARN"); warnings != 2 {
			t.Errorf("%d warnings:\n%s", warnings, &w.log)
		}
		a.mu.Lock()
		a.dialFails = nil
		a.mu.Unlock()
		later(30 * time.Second)
		if st := w.Status(); !st.Connected || st.Servers[0].Failures != 0 {
			t.Errorf("%+v", st)
		}
		// A connection that was good, and not only just made, begins the waits anew.
		for _, c := range []struct {
			lasts       time.Duration
			least, most int
		}{{time.Minute, 4, 10}, {time.Second, 0, 1}} {
			s := a.connection(t, a.connections())
			for end := time.Now().Add(c.lasts); time.Now().Before(end); later(20 * time.Second) {
				s.ledger(uint32(101 + a.connections() + int(time.Since(time.Unix(946684800, 0)).Seconds())))
			}
			a.mu.Lock()
			a.dialFails = errors.New("away")
			a.mu.Unlock()
			s.CloseNow()
			before := a.connections()
			later(2 * time.Second)
			if tries := a.connections() - before; tries < c.least || tries > c.most {
				t.Errorf("%d tries in 2 s after a connection of %v", tries, c.lasts)
			}
			later(10 * time.Minute)
			a.mu.Lock()
			a.dialFails = nil
			a.mu.Unlock()
			for a.connection(t, a.connections()) == s || !w.Status().Connected {
				later(100 * time.Millisecond)
			}
		}
		w.stop(t)
	})
}
