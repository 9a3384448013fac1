//go:build linux

package load

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// httpFake is a connector over HTTP for the load to talk to. It forwards each body to the receiver, and
// the answer back. Its hooks may change both, or answer by themselves.
type httpFake struct {
	to          string
	client      *http.Client
	asked       atomic.Int64 // for addresses
	forwarded   atomic.Int64
	toReceiver  func(packet []byte) []byte
	fromSender  func(w http.ResponseWriter, n int64) (answered bool)
	fromReceive func(packet []byte) []byte
}

const httpToken = "open-sesame"

func (f *httpFake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	packet, err := io.ReadAll(r.Body)
	prepare, fault := ilp.ParsePrepare(packet)
	switch {
	case err != nil || fault != nil || r.Header.Get("Authorization") != "Bearer "+httpToken || r.URL.Path != "/accounts/a/ilp":
		http.Error(w, "no", http.StatusUnauthorized)
		return
	case string(prepare.Destination()) == ildcp.Destination:
		f.asked.Add(1)
		_, _ = w.Write((&ilp.Fulfill{}).Append(nil))
		return
	}
	if n := f.forwarded.Add(1); f.fromSender != nil && f.fromSender(w, n) {
		return
	}
	response, err := f.client.Post(f.to, packetType, bytes.NewReader(f.toReceiver(packet)))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	_, _ = w.Write(f.fromReceive(answer))
}

// dialHTTPFake connects senders to a fake connector, and the connector to a receiver.
func dialHTTPFake(t *testing.T, senders int, edit func(*httpFake)) (*Load, *httpFake) {
	t.Helper()
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	receiver := "http://" + reserved.Addr().String() + "/in"
	reserved.Close()
	same := func(packet []byte) []byte { return packet }
	transport := &http.Transport{MaxIdleConnsPerHost: senders}
	f := &httpFake{to: receiver, client: &http.Client{Transport: transport}, toReceiver: same, fromReceive: same}
	if edit != nil {
		edit(f)
	}
	server := httptest.NewServer(f)
	opts := Options{Receivers: []Endpoint{{URL: receiver}}, Address: "test.bench", Divisor: 1}
	for range senders {
		opts.Senders = append(opts.Senders, Endpoint{URL: server.URL + "/accounts/a/ilp", Token: httpToken})
	}
	l, err := Dial(t.Context(), opts)
	if err != nil {
		server.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		transport.CloseIdleConnections()
		server.Close()
	})
	l.patience = 2 * time.Second
	return l, f
}

func overHTTP() Plan {
	plan := short()
	plan.Window = 1
	return plan
}

func TestPacketsTravelOverHTTP(t *testing.T) {
	for name, edit := range map[string]func(*httpFake){
		"keep-alive": nil,
		"a connection for each packet": func(f *httpFake) {
			f.client.Transport.(*http.Transport).DisableKeepAlives = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			const senders = 4
			l, f := dialHTTPFake(t, senders, edit)
			if err := l.Probe(t.Context(), 5*time.Second, Fulfilled, overHTTP().Aim); err != nil {
				t.Fatal(err)
			}
			phases, err := l.Run(t.Context(), overHTTP())
			if err != nil {
				t.Fatal(err)
			}
			if sum := Sum(phases); sum.Packets == 0 || l.sent+senders != f.forwarded.Load() || f.asked.Load() != senders {
				t.Errorf("%d packets, %d sent, %d forwarded, %d asked for addresses", sum.Packets, l.sent, f.forwarded.Load(), f.asked.Load())
			}
			if most := 10 * senders; len(l.clients) > most {
				t.Errorf("%d clients are kept, more than %d: those that are closed leave their places", len(l.clients), most)
			}
		})
	}
}

func TestReceiverOverHTTPRejects(t *testing.T) {
	l, _ := dialHTTPFake(t, 2, nil)
	plan := overHTTP()
	plan.Want = Refused
	plan.Aim = func(int) []Target { return []Target{{"test.a", 0}} }
	if phases, err := l.Run(t.Context(), plan); err != nil || Sum(phases).Packets == 0 {
		t.Errorf("%v", err)
	}
}

func TestRunOverHTTPFailsOverOneWrongPacket(t *testing.T) {
	fifth := func(spoil func(packet []byte) []byte) func(packet []byte) []byte {
		var seen atomic.Int64
		return func(packet []byte) []byte {
			if seen.Add(1) == 5 {
				return spoil(packet)
			}
			return packet
		}
	}
	flipLast := func(packet []byte) []byte {
		packet[len(packet)-1] ^= 1
		return packet
	}
	for name, c := range map[string]struct {
		edit func(*httpFake)
		want string
	}{
		"data of a Prepare": {func(f *httpFake) { f.toReceiver = fifth(flipLast) }, "data"},
		"data of a Fulfill": {func(f *httpFake) { f.fromReceive = fifth(flipLast) }, "data"},
		"no packet":         {func(f *httpFake) { f.fromReceive = fifth(func([]byte) []byte { return []byte("<html>") }) }, "packet"},
		"a status": {func(f *httpFake) {
			f.fromSender = func(w http.ResponseWriter, n int64) bool {
				if n == 5 {
					http.Error(w, "overloaded", http.StatusServiceUnavailable)
				}
				return n == 5
			}
		}, "overloaded"},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := dialHTTPFake(t, 2, c.edit)
			if _, err := l.Run(t.Context(), overHTTP()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the run ended with %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestOneRequestAtATime(t *testing.T) {
	l, _ := dialHTTPFake(t, 1, nil)
	plan := overHTTP()
	plan.Window = 2
	if _, err := l.Run(t.Context(), plan); err == nil || !strings.Contains(err.Error(), "one request at a time") {
		t.Errorf("got %v", err)
	}
}

func TestReceiverOverHTTPSaysThatItIsThere(t *testing.T) {
	l, f := dialHTTPFake(t, 1, nil)
	answered := make(chan error, 1)
	go func() {
		response, err := f.client.Get(f.to)
		if err == nil {
			response.Body.Close()
		}
		answered <- err
	}()
	for {
		select {
		case err := <-answered:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			if err := l.turn(time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestDialOverHTTPWaitsForTheAccount(t *testing.T) {
	var tries atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries.Add(1) < 3 {
			http.Error(w, "account is not available", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	l, err := Dial(t.Context(), Options{Senders: []Endpoint{{URL: server.URL + "/", Token: httpToken}}, Divisor: 1})
	if err != nil || tries.Load() != 3 {
		t.Fatalf("%d tries, %v", tries.Load(), err)
	}
	l.Close()
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if l, err := Dial(ctx, Options{Senders: []Endpoint{{URL: refusing.URL + "/", Token: httpToken}}, Divisor: 1}); err == nil {
		l.Close()
		t.Error("a refusal is no error")
	}
}
