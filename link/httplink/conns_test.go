package httplink_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// wirePeer is a peer that answers each packet with bytes of its own.
type wirePeer struct {
	listener net.Listener
	answer   func(conn net.Conn, packet int) (open bool)
	packets  atomic.Int32
	carriers atomic.Int32 // connections that have carried packets

	mu      sync.Mutex
	conns   []net.Conn
	serving sync.WaitGroup
}

// startWirePeer starts a peer whose packets answer answers, until the test ends.
func startWirePeer(t *testing.T, answer func(conn net.Conn, packet int) (open bool)) *wirePeer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &wirePeer{listener: listener, answer: answer}
	p.serving.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.serving.Wait()
	})
	return p
}

func (p *wirePeer) url() string { return "http://" + p.listener.Addr().String() }

func (p *wirePeer) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.conns = append(p.conns, conn)
		p.mu.Unlock()
		p.serving.Go(func() {
			defer func() { _ = conn.Close() }()
			p.serve(conn)
		})
	}
}

func (p *wirePeer) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	for carried := false; ; {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			continue
		}
		if !carried {
			carried = true
			p.carriers.Add(1)
		}
		if !p.answer(conn, int(p.packets.Add(1))) {
			return
		}
	}
}

// fulfillResponse returns a Fulfill in a response with more headers.
func fulfillResponse(headers string) string {
	f := ilptest.Fulfill()
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(f.Bytes()), headers, f.Bytes())
}

// Whatever a response looks like, the packet has its answer, and the next packet has its own. The
// connection is used again if the response allows it.
func TestResponsesOfAllShapes(t *testing.T) {
	f := ilptest.Fulfill()
	fulfill := string(f.Bytes())
	chunked := fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", fulfill[:1], len(fulfill)-1, fulfill[1:])
	for name, c := range map[string]struct {
		response string
		carriers int32 // of three packets
	}{
		"plain":                    {fulfillResponse(""), 1},
		"of Node":                  {fulfillResponse("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"), 1},
		"chunked":                  {chunked, 1},
		"interim responses before": {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + fulfillResponse(""), 1},
		"with many headers":        {fulfillResponse(strings.Repeat("X-Filler: "+strings.Repeat("y", 100)+"\r\n", 60)), 1},
		"that is the last":         {fulfillResponse("Connection: close\r\n"), 3},
		"of HTTP/1.0":              {"HTTP/1.0 200 OK\r\n\r\n" + fulfill, 3},
		"followed by another":      {fulfillResponse("") + fulfillResponse(""), 3},
	} {
		t.Run(name, func(t *testing.T) {
			last := strings.Contains(c.response, "1.0 200") // its body ends with the connection
			p := startWirePeer(t, func(conn net.Conn, _ int) bool {
				_, _ = io.WriteString(conn, c.response)
				return !last
			})
			l := sending(t, p.url())
			for range 3 {
				if reply := ask(l, ilptest.Prepare("test.far", 5)); !reply.Fulfilled() {
					t.Errorf("answered with %s", describe(reply))
				}
			}
			if n := p.carriers.Load(); n != c.carriers {
				t.Errorf("three packets took %d connections, want %d", n, c.carriers)
			}
		})
	}
}

func TestResponseMayComeByteByByte(t *testing.T) {
	p := startWirePeer(t, func(conn net.Conn, _ int) bool {
		for _, b := range []byte(fulfillResponse("")) {
			_, _ = conn.Write([]byte{b})
		}
		return true
	})
	l := sending(t, p.url())
	for range 5 {
		if reply := ask(l, ilptest.Prepare("test.far", 5)); !reply.Fulfilled() {
			t.Errorf("answered with %s", describe(reply))
		}
	}
}

// A peer cannot make us read for ever.
func TestLongResponsesAreCutOff(t *testing.T) {
	for name, write := range map[string]string{
		"a head without end":  "X-Filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n",
		"a line without end":  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
		"interim without end": "\r\nHTTP/1.1 103 Early Hints\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := startWirePeer(t, func(conn net.Conn, _ int) bool {
				_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
				if strings.Contains(name, "interim") {
					_, err = io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n")
				}
				for err == nil {
					_, err = io.WriteString(conn, write)
				}
				return false
			})
			l := sending(t, p.url())
			if reply := ask(l, ilptest.Prepare("test.far", 5)); reply.Fulfilled() {
				t.Errorf("answered with %s", describe(reply))
			}
		})
	}
}

