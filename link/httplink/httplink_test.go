package httplink_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/httplink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "Bearer s3cret"

// authorize lets the peer in that gives the token.
func authorize(r *http.Request) error {
	if r.Header.Get("Authorization") != token {
		return errors.New("wrong token")
	}
	return nil
}

// to returns where packets for a server go.
func to(t testing.TB, address string, edits ...func(*httplink.Outgoing)) *httplink.Outgoing {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	o := &httplink.Outgoing{URL: u, Template: address, Authorization: func(time.Time) (string, error) { return token, nil }}
	for _, edit := range edits {
		edit(o)
	}
	return o
}

// run runs a link until the test ends.
func run(t testing.TB, l *httplink.Link, handler ilp.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Run(ctx, handler, nil)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	return stop
}

// serve serves a handler, over HTTP/1.1 and HTTP/2 with prior knowledge.
func serve(t testing.TB, h http.Handler) (address string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// receiving returns the address of a link that hands packets to handler.
func receiving(t testing.TB, handler ilp.Handler, edits ...func(*httplink.Options)) (*httplink.Link, string) {
	t.Helper()
	o := httplink.Options{Authorize: authorize}
	for _, edit := range edits {
		edit(&o)
	}
	l := httplink.New(o)
	run(t, l, handler)
	await(t, l.Connected)
	return l, serve(t, l)
}

func await(t testing.TB, is func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(time.Minute); !is(); <-ticker.C {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}

// sending returns a link that sends to an address, and is connected.
func sending(t testing.TB, address string, edits ...func(*httplink.Outgoing)) *httplink.Link {
	t.Helper()
	l := httplink.New(httplink.Options{Outgoing: to(t, address, edits...)})
	run(t, l, ilptest.NewLink())
	await(t, l.Connected)
	return l
}

func ask(l ilp.Handler, prepare ilp.Prepare) ilp.Reply {
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, prepare)
	return r.Reply()
}

func bytesOf(p ilp.Prepare) []byte { return p.Bytes() }

func describe(r ilp.Reply) string {
	if r.Fulfilled() {
		return "fulfill"
	}
	return r.Code().String() + " " + string(r.Message())
}

// Packets and answers pass as they are, over each version of HTTP, many at once.
func TestPacketsPassBothWays(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			var versions sync.Map
			far := ilptest.NewLink()
			far.Answer = func(p ilp.Prepare) ilp.Reply {
				if p.Amount()%2 == 1 {
					return ilptest.Reject(ilp.T04, "odd "+string(p.Data()))
				}
				return ilptest.Fulfill(p.Data()...)
			}
			l, _ := receiving(t, far)
			address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				versions.Store(r.Proto, true)
				l.ServeHTTP(w, r)
			}))
			near := sending(t, address+"/accounts/us/ilp?x=1", func(o *httplink.Outgoing) { o.HTTP2 = http2 })
			var group sync.WaitGroup
			for i := range uint64(200) {
				group.Go(func() {
					data := bytes.Repeat([]byte{byte(i)}, int(i)*100)
					reply := ask(near, ilptest.Prepare("test.far", i, ilptest.Data(data)))
					switch odd := i%2 == 1; {
					case odd && (reply.Fulfilled() || reply.Code() != ilp.T04 || !bytes.Equal(reply.Message(), append([]byte("odd "), data...))):
						t.Errorf("packet %d is answered with %.40s", i, describe(reply))
					case !odd && (!reply.Fulfilled() || !bytes.Equal(reply.Data(), data)):
						t.Errorf("packet %d is answered with %.40s", i, describe(reply))
					}
				})
			}
			group.Wait()
			if n := len(far.Sent()); n != 200 {
				t.Errorf("%d packets came", n)
			}
			versions.Range(func(version, _ any) bool {
				if version == "HTTP/2.0" != http2 {
					t.Errorf("spoke %s", version)
				}
				return true
			})
		})
	}
}

