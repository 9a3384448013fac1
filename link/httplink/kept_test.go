package httplink_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// wireClient is one connection of a peer, which writes its requests itself.
type wireClient struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

func dialWire(t testing.TB, address string) *wireClient {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	t.Cleanup(func() { _ = conn.Close() })
	return &wireClient{conn, t, bufio.NewReader(conn)}
}

// posting returns a request with a packet that has this data, and more headers.
func posting(headers, data string) string {
	packet := bytesOf(ilptest.Prepare("test.far", 5, ilptest.Data([]byte(data))))
	return fmt.Sprintf("POST /accounts/us/ilp HTTP/1.1\r\nHost: h\r\n%sContent-Length: %d\r\n\r\n%s", headers, len(packet), packet)
}

const goodToken = "Authorization: " + token + "\r\n"

func (c *wireClient) send(requests string) {
	c.t.Helper()
	if _, err := io.WriteString(c, requests); err != nil {
		c.t.Fatal(err)
	}
}

// receive returns the next response, whether another may follow, and its body.
func (c *wireClient) receive() (r *http.Response, body []byte) {
	c.t.Helper()
	r, err := http.ReadResponse(c.in, nil)
	if err == nil {
		body, err = io.ReadAll(r.Body)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return r, body
}

// fulfilled waits for a response with a Fulfill that has this data.
func (c *wireClient) fulfilled(data string) {
	c.t.Helper()
	r, body := c.receive()
	reply, err := ilp.ParseReply(body)
	if err != nil || !reply.Fulfilled() || string(reply.Data()) != data {
		c.t.Errorf("status %d, %.60q, %v", r.StatusCode, body, err)
	}
	at, err := http.ParseTime(r.Header.Get("Date"))
	if off := time.Since(at).Abs(); err != nil || off > time.Minute || r.Header.Get("Content-Type") != "application/octet-stream" || r.Close {
		c.t.Errorf("the headers are %v, close %v", r.Header, r.Close)
	}
}

// All kinds of requests take turns on one connection, and each is answered as on a connection of its own.
func TestRequestsOfAllKindsOnOneConnection(t *testing.T) {
	l, _ := receiving(t, echo())
	var remotes sync.Map
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remotes.Store(r.RemoteAddr, true)
		if r.URL.Path == "/elsewhere" {
			_, _ = io.WriteString(w, "elsewhere")
			return
		}
		l.ServeHTTP(w, r)
	}))
	c := dialWire(t, address)
	for range 3 {
		for i := range 5 {
			data := strings.Repeat("x", i*3000)
			c.send(posting(goodToken, data))
			c.fulfilled(data)
		}
		c.send("GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n")
		if _, body := c.receive(); string(body) != "elsewhere" {
			t.Errorf("another path is answered with %q", body)
		}
		c.send("GET /accounts/us/ilp HTTP/1.1\r\nHost: h\r\n\r\n")
		if _, body := c.receive(); string(body) != "OK" {
			t.Errorf("a GET is answered with %q", body)
		}
		packet := bytesOf(ilptest.Prepare("test.far", 5, ilptest.Data([]byte("abc"))))
		c.send("POST /accounts/us/ilp HTTP/1.1\r\nHost: h\r\n" + goodToken + "Transfer-Encoding: chunked\r\n\r\n")
		c.send(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(packet), packet))
		c.fulfilled("abc")
		c.send(posting(goodToken, "1") + posting(goodToken+"X-More: y\r\n", "2") + posting(goodToken, "3"))
		for _, data := range []string{"1", "2", "3"} {
			c.fulfilled(data)
		}
	}
	remotes.Range(func(remote, _ any) bool {
		if remote != c.LocalAddr().String() {
			t.Errorf("a request came from %v", remote)
		}
		return true
	})
}

// What is refused on a connection of its own is refused behind a good request too.
func TestBadRequestsBehindAGoodOne(t *testing.T) {
	far := ilptest.NewLink()
	far.Answer = func(p ilp.Prepare) ilp.Reply { return ilptest.Fulfill(p.Data()...) }
	_, address := receiving(t, far)
	for name, c := range map[string]struct {
		request string
		status  int
	}{
		"no token":            {posting("", "x"), 401},
		"another token":       {posting("Authorization: Bearer x\r\n", "x"), 401},
		"two tokens":          {posting(goodToken+"Authorization: Bearer x\r\n", "x"), 401},
		"a form":              {posting(goodToken+"Content-Type: application/x-www-form-urlencoded\r\n", "x"), 415},
		"compressed":          {posting(goodToken+"Content-Encoding: gzip\r\n", "x"), 415},
		"two lengths":         {posting(goodToken+"Content-Length: 1\r\n", "x"), 400},
		"a length and chunks": {posting(goodToken+"Transfer-Encoding: gzip\r\n", "x"), 501},
		"two hosts":           {posting(goodToken+"Host: h\r\n", "x"), 400},
		"a space in a name":   {posting(goodToken+"X : y\r\n", "x"), 400},
		"too large":           {"POST /accounts/us/ilp HTTP/1.1\r\nHost: h\r\n" + goodToken + fmt.Sprintf("Content-Length: %d\r\n\r\n", httplink.BodyMax+1), 413},
		"no HTTP":             {"hello, this is no request of HTTP\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			client, before := dialWire(t, address), len(far.Sent())
			client.send(posting(goodToken, "first"))
			client.fulfilled("first")
			client.send(c.request)
			r, body := client.receive()
			if r.StatusCode != c.status || !r.Close {
				t.Errorf("status %d %q, close %v", r.StatusCode, body, r.Close)
			}
			if n := len(far.Sent()) - before; n != 1 {
				t.Errorf("%d packets came in", n)
			}
		})
	}
}

