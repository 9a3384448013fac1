package connector_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// engine is a settlement engine that writes down what it is asked.
type engine struct {
	*httptest.Server
	asked chan string // method, path and body
	setUp func()      // called before an account is set up; may be nil

	mu     sync.Mutex
	status int // of answers to settlements
}

func newEngine(t *testing.T) *engine {
	e := &engine{asked: make(chan string, 100), status: http.StatusCreated}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.asked <- strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, body))
	status := http.StatusCreated
	switch {
	case strings.HasSuffix(r.URL.Path, "/settlements"):
		e.mu.Lock()
		status = e.status
		e.mu.Unlock()
	case r.URL.Path == "/accounts" && e.setUp != nil:
		e.setUp()
	}
	w.WriteHeader(status)
}

// answer says how settlements are answered from now on.
func (e *engine) answer(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// wants waits until the engine is asked something.
func (e *engine) wants(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-e.asked:
		if got != want {
			t.Errorf("the engine is asked %q, not %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the engine is not asked %q", want)
	}
}

// settling is a connector with alice, who sends, and bob, whom the engine pays. It has a
// settlement API.
type settling struct {
	*connector.Connector
	yaml    string
	options []connector.Option
	engine  *engine
	api     string
	send    chan ilp.Handler
	bob     *testLink
}

// newSettling starts it, without bob.
func newSettling(t *testing.T, options ...connector.Option) *settling {
	t.Helper()
	port := freePort(t)
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	s := &settling{
		yaml: fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
settlementApiPort: %d
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 9}
`, port),
		options: append(options, links(map[string]*testLink{"alice": alice, "bob": bob})),
		engine:  newEngine(t), api: fmt.Sprintf("http://127.0.0.1:%d", port), send: alice.handler, bob: bob,
	}
	s.Connector, _ = start(t, s.yaml, s.options...)
	awaitReady(t, s)
	return s
}

// account is bob, with such a balance.
func (s *settling) account(t *testing.T, balance string) config.Account {
	t.Helper()
	a, _, err := config.ParseAccount("bob", fmt.Appendf(nil,
		`{"relation":"child","plugin":"test","assetCode":"USD","assetScale":9,"settlementEngine":{"url":%q,"scale":6},"balance":%s}`,
		s.engine.URL, balance), connector.Known(s.options...))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// add adds bob, and a route to him.
func (s *settling) add(t *testing.T, balance string) {
	t.Helper()
	if err := s.AddAccount(s.account(t, balance)); err != nil {
		t.Fatal(err)
	}
	<-s.bob.handler // which has room for one
	s.engine.wants(t, `POST /accounts {"id":"bob"}`)
}

// owe sends a packet of alice's to bob.
func (s *settling) owe(t *testing.T, amount uint64) ilp.Reply {
	t.Helper()
	h := <-s.send
	s.send <- h
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.us.bob.x", amount, ilptest.Data([]byte(fmt.Sprint(time.Now().UnixNano())))))
	return r.Reply()
}

// stands waits for a balance of bob.
func (s *settling) stands(t *testing.T, want string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		b := snapshot(s, "bob")
		if b.Posted.String() == want && b.Settling.Sign() == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("bob stands at %s with %s settling, not at %s", b.Posted, b.Settling, want)
		}
		runtime.Gosched()
	}
}

// tell asks the settlement API.
func (s *settling) tell(t *testing.T, path, kind, key, body string, edits ...func(*http.Request)) (status int, answer string) {
	t.Helper()
	status, answer, err := tell(s.api+path, kind, key, body, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func tell(url, kind, key, body string, edits ...func(*http.Request)) (status int, answer string, err error) {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Idempotency-Key", key)
	r.Close = true
	for _, edit := range edits {
		edit(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, string(b), err
}
