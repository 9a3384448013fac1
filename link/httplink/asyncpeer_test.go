package httplink_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// other is a peer that speaks RFC 35 as it is written: it knows nothing of our headers.
type other struct {
	*httptest.Server
	requests chan *http.Request // with their bodies

	mu     sync.Mutex
	status []int // of the next responses, 202 when there is none
	body   []byte
	header http.Header // of all responses
}

func newOther(t testing.TB, status ...int) *other {
	o := &other{requests: make(chan *http.Request, 100), status: status}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

// ServeHTTP records a request, and answers with the next status. 0 closes the connection.
func (o *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	o.mu.Lock()
	status := http.StatusAccepted
	if len(o.status) > 0 {
		status, o.status = o.status[0], o.status[1:]
	}
	answer := o.body
	o.mu.Unlock()
	o.requests <- r
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), o.header)
	w.Header().Set("Location", "http://127.0.0.1:1/")
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// asynchronous returns a link that speaks RFC 35 with a peer, and the address at which it is served.
func asynchronous(t testing.TB, o *other, handler ilp.Handler, edits ...func(*httplink.Async)) (l *httplink.Link, address string) {
	t.Helper()
	a := &httplink.Async{AccountID: "peer", CallbackURL: "http://us.example/reply", Hosts: []string{"127.0.0.1"}}
	for _, edit := range edits {
		edit(a)
	}
	l = httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, o.URL), Async: a})
	run(t, l, handler)
	await(t, l.Connected)
	return l, serve(t, l)
}

// postTo sends a request with a body and headers to a link.
func postTo(t testing.TB, address string, body []byte, headers ...string) (status int, text string, h http.Header) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	got, _ := io.ReadAll(response.Body)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return response.StatusCode, string(got), response.Header
}

func fulfillBytes() []byte {
	reply := ilptest.Fulfill()
	return reply.Bytes()
}

func rejectBytes() []byte {
	reply := ilptest.Reject(ilp.T04, "later")
	return reply.Bytes()
}

func TestPacketIsAnsweredByCallback(t *testing.T) {
	o := newOther(t)
	l, address := asynchronous(t, o, ilptest.NewLink())
	for _, c := range []struct {
		answer []byte
		want   string
	}{{fulfillBytes(), "fulfill"}, {rejectBytes(), "T04 later"}} {
		r := ilptest.NewRecorder()
		l.HandlePrepare(r, ilptest.Prepare("test.us.far", 7))
		request := <-o.requests
		id := request.Header.Get("Request-Id")
		if _, ok := uuid.Parse(id); !ok || request.Header.Get("Callback-Url") != "http://us.example/reply" {
			t.Errorf("headers %v", request.Header)
		}
		if r.Calls() != 0 {
			t.Fatal("it was answered before")
		}
		if status, text, _ := postTo(t, address, c.answer, "Request-Id", strings.ToUpper(id)); status != 200 || text != "" {
			t.Errorf("the answer got %d %q", status, text)
		}
		if got := describe(r.Reply()); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		status, _, h := postTo(t, address, rejectBytes(), "Request-Id", id)
		if c.want == "fulfill" {
			if status != 200 { // our own peer may ask whether it counts
				t.Errorf("the second answer got %d", status)
			}
		} else if status != 400 || h.Get("Ilp-Outcome") != "void" {
			t.Errorf("the second answer got %d, %v", status, h)
		}
		if r.Calls() != 1 {
			t.Errorf("%d answers", r.Calls())
		}
	}
}

// A peer that answers in the response all the same is understood. If it sends the answer as a request too,
// it is told that it counts.
func TestPeerMayAnswerAtOnce(t *testing.T) {
	o := newOther(t, http.StatusOK)
	o.body = fulfillBytes()
	l, address := asynchronous(t, o, ilptest.NewLink())
	reply := ask(l, ilptest.Prepare("test.us.far", 7))
	if !reply.Fulfilled() {
		t.Errorf("got %s", describe(reply))
	}
	id := (<-o.requests).Header.Get("Request-Id")
	if status, _, _ := postTo(t, address, fulfillBytes(), "Request-Id", id); status != 200 {
		t.Errorf("the callback got %d", status)
	}
}

