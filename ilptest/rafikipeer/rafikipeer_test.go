package rafikipeer_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/rafikipeer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	incoming = "Authorization: Bearer incoming\r\n"
	packet   = "Content-Type: application/octet-stream\r\n"
	koaText  = "Content-Type: text/plain; charset=utf-8\r\n"
	date     = "Date: DATE\r\n"
	closing  = "Connection: close\r\n"
	needs    = "HTTP/1.1 401 Unauthorized\r\n" + koaText + "Content-Length: 45\r\n" + date + closing + "\r\nBearer token required in Authorization header"
	denied   = "HTTP/1.1 401 Unauthorized\r\n" + koaText + "Content-Length: 29\r\n" + date + closing + "\r\nAccess Denied - Invalid Token"
	expected = "HTTP/1.1 400 Bad Request\r\n" + koaText + "Content-Length: 49\r\n" + date + closing + "\r\nExpected Content-Type of application/octet-stream"
	broken   = "HTTP/1.1 500 Internal Server Error\r\n" + koaText + "Content-Length: 21\r\n" + date + closing + "\r\nInternal Server Error"
	taken    = "HTTP/1.1 200 OK\r\n" + packet + "Content-Length: 35\r\n" + date + closing + "\r\n"
)

var dates = regexp.MustCompile(`Date: [^\r]*`)

// TestAnswersAreThoseOfKoa sends what Koa 2.16.4 with the middlewares of Rafiki was sent, and wants the bytes that came
// from it on Node.js 20.
func TestAnswersAreThoseOfKoa(t *testing.T) {
	n := rafikipeer.Start(t, rafikipeer.Options{Address: "test.rafiki", Incoming: "incoming"})
	prepare := ilptest.Prepare("test.rafiki.bob", 7)
	body, fulfill := string(prepare.Bytes()), ilptest.Fulfill()
	ok := taken + string(fulfill.Bytes())
	for _, c := range []struct{ method, headers, body, want string }{
		{"POST", incoming + packet, body, ok},
		{"PUT", incoming + packet, body, ok},
		{"GET", incoming + packet, body, ok},
		{"POST", "Authorization: bEaReR incoming\r\n" + "Content-Type: application/octet-stream; x=y\r\n", body, ok},
		{"POST", incoming + "Content-Type: application/octet-stream ; x=y\r\n", body, expected},
		{"POST", incoming + "Content-Type: Application/octet-stream\r\n", body, expected},
		{"POST", incoming + "Content-Type: application/ilp+octet-stream\r\n", body, expected},
		{"GET", incoming, "", expected},
		{"POST", packet, body, needs},
		{"POST", "Authorization: incoming\r\n" + packet, body, needs},
		{"POST", "Authorization: Bearer  incoming\r\n" + packet, body, needs},
		{"POST", "Authorization: Bearer wrong\r\n" + packet, body, denied},
		{"POST", incoming + packet, "abc", broken},
		{"GET", incoming + packet, "", broken},
		{"HEAD", incoming + packet, "", strings.TrimSuffix(broken, "Internal Server Error")},
	} {
		request := c.method + " /any HTTP/1.1\r\nHost: x\r\n" + closing + c.headers
		if c.body != "" {
			request += fmt.Sprintf("Content-Length: %d\r\n", len(c.body))
		}
		conn := dial(t, n)
		_, _ = io.WriteString(conn, request+"\r\n"+c.body)
		got, err := io.ReadAll(conn)
		if text := dates.ReplaceAllString(string(got), "Date: DATE"); err != nil || text != c.want {
			t.Errorf("%s %q brings\n%q, %v, want\n%q", c.method, c.headers, text, err, c.want)
		}
	}
	if got := n.Received(); got != 4*7 {
		t.Errorf("received %d", got)
	}
}