// What others send and want to see, and what must not come in. The status is what counts for
// programs, and the text for people.
func TestRequestsThatComeInAndThatDoNot(t *testing.T) {
	far := ilptest.Fulfilling()
	l, address := receiving(t, far)
	packet := string(bytesOf(ilptest.Prepare("test.far", 5)))
	octets := "application/octet-stream"
	for name, c := range map[string]struct {
		method, authorization, kind, encoding, body string
		chunked                                     bool
		status                                      int
		text                                        string
	}{
		"a packet":               {kind: octets, body: packet, status: 200},
		"with parameters":        {kind: octets + "; charset=binary", body: packet, status: 200},
		"of the plugin":          {kind: "application/ilp+octet-stream", body: packet, status: 200},
		"of the plugin, p.":      {kind: "application/ilp+octet-stream;q=1", body: packet, status: 200},
		"without a type":         {body: packet, status: 200},
		"chunked":                {kind: octets, body: packet, chunked: true, status: 200},
		"identity":               {kind: octets, body: packet, encoding: "identity", status: 200},
		"no packet":              {kind: octets, body: "hello", status: 200}, // answered by a Reject
		"nothing":                {kind: octets, status: 200},
		"GET":                    {method: "GET", authorization: "none", status: 200, text: "OK"},
		"PUT":                    {method: "PUT", kind: octets, body: packet, status: 405, text: "a packet comes by POST"},
		"no token":               {authorization: "none", kind: octets, body: packet, status: 401, text: "invalid authorization"},
		"another token":          {authorization: "Bearer x", kind: octets, body: packet, status: 401, text: "invalid authorization"},
		"another token, by GET":  {method: "GET", authorization: "Bearer x", status: 200, text: "OK"},
		"a form":                 {kind: "application/x-www-form-urlencoded", body: packet, status: 415, text: "a packet is application/octet-stream, and not encoded"},
		"a broken type":          {kind: "application/octet-stream;;", body: packet, status: 415, text: "a packet is application/octet-stream, and not encoded"},
		"compressed":             {kind: octets, encoding: "gzip", body: packet, status: 415, text: "a packet is application/octet-stream, and not encoded"},
		"too large":              {kind: octets, body: strings.Repeat("x", httplink.BodyMax+1), status: 413, text: "request entity too large"},
		"too large, in chunks":   {kind: octets, body: strings.Repeat("x", httplink.BodyMax+1), chunked: true, status: 413, text: "request entity too large"},
		"as large as it may be":  {kind: octets, body: strings.Repeat("x", httplink.BodyMax), status: 200},
		"the same, in chunks":    {kind: octets, body: strings.Repeat("x", httplink.BodyMax), chunked: true, status: 200},
		"an empty authorization": {authorization: " ", kind: octets, body: packet, status: 401, text: "invalid authorization"},
	} {
		t.Run(name, func(t *testing.T) {
			method := c.method
			if method == "" {
				method = http.MethodPost
			}
			var body io.Reader = strings.NewReader(c.body)
			if c.chunked {
				body = io.MultiReader(body)
			}
			r, err := http.NewRequest(method, address, body)
			if err != nil {
				t.Fatal(err)
			}
			switch c.authorization {
			case "":
				r.Header.Set("Authorization", token)
			case "none":
			default:
				r.Header.Set("Authorization", c.authorization)
			}
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			if c.encoding != "" {
				r.Header.Set("Content-Encoding", c.encoding)
			}
			w, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = w.Body.Close() }()
			answer, err := io.ReadAll(w.Body)
			if err != nil || w.StatusCode != c.status {
				t.Fatalf("status %d %.100q, %v", w.StatusCode, answer, err)
			}
			if c.text != "" {
				if string(answer) != c.text {
					t.Errorf("it says %.100q", answer)
				}
				return
			}
			reply, err := ilp.ParseReply(answer)
			if err != nil || w.Header.Get("Content-Type") != octets || w.ContentLength != int64(len(answer)) {
				t.Fatalf("%x of %s, %v", answer, w.Header.Get("Content-Type"), err)
			}
			if c.body == packet && !reply.Fulfilled() {
				t.Errorf("answered with %s", describe(reply))
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
	if s := l.Status(); s.Refusals != 3 || s.RefusedFrom == "" {
		t.Errorf("%+v", s)
	}
}

// Each way in which a peer may fail has a code that says whether the sender should try again.
func TestCodesSayWhetherAnotherTryMakesSense(t *testing.T) {
	fulfill := ilptest.Fulfill()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   ilp.Code
		text   string
	}{
		"a fulfill":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(fulfill.Bytes()) }, 0, ""},
		"another success": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); _, _ = w.Write(fulfill.Bytes()) }, 0, ""},
		"a page":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, ilp.T00, "peer answered with no packet."},
		"nothing":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, ilp.T00, "peer answered with no packet."},
		"accepted":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, ilp.T00, "peer answered with no packet."},
		"a prepare":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytesOf(ilptest.Prepare("test.x", 1))) }, ilp.T00, "peer answered with no packet."},
		"much":            {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, ilp.T00, "peer answered with no packet."},
		"a redirect":      {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", 307) }, ilp.F02, "failed to fetch. code=307"},
		"400":             {status(400), ilp.F02, "failed to fetch. code=400"},
		"401":             {status(401), ilp.F02, "failed to fetch. code=401"},
		"404":             {status(404), ilp.F02, "failed to fetch. code=404"},
		"408":             {status(408), ilp.T00, "failed to fetch. code=408"},
		"413":             {status(413), ilp.F02, "failed to fetch. code=413"},
		"429":             {status(429), ilp.T05, "failed to fetch. code=429"},
		"500":             {status(500), ilp.T00, "failed to fetch. code=500"},
		"503":             {status(503), ilp.T00, "failed to fetch. code=503"},
		"a close":         {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ilp.T01, "no answer from the peer."},
		"half of the bytes": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write(fulfill.Bytes())
		}, ilp.T01, "no answer from the peer."},
	} {
		t.Run(name, func(t *testing.T) {
			var there atomic.Int32
			address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/there" {
					there.Add(1)
				}
				if r.Method == http.MethodPost {
					c.answer(w, r)
				}
			}))
			l := sending(t, address)
			reply := ask(l, ilptest.Prepare("test.far", 5))
			if c.code == 0 && !reply.Fulfilled() || c.code != 0 && (reply.Fulfilled() || reply.Code() != c.code || string(reply.Message()) != "failed to send packet: "+c.text) {
				t.Errorf("answered with %s", describe(reply))
			}
			if there.Load() != 0 {
				t.Error("a redirect was followed, with our token")
			}
		})
	}
}

