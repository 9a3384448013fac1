package listen_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/listen"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server until the test ends, and returns where it listens.
func start(t testing.TB, o listen.Options) (s *listen.Server, address string, stop func()) {
	t.Helper()
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	s = listen.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	<-s.Tried()
	address, err := s.Address()
	if err != nil {
		t.Fatal(err)
	}
	return s, address, stop
}

func handle(t testing.TB, s *listen.Server, path string, h http.HandlerFunc) (remove func()) {
	t.Helper()
	remove, err := s.Handle(path, h)
	if err != nil {
		t.Fatal(err)
	}
	return remove
}

func get(t testing.TB, client *http.Client, url string) (status int, proto, body string) {
	t.Helper()
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Proto, string(b)
}

// Each version of HTTP finds the handlers by their paths, with TLS and without.
func TestPathsAreServedOverEachVersion(t *testing.T) {
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	pair := certificate.TLS.Certificates[0]
	for name, c := range map[string]struct {
		tls, http1 bool
		versions   func(*http.Protocols)
		proto      string
	}{
		"HTTP/1.1":      {false, false, func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/1.1"},
		"h2c":           {false, false, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, "HTTP/2.0"},
		"HTTPS":         {true, false, func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/1.1"},
		"h2":            {true, false, func(p *http.Protocols) { p.SetHTTP1(true); p.SetHTTP2(true) }, "HTTP/2.0"},
		"HTTP/1 alone":  {true, true, func(p *http.Protocols) { p.SetHTTP1(true); p.SetHTTP2(true) }, "HTTP/1.1"},
		"HTTP/1 alone.": {false, true, func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			o, scheme := listen.Options{HTTP1: c.http1}, "http://"
			if c.tls {
				o.TLS, scheme = &tls.Config{Certificates: []tls.Certificate{pair}}, "https://"
			}
			s, address, _ := start(t, o)
			transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols)}
			c.versions(transport.Protocols)
			client := &http.Client{Transport: transport}
			defer client.CloseIdleConnections()
			remove := handle(t, s, "/accounts/bob/ilp", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.RawQuery) })
			if status, proto, body := get(t, client, scheme+address+"/accounts/bob/ilp?x"); status != 200 || proto != c.proto || body != "x" {
				t.Errorf("%d %s %q", status, proto, body)
			}
			if _, err := s.Handle("/accounts/bob/ilp", http.NotFoundHandler()); err != listen.ErrTaken {
				t.Errorf("a path is served twice: %v", err)
			}
			for _, path := range []string{"/", "/accounts/bob", "/accounts/bob/ilp/", "/accounts/bob/../bob/ilp", "/accounts/Bob/ilp", "/accounts/%62ob/ilp", "/accounts/bob%2Filp"} {
				if status, _, _ := get(t, client, scheme+address+path); status != http.StatusNotFound {
					t.Errorf("%s gets %d", path, status)
				}
			}
			remove()
			if status, _, _ := get(t, client, scheme+address+"/accounts/bob/ilp"); status != http.StatusNotFound {
				t.Errorf("a path that is gone gets %d", status)
			}
		})
	}
}

