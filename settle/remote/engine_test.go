package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
)

// soon is a timeout for an engine that never answers, late for one that does.
const (
	soon = 50 * time.Millisecond
	late = time.Minute
)

var payment = settle.Payment{ID: "key-1", Amount: balance.FromInt64(123), Scale: 9}

// What a call of Pay says.
const (
	paid    = "paid"
	notSent = "not sent"
	unknown = "unknown"
)

func outcome(err error) string {
	switch {
	case err == nil:
		return paid
	case errors.Is(err, settle.ErrNotSent):
		return notSent
	}
	return unknown
}

func TestPayTellsWhatIsKnown(t *testing.T) {
	elsewhere := newFake(t)
	tests := []struct {
		name    string
		timeout time.Duration
		fault   func(f *fake) fault
		want    string
	}{
		{"created", late, always(answers(201, `{"amount":"123","scale":9}`)), paid},
		{"created, in words", late, always(answers(201, "EXECUTED")), paid},
		{"created, at length", late, always(answers(201, strings.Repeat("x", 1<<20))), paid},
		{"created, without end", late, func(f *fake) fault { return f.endless }, paid},
		{"a web page", late, always(says("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html>")), unknown},
		{"500 after paying", late, always(answers(500, "oops")), unknown},
		{"500 at length", late, always(answers(500, strings.Repeat("x", 1<<20))), unknown},
		{"unavailable", late, always(refuses(503)), unknown},
		{"timeout", soon, func(f *fake) fault { return f.hangs }, unknown},
		{"hangs up", late, always(says("")), unknown},
		{"hangs up amid the answer", late, always(says("HTTP/1.1 201 Cre")), unknown},
		{"garbage", late, always(says("220 smtp.example ESMTP\r\n")), unknown},
		{"endless headers", late, always(says("HTTP/1.1 201 Created\r\nX: " + strings.Repeat("x", 1<<20))), unknown},
		{"answers twice", late, always(says("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")), unknown},
	}
	for _, status := range []int{200, 202, 203, 204, 205, 206, 226, 299} {
		tests = append(tests, struct {
			name    string
			timeout time.Duration
			fault   func(f *fake) fault
			want    string
		}{fmt.Sprint(status), late, always(answers(status, "")), paid})
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		tests = append(tests, struct {
			name    string
			timeout time.Duration
			fault   func(f *fake) fault
			want    string
		}{fmt.Sprint(status), late, always(redirects(status, elsewhere.URL)), unknown})
	}
	for status, want := range map[int]string{
		400: notSent, 401: notSent, 403: notSent, 404: notSent, 405: notSent, 408: unknown, 409: unknown, 413: notSent, 429: notSent,
	} {
		tests = append(tests, struct {
			name    string
			timeout time.Duration
			fault   func(f *fake) fault
			want    string
		}{fmt.Sprint(status), late, always(refuses(status)), want})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.faults = []fault{test.fault(f)}
			e := engineAt(t, f.URL, test.timeout)
			if got := outcome(e.Pay(t.Context(), payment)); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			// Whatever that was, the next answer belongs to the next request.
			e.timeout = late
			if err := e.Pay(t.Context(), payment); err != nil {
				t.Errorf("asked again: %v", err)
			}
			if asked := f.asked(); len(asked) != 2 || asked[0] != asked[1] {
				t.Errorf("asked %+v", asked)
			}
		})
	}
	if n := len(elsewhere.asked()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

func always(what fault) func(*fake) fault { return func(*fake) fault { return what } }

func TestNothingIsSentWithoutAConnection(t *testing.T) {
	closed := newFake(t)
	closed.Close()
	plain := newFake(t)
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and does not speak TLS
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	for _, url := range []string{
		closed.URL,
		strings.Replace(plain.URL, "http:", "https:", 1),
		"https://" + deaf.Addr().String(),
	} {
		if err := engineAt(t, url, soon).Pay(t.Context(), payment); outcome(err) != notSent {
			t.Errorf("%s: %v", url, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := engineAt(t, plain.URL, late).Pay(ctx, payment); outcome(err) != notSent || len(plain.asked()) != 0 {
		t.Errorf("after the end: %v", err)
	}
}

func TestQuestionsAreAsTheRFCHasThem(t *testing.T) {
	f := newFake(t)
	url := strings.Replace(f.URL, "http://", "http://us:secret@", 1) + "/engines/xrp/"
	e := engineAt(t, url, late)
	if err := errors.Join(e.Start(t.Context()), e.Pay(t.Context(), payment), e.Remove(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Message(t.Context(), []byte{0, 1, 255}); err != nil {
		t.Fatal(err)
	}
	want := []recorded{
		{"POST", "/engines/xrp/accounts", jsonType, jsonType, "", "us", "secret", `{"id":"bob"}`, true},
		{"POST", "/engines/xrp/accounts/bob/settlements", jsonType, jsonType, "key-1", "us", "secret", `{"amount":"123","scale":9}`, true},
		{"DELETE", "/engines/xrp/accounts/bob", "", "", "", "us", "secret", "", true},
		{"POST", "/engines/xrp/accounts/bob/messages", octetsType, octetsType, "", "us", "secret", "\x00\x01\xff", true},
	}
	for i, got := range f.asked() {
		if got != want[i] {
			t.Errorf("asked %+v, want %+v", got, want[i])
		}
	}
}

func TestAccountsAreSetUpAndRemovedAgain(t *testing.T) {
	status := http.StatusOK
	f := newFake(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "text", status) })
	e := engineAt(t, f.URL, late)
	for _, test := range []struct {
		status         int
		start, removed bool
	}{{200, true, true}, {201, true, true}, {202, true, true}, {204, true, true}, {404, false, true}, {302, false, false}, {400, false, false}, {500, false, false}} {
		status = test.status
		if err := e.Start(t.Context()); (err == nil) != test.start {
			t.Errorf("set up, %d: %v", status, err)
		}
		if err := e.Remove(t.Context()); (err == nil) != test.removed {
			t.Errorf("remove, %d: %v", status, err)
		}
	}
}

func TestErrorsNameAccountAndAddressButNoSecrets(t *testing.T) {
	f := newFake(t, refuses(404), f0())
	closed := newFake(t)
	closed.Close()
	for _, server := range []string{f.URL, f.URL, closed.URL} {
		host := strings.TrimPrefix(server, "http://")
		err := engineAt(t, "http://user:secret@"+host+"/se", late).Pay(t.Context(), payment)
		for _, want := range []string{host + "/se", `"bob"`, "key-1"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not name %s", err, want)
			}
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "user") {
			t.Errorf("%v", err)
		}
	}
}

// Bytes of an engine that are not an answer appear in our log.
func TestErrorsOfEnginesAreBriefAndInOneLine(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("\x01", headMax-100) + "\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + strings.Repeat("é", headMax/2-100) + "\r\n\r\n",
		"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\n\xc3\n\x1b",
	} {
		err := engineAt(t, newFake(t, says(text)).URL, late).Pay(t.Context(), payment)
		if said := err.Error(); len(said) > 2*reasonMax || said != settle.Printable(said, len(said)) {
			t.Errorf("%d bytes: %.300q", len(said), said)
		}
	}
}

// RFC 38 lets engines forget an id after a day, so they are not asked for ever.
func TestEnginesDoNotPromiseToRemember(t *testing.T) {
	if _, ok := any(new(Engine)).(settle.Rememberer); ok {
		t.Error("an engine is trusted to remember ids for ever")
	}
}

func f0() fault { return says("") }

func TestAddressesAreChecked(t *testing.T) {
	for _, url := range []string{"http://localhost:3000", "https://engine.example/path/", "http://u:p@[::1]:80"} {
		engineAt(t, url, late)
	}
	for _, url := range []string{
		"", "localhost:3000", "ftp://host", "http://", "http:///path", "http://host?secret=1", "http://host?",
		"http://host#x", "http://secret:secret@ho st", "unix:///secret", "//host",
	} {
		_, err := NewEngine(Settings{AccountID: "bob", URL: url})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := NewEngine(Settings{AccountID: id, URL: "http://host"}); err == nil {
			t.Errorf("the id %q is accepted", id)
		}
	}
}

func TestMessagesHaveABound(t *testing.T) {
	size := messageMax
	f := newFake(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, size))
	})
	e := engineAt(t, f.URL, late)
	if got, err := e.Message(t.Context(), nil); len(got) != size || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	size++
	if _, err := e.Message(t.Context(), nil); !errors.Is(err, errLong) {
		t.Error(err)
	}
}

