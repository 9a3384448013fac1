package remote

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

var quiet = slog.New(slog.DiscardHandler)

// fault answers a request badly; pay carries the request out.
type fault func(w http.ResponseWriter, r *http.Request, pay func())

// fake is a settlement engine that carries out each key once, however badly it answers.
type fake struct {
	*httptest.Server
	released chan struct{} // ends the requests that hang

	mu       sync.Mutex
	faults   []fault // of the next settlements; then it answers as the RFC says
	paid     map[string]string
	requests []recorded
}

// recorded is a request that an engine has received.
type recorded struct {
	method, path, kind, accept, key, user, password, body string
	close                                                 bool
}

func newFake(t *testing.T, faults ...fault) *fake {
	f := &fake{faults: faults, paid: make(map[string]string), released: make(chan struct{})}
	f.Server = httptest.NewServer(f)
	t.Cleanup(func() {
		close(f.released)
		f.Close()
	})
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	f.mu.Lock()
	f.requests = append(f.requests, recorded{
		r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("Accept"), r.Header.Get("Idempotency-Key"),
		user, password, string(body), r.Close,
	})
	var next fault
	if strings.HasSuffix(r.URL.Path, "/settlements") && len(f.faults) > 0 {
		next, f.faults = f.faults[0], f.faults[1:]
	}
	f.mu.Unlock()
	pay := func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			f.paid[key] = string(body)
		}
	}
	if next == nil {
		next = answers(http.StatusCreated, "")
	}
	next(w, r, pay)
}

// total returns what was really paid. All requests must have the same scale.
func (f *fake) total(t *testing.T) (sum balance.Amount) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, body := range f.paid {
		amount, _, err := parseQuantity([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		sum, _ = sum.Add(amount)
	}
	return sum
}

// asked returns the requests so far.
func (f *fake) asked() []recorded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]recorded(nil), f.requests...)
}

// answers pays and answers.
func answers(status int, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, pay func()) {
		pay()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refuses pays nothing and answers.
func refuses(status int) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ func()) {
		http.Error(w, "no", status)
	}
}

// redirects answers with a redirect.
func redirects(status int, to string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ func()) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// hangs pays and never answers.
func (f *fake) hangs(w http.ResponseWriter, r *http.Request, pay func()) {
	pay()
	select {
	case <-r.Context().Done():
	case <-f.released:
	}
}

// says pays and writes raw bytes to the connection, and hangs up.
func says(text string) fault {
	return func(w http.ResponseWriter, _ *http.Request, pay func()) {
		pay()
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(connection, text)
		_ = connection.Close()
	}
}

// endless answers 201 with a body that does not end.
func (f *fake) endless(w http.ResponseWriter, r *http.Request, pay func()) {
	pay()
	w.WriteHeader(http.StatusCreated)
	_ = http.NewResponseController(w).Flush()
	f.hangs(w, r, func() {})
}

// engineAt returns the engine of bob at an address.
func engineAt(t *testing.T, url string, timeout time.Duration) *Engine {
	t.Helper()
	e, err := NewEngine(Settings{AccountID: "bob", URL: url, Scale: 9, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		return false
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