// The end of Run is no failure, and the loss of a port is.
func TestLostSaysWhyTheServerDoesNotListen(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lost, bound := make(chan error, 100), make(chan struct{})
	s := listen.New(listen.Options{
		Address: taken.Addr().String(), Bound: func(string) { close(bound) }, Lost: func(err error) { lost <- err },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	if err := <-lost; err == nil {
		t.Error("a port that is taken is no reason")
	}
	_ = taken.Close()
	<-bound
	cancel()
	<-done
	close(lost)
	var last error = io.EOF
	for last = range lost {
	}
	if last != nil {
		t.Errorf("at the end it says %v", last)
	}
	if at, err := s.Address(); at != "" || err != nil {
		t.Errorf("afterwards it is at %q, %v", at, err)
	}
}

// A handler for all paths serves those that have none of their own.
func TestCatchAllServesWhatNothingElseDoes(t *testing.T) {
	s, address, _ := start(t, listen.Options{})
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	removeAll := handle(t, s, "", say("all"))
	removeOne := handle(t, s, "/one", say("one"))
	wants := func(path string, want string) {
		t.Helper()
		if _, _, body := get(t, client, "http://"+address+path); body != want {
			t.Errorf("%s gets %q, want %q", path, body, want)
		}
	}
	wants("/one", "one")
	wants("/two", "all")
	wants("", "all")
	removeOne()
	wants("/one", "all")
	removeAll()
	wants("/one", "not found\n")
}

// dial opens a socket, and says what comes of reading from it.
func dial(t testing.TB, address string) (conn net.Conn, ended <-chan string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	end := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(conn)
		end <- string(b)
	}()
	return conn, end
}

// The sockets of one address, and all of them, are bounded. Those that close make room.
func TestSocketsAreBounded(t *testing.T) {
	for name, o := range map[string]listen.Options{"of one address": {PerAddressMax: 2}, "in all": {SocketsMax: 2}} {
		t.Run(name, func(t *testing.T) {
			s, address, _ := start(t, o)
			handle(t, s, "/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
			one, _ := dial(t, address)
			_, _ = dial(t, address)
			await(t, func() bool {
				_, ended := dial(t, address)
				select {
				case text := <-ended:
					return text == ""
				case <-time.After(100 * time.Millisecond): // it came before the first two
					return false
				}
			})
			_ = one.Close()
			await(t, func() bool {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = conn.Close() }()
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				_, err = http.ReadResponse(bufio.NewReader(conn), nil)
				return err == nil
			})
		})
	}
}

func await(t testing.TB, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}

// A flood of silent sockets closes the oldest of them, and none that is authenticated.
func TestStrangersPushEachOtherOut(t *testing.T) {
	s, address, _ := start(t, listen.Options{StrangersMax: 2})
	handle(t, s, "/", func(w http.ResponseWriter, r *http.Request) {
		listen.Known(r.Context())
		_, _ = io.WriteString(w, "here")
	})
	peer := &http.Client{Transport: new(http.Transport)}
	defer peer.CloseIdleConnections()
	if status, _, _ := get(t, peer, "http://"+address); status != 200 {
		t.Fatalf("status %d", status)
	}
	_, first := dial(t, address)
	for range 3 {
		dial(t, address)
	}
	if text := <-first; text != "" {
		t.Errorf("the first stranger reads %q", text)
	}
	traced := 0
	for range 5 {
		if status, _, body := get(t, peer, "http://"+address); status == 200 && body == "here" {
			traced++
		}
	}
	if traced != 5 {
		t.Errorf("the peer was served %d times", traced)
	}
}

// An address from which many logins fail is barred for a while, but for its sockets that are
// authenticated.
func TestManyFailedLoginsBarTheirAddress(t *testing.T) {
	s, address, _ := start(t, listen.Options{})
	handle(t, s, "/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "right" {
			listen.Failed(r.Context())
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		listen.Known(r.Context())
	})
	ask := func(client *http.Client, token string) int {
		r, err := http.NewRequest(http.MethodGet, "http://"+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		w, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		return w.StatusCode
	}
	known, stranger, late := &http.Client{Transport: new(http.Transport)}, &http.Client{Transport: new(http.Transport)}, &http.Client{Transport: new(http.Transport)}
	for _, c := range []*http.Client{known, stranger, late} {
		defer c.CloseIdleConnections()
	}
	if got := ask(known, "right"); got != 200 {
		t.Fatalf("status %d", got)
	}
	for range 60 { // mistakes of one that is known bar nobody
		ask(known, "wrong")
	}
	for i := range 50 {
		if got := ask(stranger, "wrong"); got != 401 {
			t.Fatalf("attempt %d gets %d", i, got)
		}
	}
	if got := ask(stranger, "wrong"); got != 429 {
		t.Errorf("one more attempt gets %d", got)
	}
	if got := ask(late, "right"); got != 429 {
		t.Errorf("another socket gets %d", got)
	}
	if got := ask(known, "right"); got != 200 {
		t.Errorf("the one that is known gets %d", got)
	}
}

// One who is known may make mistakes, and not guess the tokens of others for ever.
func TestGuessesOfOneThatIsKnownBarItsAddress(t *testing.T) {
	s, address, _ := start(t, listen.Options{})
	handle(t, s, "/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "right" {
			listen.Failed(r.Context())
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		listen.Known(r.Context())
	})
	guesser, other, late := &http.Client{Transport: new(http.Transport)}, &http.Client{Transport: new(http.Transport)}, &http.Client{Transport: new(http.Transport)}
	for _, c := range []*http.Client{guesser, other, late} {
		defer c.CloseIdleConnections()
	}
	if a, b := asks(t, guesser, address, "right"), asks(t, other, address, "right"); a != 200 || b != 200 {
		t.Fatalf("status %d and %d", a, b)
	}
	guesses := 0
	for guesses < 3000 && asks(t, guesser, address, "wrong") == 401 {
		if guesses++; guesses%10 == 0 {
			asks(t, guesser, address, "right") // it stays known
		}
	}
	if guesses < 100 || guesses >= 3000 {
		t.Errorf("%d guesses are answered", guesses)
	}
	if got := asks(t, guesser, address, "right"); got != 429 {
		t.Errorf("the guesser gets %d", got)
	}
	if got := asks(t, late, address, "right"); got != 429 {
		t.Errorf("another socket of the address gets %d", got)
	}
	if got := asks(t, other, address, "right"); got != 200 {
		t.Errorf("another one that is known gets %d", got)
	}
}

// asks returns the status of the answer to a request with a token.
func asks(t *testing.T, client *http.Client, address, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	w, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	return w.StatusCode
}

// A port that another program has is tried again, and what happens is told.
func TestPortThatIsTakenIsTriedAgain(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []string
	o := listen.Options{
		Address: other.Addr().String(),
		Bound:   func(at string) { mu.Lock(); told = append(told, "bound "+at); mu.Unlock() },
		Lost:    func(err error) { mu.Lock(); told = append(told, fmt.Sprint("lost ", err)); mu.Unlock() },
	}
	s := listen.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	<-s.Tried()
	if at, err := s.Address(); at != "" || err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("listens at %q, %v", at, err)
	}
	_ = other.Close()
	await(t, func() bool { at, _ := s.Address(); return at == o.Address })
	cancel()
	<-done
	mu.Lock()
	defer mu.Unlock()
	if len(told) < 3 || !strings.Contains(told[0], "in use") || told[len(told)-2] != "bound "+o.Address || !strings.HasPrefix(told[len(told)-1], "lost ") {
		t.Errorf("told %q", told)
	}
}

// The end waits for requests under way, not for idle sockets.
func TestEndLetsRequestsEnd(t *testing.T) {
	s, address, stop := start(t, listen.Options{})
	began, end := make(chan struct{}), make(chan struct{})
	handle(t, s, "/", func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-end
		_, _ = io.WriteString(w, "done")
	})
	dial(t, address)
	answer := make(chan string, 1)
	go func() {
		r, err := http.Get("http://" + address)
		if err != nil {
			answer <- err.Error()
			return
		}
		b, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		answer <- string(b)
	}()
	<-began
	go func() {
		<-time.After(50 * time.Millisecond)
		close(end)
	}()
	stop()
	if text := <-answer; text != "done" {
		t.Errorf("answered %q", text)
	}
	http.DefaultClient.CloseIdleConnections()
}