func status(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
}

// A peer that is busy is left alone for as long as it says.
func TestBusyPeerIsLeftAlone(t *testing.T) {
	var posts atomic.Int32
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	l := sending(t, address)
	for range 3 {
		if reply := ask(l, ilptest.Prepare("test.far", 5)); reply.Fulfilled() || reply.Code() != ilp.T05 {
			t.Errorf("answered with %s", describe(reply))
		}
	}
	if posts.Load() != 1 {
		t.Errorf("the peer was asked %d times", posts.Load())
	}
}

// The end of a packet's time ends its request, and the answer is given once.
func TestExpiryEndsTheRequest(t *testing.T) {
	ended := make(chan struct{}, 1)
	address := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			ended <- struct{}{}
		}
	}))
	l := sending(t, address)
	began, recorder := time.Now(), ilptest.NewRecorder()
	l.HandlePrepare(recorder, ilptest.Prepare("test.far", 5, ilptest.ExpiresIn(200*time.Millisecond)))
	if reply := recorder.Reply(); reply.Fulfilled() || reply.Code() != ilp.R00 {
		t.Errorf("answered with %s", describe(reply))
	}
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("ended after %v", took)
	}
	<-ended
	if !l.Connected() || recorder.Calls() != 1 {
		t.Errorf("connected %t, %d answers", l.Connected(), recorder.Calls())
	}
}

// A Fulfill that comes soon after the expiry is passed on, so that it is counted: the peer may hold
// us to it.
func TestLateFulfillIsSeen(t *testing.T) {
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			<-time.After(300 * time.Millisecond)
			fulfill := ilptest.Fulfill()
			_, _ = w.Write(fulfill.Bytes())
		}
	}))
	l := sending(t, address)
	if reply := ask(l, ilptest.Prepare("test.far", 5, ilptest.ExpiresIn(20*time.Millisecond))); !reply.Fulfilled() {
		t.Errorf("answered with %s", describe(reply))
	}
}