// A token may change on a connection, and only the present one counts.
func TestTokenMayChangeOnAConnection(t *testing.T) {
	var mu sync.Mutex
	now := "a"
	_, address := receiving(t, echo(), func(o *httplink.Options) {
		o.Authorize = func(r *http.Request) error {
			mu.Lock()
			defer mu.Unlock()
			if r.Header.Get("Authorization") != "Bearer "+now {
				return fmt.Errorf("wrong token %q", r.Header.Get("Authorization"))
			}
			return nil
		}
	})
	c := dialWire(t, address)
	for _, next := range []string{"a", "b", "c"} {
		mu.Lock()
		now = next
		mu.Unlock()
		for range 2 {
			c.send(posting("Authorization: Bearer "+next+"\r\n", next))
			c.fulfilled(next)
		}
	}
	mu.Lock()
	now = "d"
	mu.Unlock()
	c.send(posting("Authorization: Bearer c\r\n", "x"))
	if r, _ := c.receive(); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("an old token is answered with status %d", r.StatusCode)
	}
}

// A request that comes byte by byte is one.
func TestRequestMayComeByteByByte(t *testing.T) {
	_, address := receiving(t, echo())
	c := dialWire(t, address)
	for i := range 3 {
		data := fmt.Sprint(i)
		for _, b := range []byte(posting(goodToken, data)) {
			c.send(string([]byte{b}))
		}
		c.fulfilled(data)
	}
}

// An end of the link ends the connections that wait, and lets those under way have their answers.
func TestEndOfALinkEndsItsConnections(t *testing.T) {
	far, hold, came := ilptest.NewLink(), make(chan struct{}), make(chan struct{})
	far.Answer = func(p ilp.Prepare) ilp.Reply {
		if string(p.Data()) == "slow" {
			close(came)
			<-hold
		}
		return ilptest.Fulfill(p.Data()...)
	}
	l := httplink.New(httplink.Options{Authorize: authorize})
	stop := run(t, l, far)
	await(t, l.Connected)
	address := serve(t, l)
	waiting, busy := dialWire(t, address), dialWire(t, address)
	for _, c := range []*wireClient{waiting, busy} {
		c.send(posting(goodToken, "x"))
		c.fulfilled("x")
	}
	busy.send(posting(goodToken, "slow"))
	<-came
	stop()
	if _, err := waiting.in.ReadByte(); err != io.EOF {
		t.Errorf("a connection that waits ends with %v", err)
	}
	close(hold)
	busy.fulfilled("slow")
	if _, err := busy.in.ReadByte(); err != io.EOF {
		t.Errorf("a connection that was busy ends with %v", err)
	}
}

// A connection of the peer costs one goroutine, waiting or busy.
func TestConnectionHasOneGoroutine(t *testing.T) {
	const connections = 50
	far, hold := ilptest.NewLink(), make(chan struct{})
	var came sync.WaitGroup
	far.Answer = func(p ilp.Prepare) ilp.Reply {
		if string(p.Data()) == "slow" {
			came.Done()
			<-hold
		}
		return ilptest.Fulfill(p.Data()...)
	}
	_, address := receiving(t, far)
	before := runtime.NumGoroutine()
	clients := make([]*wireClient, connections)
	for i := range clients {
		clients[i] = dialWire(t, address)
		clients[i].send(posting(goodToken, "x"))
		clients[i].fulfilled("x")
	}
	if more := runtime.NumGoroutine() - before; more > connections+5 {
		t.Errorf("%d connections that wait have %d goroutines", connections, more)
	}
	came.Add(connections)
	for _, c := range clients {
		c.send(posting(goodToken, "slow"))
	}
	came.Wait()
	if more := runtime.NumGoroutine() - before; more > connections+5 {
		t.Errorf("%d busy connections have %d goroutines", connections, more)
	}
	close(hold)
	for _, c := range clients {
		c.fulfilled("slow")
	}
}

// A server that shuts down serves no connection that the link gives back.
func TestServerThatHasShutDownServesNoMore(t *testing.T) {
	l, _ := receiving(t, echo())
	server := httptest.NewServer(l)
	defer server.Close()
	c := dialWire(t, server.URL)
	c.send(posting(goodToken, "x"))
	c.fulfilled("x")
	if err := server.Config.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if b, err := c.in.ReadByte(); err == nil {
		t.Errorf("it is answered with %q", b)
	}
}