// A proxy that had no answer may have passed the packet on, so an answer by callback counts.
func TestProxyWithoutAnAnswerEndsNoPacket(t *testing.T) {
	for _, status := range []int{http.StatusBadGateway, http.StatusGatewayTimeout} {
		o := newOther(t, status)
		l, address := asynchronous(t, o, ilptest.NewLink())
		r := ilptest.NewRecorder()
		l.HandlePrepare(r, ilptest.Prepare("test.us.far", 7))
		id := (<-o.requests).Header.Get("Request-Id")
		if got, _, _ := postTo(t, address, fulfillBytes(), "Request-Id", id); got != 200 {
			t.Errorf("after %d the callback got %d", status, got)
		}
		if reply := r.Reply(); !reply.Fulfilled() {
			t.Errorf("after %d the packet got %s", status, describe(reply))
		}
	}
}

func TestAnswersThatCannotCount(t *testing.T) {
	o := newOther(t)
	l, address := asynchronous(t, o, ilptest.NewLink())
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, ilptest.Prepare("test.us.far", 7))
	id := (<-o.requests).Header.Get("Request-Id")
	for name, c := range map[string]struct {
		body    []byte
		headers []string
		status  int
	}{
		"no id":             {fulfillBytes(), nil, 400},
		"an odd id":         {fulfillBytes(), []string{"Request-Id", "7"}, 400},
		"an unknown id":     {fulfillBytes(), []string{"Request-Id", uuid.New().String()}, 400},
		"a wrong token":     {fulfillBytes(), []string{"Request-Id", id, "Authorization", "Bearer stranger"}, 401},
		"half a Fulfill":    {fulfillBytes()[:20], []string{"Request-Id", id}, 400},
		"a type of no kind": {[]byte{99}, []string{"Request-Id", id}, 400},
		"nothing":           {nil, []string{"Request-Id", id}, 400},
	} {
		if status, _, _ := postTo(t, address, c.body, c.headers...); status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
	}
	if r.Calls() != 0 {
		t.Error("one of them counts")
	}
	if status, _, _ := postTo(t, address, fulfillBytes(), "Request-Id", id); status != 200 {
		t.Errorf("the right one got %d", status)
	}
}

func TestRequestsForWhichWeDoNotCallBack(t *testing.T) {
	far := ilptest.Fulfilling()
	_, address := asynchronous(t, newOther(t), far)
	prepare := ilptest.Prepare("test.us.near", 7)
	id := uuid.New().String()
	for name, headers := range map[string][]string{
		"no id":                {"Callback-Url", "http://127.0.0.1/"},
		"no URL":               {"Request-Id", id},
		"a foreign host":       {"Request-Id", id, "Callback-Url", "http://127.0.0.2/"},
		"a host as a user":     {"Request-Id", id, "Callback-Url", "http://127.0.0.1@metadata.example/"},
		"a user":               {"Request-Id", id, "Callback-Url", "http://me:secret@127.0.0.1/"},
		"a host at the end":    {"Request-Id", id, "Callback-Url", "http://metadata.example/#127.0.0.1"},
		"another scheme":       {"Request-Id", id, "Callback-Url", "gopher://127.0.0.1/"},
		"a file":               {"Request-Id", id, "Callback-Url", "file://127.0.0.1/etc/passwd"},
		"no scheme":            {"Request-Id", id, "Callback-Url", "127.0.0.1:80"},
		"more than a URL has":  {"Request-Id", id, "Callback-Url", "http://127.0.0.1/" + strings.Repeat("a", 3000)},
		"a backslash":          {"Request-Id", id, "Callback-Url", `http://metadata.example\@127.0.0.1/`},
		"a host that contains": {"Request-Id", id, "Callback-Url", "http://127.0.0.1.metadata.example/"},
	} {
		if status, text, _ := postTo(t, address, bytesOf(prepare), headers...); status != 400 || strings.Contains(text, "metadata") {
			t.Errorf("%s: status %d %s", name, status, text)
		}
	}
	if n := len(far.Sent()); n != 0 {
		t.Errorf("%d packets were forwarded", n)
	}
	_, sync := receiving(t, far)
	if status, _, _ := postTo(t, sync, bytesOf(prepare), "Request-Id", id, "Callback-Url", "http://127.0.0.1/"); status != 400 {
		t.Errorf("without async: status %d", status)
	}
	if status, _, _ := postTo(t, address, bytesOf(prepare)); status != 200 { // a peer that waits for the response
		t.Errorf("without a callback: status %d", status)
	}
}

