package fetch

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/rate"
)

// serve returns a source of what a handler answers.
func serve(t *testing.T, o Options, h http.HandlerFunc) *Source {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s, err := New(server.URL+"/prices?key=s3cret", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDocumentThatHasNotChangedIsNotSentAgain(t *testing.T) {
	for name, validator := range map[string][3]string{
		"by its tag":  {"ETag", `"one"`, "If-None-Match"},
		"by its time": {"Last-Modified", "Tue, 01 Dec 2026 16:00:00 GMT", "If-Modified-Since"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent int
			s := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get(validator[2]) == validator[1] {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				sent++
				w.Header().Set(validator[0], validator[1])
				_, _ = w.Write([]byte("1.5"))
			})
			for i := range 3 {
				got, changed, err := s.Get(t.Context())
				if err != nil || string(got) != "1.5" || changed != (i == 0) {
					t.Errorf("%d: %q, changed %t, %v", i, got, changed, err)
				}
			}
			if sent != 1 {
				t.Errorf("it was sent %d times", sent)
			}
			if err := s.Fault(errors.New("no price")); !strings.HasSuffix(err.Error(), "/prices: no price") {
				t.Error(err)
			}
			if _, changed, err := s.Get(t.Context()); err != nil || !changed || sent != 2 {
				t.Errorf("after a fault: changed %t, %v, sent %d times", changed, err, sent)
			}
		})
	}
}

func TestAnswersThatBringNoDocument(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if len(header) > 0 {
				w.Header().Set(header[0], header[1])
			}
			w.WriteHeader(code)
			_, _ = w.Write([]byte("x"))
		}
	}
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
		after   time.Duration
	}{
		"gone":           {status(410), "it is gone for good (status 410 Gone); use another source", 0},
		"not found":      {status(404), "status 404 Not Found; check the address", 0},
		"no key":         {status(401), "status 401 Unauthorized; check the key", 0},
		"too often":      {status(429, "Retry-After", "90"), "status 429 Too Many Requests; it is asked too often: raise interval", 90 * time.Second},
		"busy for ever":  {status(503, "Retry-After", "4294967295"), "status 503 Service Unavailable", retryAfterMax},
		"no content":     {status(204), "status 204 No Content", 0},
		"not modified":   {status(304), "status 304 Not Modified", 0},
		"a page":         {text(" \n<!DOCTYPE HTML><title>Moved</title>"), "it answers with a web page; look at it in a browser", 0},
		"nothing":        {text(" \n"), "the answer is empty", 0},
		"too much":       {text(strings.Repeat("9", 1001)), "the answer has more than 1000 bytes", 0},
		"a gzip bomb":    {bomb, "the answer has more than 1000 bytes", 0},
		"a broken pipe":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF", 0},
		"half an answer": {half, "unexpected EOF", 0},
		"round and round": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/prices", http.StatusFound)
		}, "it redirects again and again", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{BytesMax: 1000}, c.handler)
			got, _, err := s.Get(t.Context())
			if err == nil {
				t.Fatalf("got %q", got)
			}
			if text := err.Error(); text != s.Name()+": "+c.want || strings.Contains(text, "s3cret") {
				t.Errorf("%q, want %q", text, s.Name()+": "+c.want)
			}
			var retry interface{ RetryAfter() time.Duration }
			if errors.As(err, &retry); c.after > 0 && (retry == nil || retry.RetryAfter() != c.after) {
				t.Errorf("it is asked again after %v, want %s", retry, c.after)
			}
		})
	}
}

// The text of an error goes into logs and alerts, so a source must not write all of it.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("€", 20_000)
	raw := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = connection.Write([]byte(answer))
			_ = connection.Close()
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"no HTTP":        raw(strings.Repeat("\x00", 60_000) + "\r\n\r\n"),
		"an odd length":  raw("HTTP/1.1 200 OK\r\nContent-Length: " + long + "\r\n\r\n"),
		"an odd coding":  raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + long + "\r\n\r\n"),
		"an odd address": raw("HTTP/1.1 302 Found\r\nLocation: http://h/%zz" + long + "\r\n\r\n"),
	} {
		_, _, err := serve(t, Options{}, h).Get(t.Context())
		if err == nil || len(err.Error()) > 400 || rate.OutcomeOf(err) != rate.Unreachable {
			t.Errorf("%s: an error of %d bytes, %s: %.100v", name, len(fmt.Sprint(err)), rate.OutcomeOf(err), err)
		}
	}
	s := serve(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("1")) })
	cause := errors.New(long)
	if err := s.Fault(cause); len(err.Error()) > 400 || !errors.Is(err, cause) || rate.OutcomeOf(err) != rate.Unusable {
		t.Errorf("%d bytes, %s", len(err.Error()), rate.OutcomeOf(err))
	}
	s, err := New("http://host/a%0A%1Bb?s3cret", Options{})
	if err != nil || s.Name() != "http://host/a%0A%1Bb" {
		t.Errorf("%q, %v", s.Name(), err)
	}
}

// bomb answers with 100 MB that are packed into little.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	zeros := make([]byte, 1<<20)
	for range 100 {
		if _, err := z.Write(zeros); err != nil {
			return
		}
	}
	_ = z.Close()
}

func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "10")
	_, _ = w.Write([]byte("1.5"))
}

// One that answers a byte now and then ends with its time.
func TestSlowAnswerEndsInTime(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	s := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("1"))
		_ = http.NewResponseController(w).Flush()
		stop(context.DeadlineExceeded) // the client is in the middle of the answer, or just before
		<-r.Context().Done()
	})
	if got, _, err := s.Get(ctx); err == nil {
		t.Errorf("got %q", got)
	}
}

func TestSecretsStayWithTheirHost(t *testing.T) {
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("X-Api-Key"))
		if all := fmt.Sprint(r.Header, r.URL); strings.Contains(all, "s3cret") {
			t.Errorf("the other host gets %s", all)
		}
		_, _ = w.Write([]byte("1"))
	}))
	defer other.Close()
	s := serve(t, Options{Header: http.Header{"X-Api-Key": {"s3cret"}}}, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("X-Api-Key"))
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	})
	if _, _, err := s.Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != "s3cret" || got[1] != "" {
		t.Errorf("the hosts have got %q", got)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, address := range []string{"", "prices", "ftp://host/x", "http://", "http://host:x/", "http://a b/"} {
		if _, err := New(address, Options{}); !errors.Is(err, ErrURL) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