// Engines older than the last text of the RFC answer with another success than 201.
func TestAnySuccessAnswersAMessage(t *testing.T) {
	status := 0
	f := newFake(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			_, _ = io.WriteString(w, "yes")
		}
	})
	e := engineAt(t, f.URL, late)
	for code, want := range map[int]string{200: "yes", 201: "yes", 202: "yes", 204: ""} {
		status = code
		if got, err := e.Message(t.Context(), nil); string(got) != want || err != nil {
			t.Errorf("%d: %q, %v", code, got, err)
		}
	}
}

func TestARefusedMessageTellsWhatTheEngineSaid(t *testing.T) {
	f := newFake(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("no\n such type"))
	})
	_, err := engineAt(t, f.URL, late).Message(t.Context(), nil)
	refused, ok := errors.AsType[*StatusError](err)
	if !ok || refused.Status != 400 || string(refused.Body) != "no\n such type" || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
}

// An answer that breaks off does not count.
func TestABrokenAnswerIsNone(t *testing.T) {
	f := newFake(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		says("HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf")(w, r, func() {})
	})
	if got, err := engineAt(t, f.URL, late).Message(t.Context(), nil); err == nil {
		t.Errorf("%q", got)
	}
}

// A web server that answers every request with a page is not taken for an engine.
func TestWebPageIsNoEngine(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>")
	}))
	defer page.Close()
	e := engineAt(t, page.URL, late)
	if err := e.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "web page") {
		t.Errorf("set up: %v", err)
	}
}
