package admin_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Strangers cannot fill the log: refused requests are few lines, and short ones.
func TestRefusedRequestsAreFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		o := loopback()
		o.Token, o.Log = "s3cret", slog.New(slog.NewTextHandler(&out, nil))
		api := newAPI(t, newNode(t), o)
		for range 1000 {
			api.ServeHTTP(httptest.NewRecorder(), call("GET", "/"+strings.Repeat("x", 10_000), ""))
		}
		if lines := strings.Count(out.String(), "\n"); lines != 10 || out.Len() > 10*400 {
			t.Errorf("%d lines of %d bytes are written", lines, out.Len())
		}
		time.Sleep(time.Second)
		out.Reset()
		api.ServeHTTP(httptest.NewRecorder(), call("GET", "/status", ""))
		if !strings.Contains(out.String(), "notLogged=990") {
			t.Errorf("then the log is %q", out.String())
		}
	})
}

// An error answer repeats what the request says without characters that control a terminal, and
// at a bounded length.
func TestErrorAnswersAreLegible(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	w := httptest.NewRecorder()
	api.ServeHTTP(w, call("GET", "/settlements?account=%1b%5b2Jx", ""))
	if body := w.Body.String(); w.Code != 404 || !strings.Contains(body, "?[2Jx") || strings.Contains(body, "\x1b") {
		t.Errorf("answered %d %q", w.Code, body)
	}
	w = httptest.NewRecorder()
	api.ServeHTTP(w, call("GET", "/settlements?account="+strings.Repeat("x", 100_000), ""))
	if w.Code != 404 || w.Body.Len() > 4<<10 {
		t.Errorf("answered %d with %d bytes", w.Code, w.Body.Len())
	}
}
