// Package pricesource serves what sources of prices answer when something is wrong with them, so
// that each backend is tested with the same.
package pricesource

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Fault is a way in which a source fails.
type Fault struct {
	Name    string
	Handler http.HandlerFunc
	// Want are words of the error.
	Want string
	// Outcome is how an attempt ends.
	Outcome rate.Outcome
	// Slow says that the source never ends its answer.
	Slow bool
}

// Faults returns the ways in which a source of any format fails.
func Faults() []Fault {
	return []Fault{
		{"gone", status(http.StatusGone), "it is gone for good (status 410 Gone); use another source", rate.Refused, false},
		{"not found", status(http.StatusNotFound), "status 404", rate.Refused, false},
		{"broken", status(http.StatusInternalServerError), "status 500", rate.Refused, false},
		{"no content", status(http.StatusNoContent), "status 204", rate.Refused, false},
		{"a web page", text("<!DOCTYPE html><html><title>Moved</title><br></html>"), "a web page", rate.Unusable, false},
		{"nothing", text(""), "is empty", rate.Unusable, false},
		{"garbage", text("\x00\xff\x17"), "", rate.Unusable, false},
		{"10 MB", text(strings.Repeat(" ", 10<<20)), "the answer has more than", rate.Unusable, false},
		{"a gzip bomb", bomb, "the answer has more than", rate.Unusable, false},
		{"half an answer", half, "unexpected EOF", rate.Unreachable, false},
		{"no answer", wait, "no answer in time", rate.TimedOut, true},
		{"a byte, and then nothing", drip, "no answer in time", rate.TimedOut, true},
		{"a byte a second", trickle, "no answer in time", rate.TimedOut, true},
	}
}

// slowMax is how long Check waits for a source that never ends its answer.
const slowMax = 100 * time.Millisecond

// Check makes a backend for each fault, and asks it. It must return an error that names the
// source and the fault, and no table.
func Check(t *testing.T, make func(t *testing.T, url string, client *http.Client) rate.Backend) {
	for _, fault := range Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			server := httptest.NewServer(fault.Handler)
			defer server.Close()
			ctx := t.Context()
			if fault.Slow {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, slowMax)
				defer stop()
			}
			table, err := make(t, server.URL+"/prices", server.Client()).Rates(ctx)
			if err == nil || table != nil {
				t.Fatalf("table %v, error %v", table, err)
			}
			if text := err.Error(); !strings.Contains(text, server.URL+"/prices: ") || !strings.Contains(text, fault.Want) || len(text) > 500 {
				t.Errorf("error %.500q, want %q", text, fault.Want)
			}
			if got := rate.OutcomeOf(err); got != fault.Outcome {
				t.Errorf("the outcome is %s, want %s", got, fault.Outcome)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func text(body string) http.HandlerFunc {
	whole := []byte(body)
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(whole) }
}

// bomb answers with 4 MB that are packed into little.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(packed())
}

var packed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(strings.Repeat(" ", 4<<20)))
	_ = z.Close()
	return b.Bytes()
})

func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = w.Write([]byte("{"))
}

// wait answers nothing until the client has gone.
func wait(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte("{"))
	_ = http.NewResponseController(w).Flush()
	wait(w, r)
}

// trickle answers with one byte a second.
func trickle(w http.ResponseWriter, r *http.Request) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		if _, err := w.Write([]byte(" ")); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-second.C:
		}
	}
}
