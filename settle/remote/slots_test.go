package remote

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// pipes is a listener for net.Pipe, which uses the time of synctest.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (pipes) Close() error   { return nil }
func (pipes) Addr() net.Addr { return &net.UnixAddr{} }

// serve runs the API while do runs. connect writes the beginning of a request.
func (w *watched) serve(t *testing.T, do func(connect func(text string) net.Conn)) {
	server, listener := &http.Server{Handler: w}, make(pipes)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	do(func(text string) net.Conn {
		ours, theirs := net.Pipe()
		listener <- theirs
		go func() { _, _ = ours.Write([]byte(text)) }()
		return ours
	})
	close(listener)
	_ = server.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// begin returns the beginning of a request of an account, with a body of length bytes.
func begin(id, what, body string, length int) string {
	return fmt.Sprintf("POST /accounts/%s/%s HTTP/1.1\r\nHost: x\r\nIdempotency-Key: 1\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", id, what, length, body)
}

const oneCent = `{"amount":"1","scale":2}`

func TestRequestsUnderWayHaveABound(t *testing.T) {
	w := watch(t, nil)
	var last func()
	for i := range requestsMax {
		last, _ = w.slots.take(fmt.Sprint("account ", i/requestsAccountMax))
	}
	if status := w.settle("bob", oneCent, "1"); status != http.StatusServiceUnavailable || len(w.lines()) != 1 {
		t.Errorf("%d", status)
	}
	last()
	if status := w.settle("bob", oneCent, "1"); status != http.StatusCreated || w.slots.all != requestsMax-1 {
		t.Errorf("%d, %d under way", status, w.slots.all)
	}
}

// A request without the token takes no slot and learns nothing about slots.
func TestSlotIsTakenAfterTheToken(t *testing.T) {
	w := watch(t, nil)
	w.Token = "secret"
	for range requestsAccountMax {
		_, _ = w.slots.take("bob")
	}
	if status := w.settle("bob", oneCent, "1"); status != http.StatusUnauthorized {
		t.Error(status)
	}
}

// An engine with slow bodies holds the slots of its own account, for a while.
func TestSlowEngineDoesNotShutOthersOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		w.Engines.Add(&Engine{account: "evil"})
		w.serve(t, func(connect func(string) net.Conn) {
			var slow []net.Conn
			for range requestsAccountMax {
				slow = append(slow, connect(begin("evil", "settlements", "{", len(oneCent))))
			}
			synctest.Wait()
			for range 300 {
				if status := w.settle("evil", oneCent, "1"); status != http.StatusServiceUnavailable {
					t.Fatal(status)
				}
			}
			if status := w.settle("bob", oneCent, "1"); status != http.StatusCreated {
				t.Errorf("bob: %d", status)
			}
			if lines := w.lines(); len(lines) != 1 || !strings.Contains(lines[0], alertSlots) {
				t.Errorf("logged %q", lines)
			}
			began := time.Now()
			for _, c := range slow {
				answer, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil || answer.StatusCode != http.StatusBadRequest || time.Since(began) != bodyTime {
					t.Errorf("a slow body is answered after %s: %v, %v", time.Since(began), answer, err)
				}
				_ = c.Close()
			}
			if status := w.settle("evil", oneCent, "1"); status != http.StatusCreated || w.slots.all != 0 || len(w.slots.account) != 0 {
				t.Errorf("afterwards: %d", status)
			}
		})
	})
}

// tardy answers a packet after a time.
type tardy time.Duration

func (d tardy) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) {
	time.AfterFunc(time.Duration(d), func() {
		f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment, Data: []byte("at last")}
		up.WriteReply(parsed(f.Append(nil)))
	})
}

// The deadline of the body is removed after the body, even if there is none.
func TestAnswerMayTakeLongerThanABody(t *testing.T) {
	for _, body := range []string{"hello", ""} {
		synctest.Test(t, func(t *testing.T) {
			w := watch(t, nil)
			w.Link = func(string) ilp.Handler { return tardy(2 * bodyTime) }
			w.serve(t, func(connect func(string) net.Conn) {
				c := connect(begin("bob", "messages", body, len(body)))
				answer, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil || answer.StatusCode != http.StatusCreated {
					t.Errorf("%q: %v, %v", body, answer, err)
				}
				_ = c.Close()
			})
		})
	}
}

// A handler that breaks the connection releases its slot.
func TestSlotIsGivenBackWhenTheConnectionBreaks(t *testing.T) {
	w := watch(t, errors.New("nobody knows"))
	func() {
		defer func() { _ = recover() }()
		r := httptest.NewRequest(http.MethodPost, "/accounts/bob/settlements", strings.NewReader(oneCent))
		r.Header = http.Header{"Content-Type": {jsonType}, "Idempotency-Key": {"1"}}
		w.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if w.slots.all != 0 {
		t.Errorf("%d are under way", w.slots.all)
	}
}