// A peer closes a connection between two packets, as Node.js does after 5 s. The next packet goes over
// another, and is sent once.
func TestConnectionThatThePeerHasClosedCarriesNothing(t *testing.T) {
	for name, end := range map[string]func(conn net.Conn){
		"closed": func(conn net.Conn) { _ = conn.(*net.TCPConn).CloseWrite() },
		"reset": func(conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		},
		"with more to say": func(conn net.Conn) { _, _ = io.WriteString(conn, fulfillResponse("")) },
	} {
		t.Run(name, func(t *testing.T) {
			carrier := make(chan net.Conn, 1)
			p := startWirePeer(t, func(conn net.Conn, packet int) bool {
				_, _ = io.WriteString(conn, fulfillResponse(""))
				if packet == 1 {
					carrier <- conn
				}
				return true
			})
			l := sending(t, p.url())
			if reply := ask(l, ilptest.Prepare("test.far", 1)); !reply.Fulfilled() {
				t.Fatalf("answered with %s", describe(reply))
			}
			end(<-carrier)
			if reply := ask(l, ilptest.Prepare("test.far", 2)); !reply.Fulfilled() {
				t.Errorf("answered with %s", describe(reply))
			}
			if posts, carriers := p.packets.Load(), p.carriers.Load(); posts != 2 || carriers != 2 {
				t.Errorf("the peer got %d packets over %d connections", posts, carriers)
			}
		})
	}
}

// A packet that a peer may have seen is not sent again: that could pay twice.
func TestPacketThatMayHaveArrivedIsSentOnce(t *testing.T) {
	p := startWirePeer(t, func(conn net.Conn, packet int) bool {
		if packet == 1 {
			_, _ = io.WriteString(conn, fulfillResponse(""))
			return true
		}
		return false // it was read whole, and the connection ends
	})
	l := sending(t, p.url())
	for i, want := range []string{"fulfill", "T01 failed to send packet: no answer from the peer."} {
		if got := describe(ask(l, ilptest.Prepare("test.far", uint64(i)))); got != want {
			t.Errorf("packet %d is answered with %s, want %s", i, got, want)
		}
	}
	if n := p.packets.Load(); n != 2 {
		t.Errorf("two packets were sent %d times", n)
	}
}

// The connection of a packet that has expired carries no other: its response may still come.
func TestConnectionOfAnExpiredPacketIsClosed(t *testing.T) {
	closed := make(chan error, 1)
	p := startWirePeer(t, func(conn net.Conn, packet int) bool {
		if packet == 1 {
			_, err := conn.Read(make([]byte, 1))
			closed <- err
			return false
		}
		_, _ = io.WriteString(conn, fulfillResponse(""))
		return true
	})
	l := sending(t, p.url())
	if reply := ask(l, ilptest.Prepare("test.far", 1, ilptest.ExpiresIn(time.Millisecond))); reply.Fulfilled() || reply.Code() != ilp.R00 {
		t.Errorf("answered with %s", describe(reply))
	}
	if err := <-closed; err == nil {
		t.Error("something came over the connection of a packet that has expired")
	}
	if reply := ask(l, ilptest.Prepare("test.far", 2)); !reply.Fulfilled() {
		t.Errorf("answered with %s", describe(reply))
	}
}

// A token with a line break would end the header and begin another.
func TestCredentialsCannotChangeTheRequest(t *testing.T) {
	p := startWirePeer(t, func(conn net.Conn, _ int) bool {
		_, _ = io.WriteString(conn, fulfillResponse(""))
		return true
	})
	l := httplink.New(httplink.Options{Outgoing: to(t, p.url(), func(o *httplink.Outgoing) {
		o.Authorization = func(time.Time) (string, error) { return "Bearer x\r\nX-Evil: y", nil }
	})})
	run(t, l, ilptest.NewLink())
	if reply := ask(l, ilptest.Prepare("test.far", 1)); reply.Fulfilled() || reply.Code() != ilp.T00 {
		t.Errorf("answered with %s", describe(reply))
	}
	if n := p.packets.Load(); n != 0 {
		t.Errorf("%d packets were sent", n)
	}
}

