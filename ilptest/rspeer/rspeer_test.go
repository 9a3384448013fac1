package rspeer_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/rspeer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nowhere is an endpoint at which nothing listens.
const nowhere = "http://127.0.0.1:1/"

var times = regexp.MustCompile(`(date: |"datetime":")[^\r"]*`)

// Each request has the status and the text of warp and of the node.
func TestAnswers(t *testing.T) {
	n := rspeer.Start(t, rspeer.Options{Address: "test.rs", Username: "alice", Incoming: "incoming", Endpoint: nowhere})
	const ours, good = "/accounts/alice/ilp", "Authorization: Bearer incoming\r\n"
	prepare, fulfill := ilptest.Prepare("test.rs.bob", 7), ilptest.Fulfill()
	body := string(prepare.Bytes())
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	for _, c := range []struct{ line, headers, body, want string }{
		{"POST " + ours, good + length, body, "200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: 35\r\ndate: \r\n\r\n" + string(fulfill.Bytes())},
		{"POST /accounts/Alice/ilp", "Authorization: 7 bytesincoming\r\n" + length, body, "200 OK"},
		{"POST " + ours, good + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "411 Length Required\r\ncontent-type: text/plain; charset=utf-8"},
		{"POST " + ours, good + "Content-Length: 40001\r\n", "", "413 Request Entity Too Large"},
		{"POST " + ours, length, body, "400 Bad Request"},
		{"POST " + ours, "Authorization: short\r\n" + length, body, "401 Unauthorized"},
		{"POST " + ours, "Authorization: Bearer wrong\r\n" + length, body, "401 Unauthorized"},
		{"POST /accounts/bob/ilp", good + length, body, "404 Not Found\r\ncontent-type: application/problem+json\r\ncontent-length: 192\r\ndate: \r\n\r\n" +
			`{"type":"https://errors.interledger.org/http-api/accounts/account-not-found","title":"Account Not Found","status":404,"detail":"account ` + "`bob`" + ` was not found","datetime":""}`},
		{"POST /ilp", good + length, body, "404 Not Found"},
		{"GET " + ours, good, "", "405 Method Not Allowed"},
		{"POST " + ours, good + "Content-Length: 3\r\n", "abc", "400 Bad Request\r\ncontent-type: application/problem+json"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL(""), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.line+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+c.headers+"\r\n"+c.body)
		got, _ := io.ReadAll(conn)
		_ = conn.Close()
		text := strings.TrimPrefix(times.ReplaceAllString(string(got), "$1"), "HTTP/1.1 ")
		text = regexp.MustCompile(`content-length: \d{3}`).ReplaceAllString(text, "content-length: 192")
		if !strings.HasPrefix(text, c.want) {
			t.Errorf("%s %q brings\n%q, want\n%q", c.line, c.headers, text, c.want)
		}
	}
	if n.Received() != 14 {
		t.Errorf("received %d", n.Received())
	}
}

// TestRequest wants the headers of reqwest, and the code that the node makes of each status.
func TestRequest(t *testing.T) {
	for status, code := range map[int]string{200: "", 202: "T01", 204: "T01", 401: "F02", 404: "F02", 500: "T01", 503: "T01"} {
		headers := make(chan string, 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if prepare, err := ilp.ParsePrepare(body); err != nil || string(prepare.Destination()) != "test.us" {
				return
			}
			headers <- fmt.Sprint(r.Method, r.URL, r.ContentLength, r.Header)
			w.WriteHeader(status)
			if fulfill := ilptest.Fulfill(); status == 200 {
				_, _ = w.Write(fulfill.Bytes())
			}
		}))
		n := rspeer.Start(t, rspeer.Options{Address: "test.rs", Username: "alice", Outgoing: "tok", Endpoint: server.URL + "/ilp?x=1"})
		reply := n.Pay(ilptest.Prepare("test.us", 5))
		if reply.Fulfilled() != (code == "") || code != "" && reply.Code().String() != code {
			t.Errorf("status %d brings %v", status, reply)
		}
		const want = "POST/ilp?x=1 68 map[Accept:[*/*] Authorization:[Bearer tok] Content-Length:[68] Content-Type:[application/octet-stream]]"
		if got := <-headers; got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
		if sent := n.Sent(); (sent == 5) != (status == 200) {
			t.Errorf("sent %d", sent)
		}
		server.Close()
	}
}

// Two nodes ask each other for routes, and tell them.
func TestRoutesAreExchanged(t *testing.T) {
	var far *rspeer.Node
	near := rspeer.Start(t, rspeer.Options{Address: "test.near", Username: "far", PeerAddress: "test.far", Incoming: "b", Outgoing: "a", Endpoint: nowhere})
	far = rspeer.Start(t, rspeer.Options{Address: "test.far", Username: "near", PeerAddress: "test.near", Incoming: "a", Outgoing: "b", Endpoint: near.Endpoint()})
	routeTo := func(prefix string) []string {
		for {
			if path, known := near.Route(prefix); known {
				return path
			}
			runtime.Gosched()
		}
	}
	if path := routeTo("test.far"); len(path) != 0 {
		t.Errorf("the node's own path is %v", path)
	}
	if path := routeTo("test.near"); len(path) != 1 || path[0] != "test.far" {
		t.Errorf("the path of its account is %v", path)
	}
	if reply := far.Pay(ilptest.Prepare("peer.config", 0)); reply.Fulfilled() || reply.Code().String() != "F09" {
		t.Error("a Fulfill of another condition is taken")
	}
}