// A peer that is away is found to be, and found to be back, without a packet.
func TestPeerThatGoesAndComesBack(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	far := httplink.New(httplink.Options{Authorize: authorize})
	run(t, far, ilptest.Fulfilling())
	var accepted sync.Map
	server := &http.Server{Handler: far, ConnState: func(c net.Conn, _ http.ConnState) { accepted.Store(c, true) }}
	go func() { _ = server.Serve(listener) }()

	var changes []bool
	var mu sync.Mutex
	near := httplink.New(httplink.Options{Outgoing: to(t, "http://"+address)})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		near.Run(ctx, ilptest.NewLink(), func(connected bool) {
			mu.Lock()
			defer mu.Unlock()
			changes = append(changes, connected)
		})
	}()
	defer func() { cancel(); <-done }()
	<-near.Ready()
	if s := near.Status(); s.State != link.Established || s.Server != "http://"+address {
		t.Errorf("%+v", s)
	}
	if reply := ask(near, ilptest.Prepare("test.far", 5)); !reply.Fulfilled() {
		t.Errorf("answered with %s", describe(reply))
	}
	_ = server.Close()
	accepted.Range(func(c, _ any) bool { // the link has taken over some
		_ = c.(net.Conn).Close()
		return true
	})
	if reply := ask(near, ilptest.Prepare("test.far", 6)); reply.Fulfilled() || reply.Code() != ilp.T01 {
		t.Errorf("answered with %s", describe(reply))
	}
	await(t, func() bool {
		if near.Connected() {
			ask(near, ilptest.Prepare("test.far", 7))
		}
		return !near.Connected()
	})
	await(t, func() bool { return !near.Status().NextRetry.IsZero() })
	if s := near.Status(); s.State != link.Connecting || !strings.Contains(s.LastError, "refused") {
		t.Errorf("%+v", s)
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server = &http.Server{Handler: far}
	go func() { _ = server.Serve(again) }()
	defer func() { _ = server.Close() }()
	await(t, near.Connected)
	if reply := ask(near, ilptest.Prepare("test.far", 8)); !reply.Fulfilled() {
		t.Errorf("answered with %s", describe(reply))
	}
	await(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(changes) == 3 && changes[0] && !changes[1] && changes[2]
	})
}

// A receiver behind the peer that never answers makes nobody believe that the peer is away.
func TestPacketsThatExpireDoNotMakeThePeerAway(t *testing.T) {
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}
	}))
	l := sending(t, address)
	var group sync.WaitGroup
	for i := range uint64(20) {
		group.Go(func() {
			if reply := ask(l, ilptest.Prepare("test.far", i, ilptest.ExpiresIn(time.Millisecond))); reply.Fulfilled() || reply.Code() != ilp.R00 {
				t.Errorf("answered with %s", describe(reply))
			}
			if !l.Connected() {
				t.Error("the peer counts as away")
			}
		})
	}
	group.Wait()
}

// No more requests are under way than may be, and the others hear so at once.
func TestRequestsUnderWayAreBounded(t *testing.T) {
	hold := make(chan struct{})
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			<-hold
			fulfill := ilptest.Fulfill()
			_, _ = w.Write(fulfill.Bytes())
		}
	}))
	l := sending(t, address, func(o *httplink.Outgoing) { o.InFlightMax = 2 })
	one, two := ilptest.NewRecorder(), ilptest.NewRecorder()
	l.HandlePrepare(one, ilptest.Prepare("test.far", 1))
	l.HandlePrepare(two, ilptest.Prepare("test.far", 2))
	if reply := ask(l, ilptest.Prepare("test.far", 3)); reply.Fulfilled() || reply.Code() != ilp.T03 {
		t.Errorf("answered with %s", describe(reply))
	}
	close(hold)
	for _, r := range []*ilptest.Recorder{one, two} {
		if reply := r.Reply(); !reply.Fulfilled() {
			t.Errorf("answered with %s", describe(reply))
		}
	}
}

// When a link ends, each packet is answered, and nothing is left behind.
func TestEndOfALinkAnswersItsPackets(t *testing.T) {
	hold := make(chan struct{})
	address := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-r.Context().Done():
			case <-hold:
			}
		}
	}))
	defer close(hold)
	l := httplink.New(httplink.Options{Outgoing: to(t, address)})
	stop := run(t, l, ilptest.NewLink())
	await(t, l.Connected)
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, ilptest.Prepare("test.far", 1))
	stop()
	if reply := r.Reply(); reply.Fulfilled() || reply.Code() != ilp.T01 {
		t.Errorf("answered with %s", describe(reply))
	}
	if reply := ask(l, ilptest.Prepare("test.far", 2)); reply.Fulfilled() {
		t.Errorf("answered with %s", describe(reply))
	}
	if l.Connected() || l.Status().State != link.Disabled {
		t.Errorf("%+v", l.Status())
	}
}

// An account that takes no packets says so. Requests to one that has ended are refused.
func TestLinksWithoutAWay(t *testing.T) {
	l := httplink.New(httplink.Options{Authorize: authorize})
	stop := run(t, l, ilptest.Fulfilling())
	await(t, l.Connected)
	if reply := ask(l, ilptest.Prepare("test.far", 1)); reply.Fulfilled() || reply.Code() != ilp.F02 {
		t.Errorf("answered with %s", describe(reply))
	}
	stop()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	r.Header.Set("Authorization", token)
	if l.ServeHTTP(w, r); w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d", w.Code)
	}
	w = httptest.NewRecorder()
	if httplink.New(httplink.Options{}).ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("without a check the status is %d", w.Code)
	}
}