// bookedLink fulfills as an engine does that has booked it.
type bookedLink struct{ booked chan store.Batch }

func (b bookedLink) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) {
	fulfill := ilptest.Fulfill()
	b.booked <- up.(interface {
		Changes(*ilp.Reply) store.Batch
	}).Changes(&fulfill)
	up.WriteReply(fulfill)
}

// What a foreign peer says of a Fulfill that is booked, and what we make of it.
func TestBookedFulfillAtAForeignPeer(t *testing.T) {
	for name, c := range map[string]struct {
		status []int
		err    error // of taking back
		taken  int
		alert  string
	}{
		"it is taken":                         {[]int{200}, nil, 0, ""},
		"it is taken with another status":     {[]int{204}, nil, 0, ""},
		"it is taken at the third try":        {[]int{500, 0, 200}, nil, 0, ""},
		"it is refused":                       {[]int{400}, nil, 1, ""},
		"a refusal that is kept":              {[]int{400}, httplink.ErrKept, 1, "has not counted it"},
		"a refusal that cannot be booked yet": {[]int{400}, errors.New("accounts are being changed"), 2, ""},
		"it is refused after a lost response": {[]int{0, 400}, nil, 0, "earlier copy"},
		"it is refused after a failure":       {[]int{502, 400}, nil, 0, "earlier copy"},
		"another refusal may be mended":       {[]int{401, 200}, nil, 0, ""},
		"a redirect is not followed":          {[]int{302, 200}, nil, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOther(t, c.status...)
			taken := make(chan uint64, 10)
			handler := bookedLink{make(chan store.Batch, 1)}
			reported := make(chan string, 10)
			_, address := asynchronous(t, o, handler, func(a *httplink.Async) {
				a.Unconfirmed = func(amount uint64, requestID, why string) { reported <- fmt.Sprint(amount, requestID, why) }
				a.TakeBack = func(amount uint64, _ string, changes store.Batch) error {
					taken <- amount
					if len(changes) != 2 || changes[0].Value != nil || !strings.HasPrefix(changes[1].Key, "answered/peer/") {
						t.Errorf("with %v", changes)
					}
					if len(taken) > 1 { // it can be booked then
						return nil
					}
					return c.err
				}
			})
			id := uuid.New().String()
			if status, _, _ := postTo(t, address, bytesOf(ilptest.Prepare("test.us.near", 7)), "Request-Id", id, "Callback-Url", o.URL); status != 202 {
				t.Fatalf("status %d", status)
			}
			if changes := <-handler.booked; len(changes) != 1 || !strings.HasSuffix(changes[0].Key, "peer/"+id) {
				t.Errorf("booked with %v", changes)
			}
			for range c.status {
				request := <-o.requests
				if request.Header.Get("Request-Id") != id || request.Header.Get("Authorization") != token {
					t.Errorf("headers %v", request.Header)
				}
				if body, _ := io.ReadAll(request.Body); !bytes.Equal(body, fulfillBytes()) {
					t.Errorf("body %x", body)
				}
			}
			for range c.taken {
				if amount := <-taken; amount != 7 {
					t.Errorf("%d was taken back", amount)
				}
			}
			if c.alert != "" {
				if got := <-reported; !strings.HasPrefix(got, "7"+id) || !strings.Contains(got, c.alert) {
					t.Errorf("reported is %s", got)
				}
			}
			if len(reported)+len(taken) > 0 {
				t.Errorf("%d more are reported, %d taken back", len(reported), len(taken))
			}
		})
	}
}

// A Fulfill that comes after its packet has expired moves no money, and its sender is told so.
func TestWaitingForACallbackEnds(t *testing.T) {
	o := newOther(t)
	l, address := asynchronous(t, o, ilptest.NewLink())
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, ilptest.Prepare("test.us.far", 7, ilptest.ExpiresIn(-900*time.Millisecond)))
	id := (<-o.requests).Header.Get("Request-Id")
	if got := describe(r.Reply()); got != "R00 packet expired." {
		t.Errorf("got %s", got)
	}
	if status, _, h := postTo(t, address, fulfillBytes(), "Request-Id", id); status != 400 || h.Get("Ilp-Outcome") != "void" {
		t.Errorf("the late answer got %d, %v", status, h)
	}
}
