package httplink_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/uuid"
)

// The peer has the DNS of its host. A name that leads to this machine is a way to programs that trust it.
func TestNamesOfCallbackHostsDoNotLeadToThisMachine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for host, want := range map[string]string{
		"peer.example": "leads to 127.0.0.1", "PEER": "leads to 127.0.0.1", "127.0.0.1": "", "localhost": "", "LocalHost.": "",
	} {
		err := httplink.DialForCallback(t.Context(), host, "127.0.0.1:"+port)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("host %s at 127.0.0.1: %v, want %q", host, err, want)
		}
	}
	for _, at := range []string{"[::1]:1", "0.0.0.0:1", "[::]:1", "169.254.169.254:80", "[fe80::1]:1", "[::ffff:127.0.0.1]:1", "224.0.0.1:1"} {
		if err := httplink.CheckCallback("peer.example", at); err == nil || !strings.Contains(err.Error(), "leads to") {
			t.Errorf("peer.example at %s: %v", at, err)
		}
	}
}

// An answer does not go there either, whatever our resolver is told.
func TestAnswersDoNotGoToANameOfThisMachine(t *testing.T) {
	rebind(t)
	o, lines := newOther(t), make(logged, 100)
	_, port, _ := strings.Cut(strings.TrimPrefix(o.URL, "http://"), ":")
	l := httplink.New(httplink.Options{
		Authorize: authorize, Outgoing: to(t, o.URL), Log: slog.New(slog.NewTextHandler(lines, nil)),
		Async: &httplink.Async{AccountID: "peer", Hosts: []string{"peer.example"}},
	})
	run(t, l, ilptest.Fulfilling())
	await(t, l.Connected)
	address := serve(t, l)
	id := uuid.New().String()
	if status, text, _ := postTo(t, address, bytesOf(ilptest.Prepare("test.us.near", 7)), "Request-Id", id, "Callback-Url", "http://peer.example:"+port+"/any/path"); status != 202 {
		t.Fatalf("status %d %s", status, text)
	}
	for {
		select {
		case <-o.requests:
			t.Fatal("the answer came")
		case line := <-lines:
			if strings.Contains(line, "answer not delivered") {
				if !strings.Contains(line, "leads to 127.0.0.1") {
					t.Errorf("logged is %s", line)
				}
				return
			}
		}
	}
}

// logged are lines of a log.
type logged chan string

func (l logged) Write(line []byte) (int, error) {
	select {
	case l <- string(line):
	default:
	}
	return len(line), nil
}

// rebind makes every name that of 127.0.0.1, until the test ends.
func rebind(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for b := make([]byte, 512); ; {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			end := 12
			for b[end] != 0 {
				end += 1 + int(b[end])
			}
			end += 5 // the question ends with a 0, a type and a class
			answer := append(b[:2:2], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
			answer = append(answer, b[12:min(end, n)]...)
			if b[end-3] == 1 { // it asks for IPv4
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
			}
			_, _ = server.WriteTo(answer, from)
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
		<-ended
	})
}
