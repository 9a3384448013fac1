package httplink_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// A peer that answers, and takes no packet, is a problem until it takes one.
func TestPeerThatTakesNoPacketIsAProblem(t *testing.T) {
	explained := func(status int, kind, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	fulfill := ilptest.Fulfill()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		after  int // packets
		want   string
	}{
		"401":        {status(401), 1, "peer answered with status 401 Unauthorized"},
		"403":        {status(403), 1, "peer answered with status 403 Forbidden"},
		"404":        {status(404), 5, "peer answered with status 404 Not Found"},
		"500":        {status(500), 5, "peer answered with status 500 Internal Server Error"},
		"a reason":   {explained(400, "text/plain; charset=utf-8", "no \x1b callbacks\n"), 5, `peer answered with status 400 Bad Request: "no \x1b callbacks"`},
		"our token":  {explained(401, "text/plain", token), 1, `peer answered with status 401 Unauthorized: "Bearer TOKEN"`},
		"a page":     {explained(404, "text/html", "<html>"), 5, "peer answered with status 404 Not Found"},
		"a book":     {explained(404, "text/plain", strings.Repeat("x", 201)), 5, "peer answered with status 404 Not Found"},
		"a web site": {explained(200, "text/html", "<html>"), 5, `no ILP packet, but status 200, "text/html" of 6 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			var takes atomic.Bool
			address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet:
				case takes.Load():
					_, _ = w.Write(fulfill.Bytes())
				default:
					c.answer(w, r)
				}
			}))
			alerts := new(raised)
			l := httplink.New(httplink.Options{Outgoing: to(t, address)})
			l.Alert(alerts)
			run(t, l, ilptest.NewLink())
			await(t, l.Connected)
			for round := int32(1); round <= 2; round++ {
				takes.Store(false)
				for n := 1; n <= c.after+1; n++ {
					if told := l.Status().RefusedUs; (told == "") != (n <= c.after) {
						t.Errorf("round %d: %q after %d packets", round, told, n-1)
					}
					ask(l, ilptest.Prepare("test.far", 1))
				}
				if s := l.Status(); s.RefusedUs != c.want || s.RefusedUsSince.IsZero() || alerts.alerts.Load() != round {
					t.Errorf("round %d: %q since %v, %d alerts, want %q", round, s.RefusedUs, s.RefusedUsSince, alerts.alerts.Load(), c.want)
				}
				takes.Store(true)
				ask(l, ilptest.Prepare("test.far", 1))
				if s := l.Status(); s.RefusedUs != "" || !s.RefusedUsSince.IsZero() || alerts.resolved.Load() != round {
					t.Errorf("round %d: %q since %v after it took a packet, %d resolved", round, s.RefusedUs, s.RefusedUsSince, alerts.resolved.Load())
				}
			}
		})
	}
}
