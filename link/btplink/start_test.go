package btplink

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
)

// begin starts a link whose connections come by ServeHTTP, and returns its URL.
func begin(t *testing.T, h ilp.Handler) (l *Link, url string, stop func(), ended chan *link.Panic) {
	t.Helper()
	l, ended = New(Options{Listener: &Listener{Shared: true, Secret: secret}}), make(chan *link.Panic, 2)
	stop = l.Start(h, nil, func(p *link.Panic) { ended <- p })
	t.Cleanup(stop)
	return l, serveShared(t, l), stop, ended
}

func TestStartedLinkEndsWithItsConnections(t *testing.T) {
	l, url, stop, ended := begin(t, ilptest.Fulfilling())
	near := dialer(t, url, ilptest.NewLink())
	near.until(true)
	<-l.Ready()
	if reply := ask(near); !reply.Fulfilled() {
		t.Errorf("answered with %s", reply.Code())
	}
	waiting := ilptest.NewRecorder()
	l.HandlePrepare(waiting, ilptest.Prepare("test.near", 1)) // the other end keeps it
	select {
	case p := <-ended:
		t.Fatalf("ended with %v before it was stopped", p)
	default:
	}
	stop()
	stop()
	if p := <-ended; p != nil {
		t.Errorf("ended with %v", p)
	}
	near.until(false)
	if reply := waiting.Reply(); reply.Code() != ilp.F02 {
		t.Errorf("a request that waited was answered with %s", reply.Code())
	}
	if s := l.Status(); l.Connected() || s.State != link.Disabled {
		t.Errorf("after its end %+v", s)
	}
	w := httptest.NewRecorder()
	if l.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a link that has ended answers %d", w.Code)
	}
	if len(ended) > 0 {
		t.Error("ended twice")
	}
}

func TestPanicEndsAStartedLink(t *testing.T) {
	l, url, _, ended := begin(t, falling{})
	near := dialer(t, url, ilptest.NewLink())
	near.until(true)
	near.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.far", 1))
	if p := <-ended; p == nil || p.Value != any("fallen") {
		t.Fatalf("ended with %v", p)
	}
	if s := l.Status(); l.Connected() || s.LastError != "panic: fallen" {
		t.Errorf("after the panic %+v", s)
	}
}

// A process may have very many links without a connection.
func TestStartedLinkHasNoGoroutine(t *testing.T) {
	const many = 100
	before := runtime.NumGoroutine()
	ended := make(chan *link.Panic, many)
	var stops []func()
	for range many {
		stops = append(stops, New(Options{Listener: &Listener{Shared: true}}).Start(ilptest.Fulfilling(), nil, func(p *link.Panic) { ended <- p }))
	}
	if n := runtime.NumGoroutine() - before; n > many/10 {
		t.Errorf("%d links have %d goroutines", many, n)
	}
	for _, stop := range stops {
		stop()
		<-ended
	}
}