// A connection stays open after an answer, and says how long.
func TestConnectionIsKept(t *testing.T) {
	n := rafikipeer.Start(t, rafikipeer.Options{Address: "test.rafiki", Incoming: "incoming", Idle: time.Second})
	prepare := ilptest.Prepare("peer.config", 0)
	conn := dial(t, n)
	_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\n%s%sContent-Length: %d\r\n\r\n%s", incoming, packet, len(prepare.Bytes()), prepare.Bytes())
	got, err := io.ReadAll(conn)
	if !bytes.Contains(got, []byte(date[:6])) || !bytes.Contains(got, []byte("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n")) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for n.Expired() == 0 { // it counts the end that we have just read
		runtime.Gosched()
	}
	if !bytes.Contains(got, []byte("F02")) || !bytes.Contains(got, []byte("unknown destination account")) {
		t.Errorf("IL-DCP brings %q", got)
	}
}

// TestRequestIsThatOfAxios wants the bytes that axios 1.16.0 has sent.
func TestRequestIsThatOfAxios(t *testing.T) {
	n := rafikipeer.Start(t, rafikipeer.Options{Address: "test.rafiki", Outgoing: "tok"})
	prepare := ilptest.Prepare("test.us", 1)
	host, heard := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n", ilptest.Fulfill())
	n.Peer("http://" + host + "/accounts/rafiki/ilp?x=1")
	if reply := n.Pay(prepare); !reply.Fulfilled() || n.Sent() != 1 {
		t.Errorf("got %s, sent %d", reply.Code(), n.Sent())
	}
	want := "POST /accounts/rafiki/ilp?x=1 HTTP/1.1\r\nAccept: application/json, text/plain, */*\r\nContent-Type: application/octet-stream\r\n" +
		"Authorization: Bearer tok\r\nUser-Agent: axios/1.16.0\r\nContent-Length: 68\r\nAccept-Encoding: gzip, compress, deflate, br\r\n" +
		"Host: " + host + "\r\nConnection: keep-alive\r\n\r\n" + string(prepare.Bytes())
	if got := <-heard; got != want {
		t.Errorf("sent\n%q, want\n%q", got, want)
	}
}

// What the peer does wrong becomes the code that Rafiki makes of it.
func TestFailuresBecomeCodes(t *testing.T) {
	n := rafikipeer.Start(t, rafikipeer.Options{Address: "test.rafiki"})
	for _, c := range []struct{ head, code, message string }{
		{"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "T00", "unexpected internal error"},
		{"HTTP/1.1 204 No Content\r\n\r\n", "T00", "unexpected internal error"},
		{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "T00", "unexpected internal error"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n" + string(bytesOf(ilptest.WrongFulfill())), "F05", "fulfillment did not match expected value."},
	} {
		host, _ := answering(t, c.head, ilp.Reply{})
		n.Peer("http://" + host)
		reply := n.Pay(ilptest.Prepare("test.us", 1))
		if reply.Fulfilled() || reply.Code().String() != c.code || string(reply.Message()) != c.message || string(reply.TriggeredBy()) != "test.rafiki" {
			t.Errorf("%q: %s %q", c.head, reply.Code(), reply.Message())
		}
	}
	n.Peer("http://127.0.0.1:1")
	if reply := n.Pay(ilptest.Prepare("test.us", 1)); reply.Code() != ilp.T00 {
		t.Errorf("nobody there: %s", reply.Code())
	}
	if reply := n.Pay(ilptest.Prepare("test.us", 1, ilptest.ExpiresIn(time.Second))); reply.Code() != ilp.R02 {
		t.Errorf("soon: %s", reply.Code())
	}
	if n.Sent() != 0 {
		t.Errorf("sent %d", n.Sent())
	}
}

func bytesOf(r ilp.Reply) []byte { return r.Bytes() }

func dial(t *testing.T, n *rafikipeer.Node) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL(""), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// answering returns the address of a server that takes one request, and what that was.
func answering(t *testing.T, head string, reply ilp.Reply) (host string, heard <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		var raw bytes.Buffer
		r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &raw)))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		got <- raw.String()
		_, _ = conn.Write(append([]byte(head), reply.Bytes()...))
	}()
	return l.Addr().String(), got
}
