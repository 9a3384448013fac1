package httplink_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// raised counts alerts.
type raised struct{ alerts, resolved atomic.Int32 }

func (r *raised) Raise(string, string)          { r.alerts.Add(1) }
func (r *raised) RaiseStrangers(string, string) {}
func (r *raised) Resolve(string)                { r.resolved.Add(1) }

// The caller serves the link, and operators see where, or why not.
func TestStatusSaysWhereTheCallerListens(t *testing.T) {
	l, alerts := httplink.New(httplink.Options{}), new(raised)
	l.Alert(alerts)
	taken := errors.New("port is taken")
	l.ReportListening("", taken)
	l.ReportListening("", taken)
	if s := l.Status(); s.ListenError != taken.Error() || s.Listener != "" || alerts.alerts.Load() != 1 {
		t.Errorf("%+v, %d alerts", s, alerts.alerts.Load())
	}
	l.ReportListening("127.0.0.1:7768", nil)
	if s := l.Status(); s.ListenError != "" || s.Listener != "127.0.0.1:7768" || alerts.resolved.Load() != 1 {
		t.Errorf("%+v, resolved %d times", s, alerts.resolved.Load())
	}
}

// A packet whose token was replaced meanwhile may be sent again.
func TestRefusedTokenThatWasReplacedIsTemporary(t *testing.T) {
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	var replaced atomic.Bool
	l := sending(t, address, func(o *httplink.Outgoing) { o.Refused = replaced.Load })
	for _, c := range []struct {
		replaced bool
		want     ilp.Code
	}{{true, ilp.T00}, {false, ilp.F02}} {
		replaced.Store(c.replaced)
		if reply := ask(l, ilptest.Prepare("test.far", 1)); reply.Code() != c.want {
			t.Errorf("replaced %v: answered with %s, want %s", c.replaced, describe(reply), c.want)
		}
	}
}

// Without credentials there is no header: an empty one may be refused.
func TestEmptyAuthorizationIsNotSent(t *testing.T) {
	var sent atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, there := r.Header["Authorization"]; there {
			sent.Add(1)
		}
		_, _ = w.Write((&ilp.Fulfill{}).Append(nil))
	}))
	t.Cleanup(s.Close)
	l := sending(t, s.URL, func(o *httplink.Outgoing) {
		o.Authorization = func(time.Time) (string, error) { return "", nil }
	})
	if reply := ask(l, ilptest.Prepare("test.far", 1)); !reply.Fulfilled() || sent.Load() != 0 {
		t.Errorf("answered with %s, and %d headers", describe(reply), sent.Load())
	}
}