// What peers see of a request, in each way of sending it.
func TestRequestsAreThoseOfTheTransport(t *testing.T) {
	var seen sync.Map
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			seen.Store(r.ProtoMajor, fmt.Sprintf("%s %s %d %v %x", r.Host, r.RequestURI, r.ContentLength, r.Header, body))
		}
		f := ilptest.Fulfill()
		_, _ = w.Write(f.Bytes())
	}))
	prepare := ilptest.Prepare("test.far", 5)
	for _, http2 := range []bool{false, true} {
		l := sending(t, address+"/accounts/us%20all/ilp?x=1&y=%2F", func(o *httplink.Outgoing) {
			o.HTTP2, o.Name, o.Destination = http2, "alice", true
		})
		if reply := ask(l, prepare); !reply.Fulfilled() {
			t.Errorf("answered with %s", describe(reply))
		}
	}
	first, _ := seen.Load(1)
	second, _ := seen.Load(2)
	if first != second || !strings.Contains(fmt.Sprint(first), "Ilp-Destination:[test.far]") {
		t.Errorf("over HTTP/1.1 %v\nover HTTP/2 %v", first, second)
	}
}

// Packets travel over TLS, and a server that cannot be verified gets none.
func TestPacketsTravelOverTLS(t *testing.T) {
	var posts atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
		}
		f := ilptest.Fulfill()
		_, _ = w.Write(f.Bytes())
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	l := sending(t, server.URL, func(o *httplink.Outgoing) { o.TLS = func() *tls.Config { return &tls.Config{RootCAs: roots} } })
	for range 3 {
		if reply := ask(l, ilptest.Prepare("test.far", 5)); !reply.Fulfilled() {
			t.Errorf("answered with %s", describe(reply))
		}
	}
	stranger := httplink.New(httplink.Options{Outgoing: to(t, server.URL)})
	run(t, stranger, ilptest.NewLink())
	if reply := ask(stranger, ilptest.Prepare("test.far", 5)); reply.Fulfilled() || reply.Code() != ilp.T01 {
		t.Errorf("answered with %s", describe(reply))
	}
	if n := posts.Load(); n != 3 {
		t.Errorf("%d packets came", n)
	}
}

// A packet under way costs one goroutine, and its way there and back few allocations.
func TestPacketUnderWayHasOneGoroutine(t *testing.T) {
	const packets = 50
	var waiting sync.WaitGroup
	waiting.Add(packets)
	hold := make(chan struct{})
	response := []byte(fulfillResponse(""))
	p := startWirePeer(t, func(conn net.Conn, _ int) bool {
		waiting.Done()
		<-hold
		_, _ = conn.Write(response)
		return true
	})
	l := sending(t, p.url())
	before := runtime.NumGoroutine()
	recorders := make([]*ilptest.Recorder, packets)
	for i := range recorders {
		recorders[i] = ilptest.NewRecorder()
		l.HandlePrepare(recorders[i], ilptest.Prepare("test.far", uint64(i)))
	}
	waiting.Wait()
	// The peer has one for each connection too.
	if more := runtime.NumGoroutine() - before; more > 2*packets+5 {
		t.Errorf("%d packets under way have %d goroutines more, with those of the peer", packets, more)
	}
	close(hold)
	for _, r := range recorders {
		if reply := r.Reply(); !reply.Fulfilled() {
			t.Errorf("answered with %s", describe(reply))
		}
	}
}

// Packets of each size take turns on one connection: buffers that are used again hold nothing of the
// packet before.
func TestLargeAndSmallPacketsTakeTurns(t *testing.T) {
	l, address := receiving(t, echo())
	near := sending(t, address)
	for i := range 50 {
		data := bytes.Repeat([]byte{byte(i)}, []int{10, 32_000, 0, 3_000}[i%4])
		if reply := ask(near, ilptest.Prepare("test.far", uint64(i), ilptest.Data(data))); !reply.Fulfilled() || !bytes.Equal(reply.Data(), data) {
			t.Errorf("packet %d is answered with %.60s", i, describe(reply))
		}
	}
	if !l.Connected() {
		t.Error("the link is gone")
	}
}

// echo returns a handler that fulfills with the data of the packet.
func echo() *ilptest.Link {
	far := ilptest.NewLink()
	far.Answer = func(p ilp.Prepare) ilp.Reply { return ilptest.Fulfill(p.Data()...) }
	return far
}
