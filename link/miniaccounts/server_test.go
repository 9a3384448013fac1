package miniaccounts_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server below test.us.clients, and returns where.
func serve(t testing.TB, h ilp.Handler, edits ...func(*miniaccounts.Options)) (s *miniaccounts.Server, url string) {
	t.Helper()
	return serveWith(t, memory.New(slog.New(slog.DiscardHandler)), h, edits...)
}

func serveWith(t testing.TB, kept store.Store, h ilp.Handler, edits ...func(*miniaccounts.Options)) (s *miniaccounts.Server, url string) {
	t.Helper()
	bound := make(chan string, 1)
	opts := miniaccounts.Options{Listener: btplink.Listener{Address: "127.0.0.1:0", Bound: func(a string) { bound <- a }}}
	for _, edit := range edits {
		edit(&opts)
	}
	s = miniaccounts.New(opts)
	if err := s.Keep(kept); err != nil {
		t.Fatal(err)
	}
	s.SetAddress("test.us.clients")
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, h, nil)
	}()
	t.Cleanup(func() { stop(); <-done })
	return s, "ws://" + <-bound
}

// send sends a packet to a client.
func send(s *miniaccounts.Server, destination string) *ilptest.Recorder {
	r := ilptest.NewRecorder()
	s.HandlePrepare(r, ilptest.Prepare(destination, 5))
	return r
}

func wantRejected(t *testing.T, r *ilptest.Recorder, code ilp.Code, message string) {
	t.Helper()
	if reply := r.Reply(); reply.Fulfilled() || reply.Code() != code || string(reply.Message()) != message {
		t.Errorf("got %s %q, want %s %q", reply.Code(), reply.Message(), code, message)
	}
}

func wantFulfilled(t *testing.T, reply ilp.Reply) {
	t.Helper()
	if !reply.Fulfilled() {
		t.Errorf("got %s %q, want a fulfill", reply.Code(), reply.Message())
	}
}

func TestClientsAreToldTheirAddresses(t *testing.T) {
	us := ildcp.Response{ClientAddress: "test.us.clients", AssetScale: 9, AssetCode: "XRP"}
	answer, err := ilp.ParseReply(us.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, url := serve(t, ilptest.Answering(answer))
	for user, want := range map[string]string{"alice": "alice", "": miniaccounts.HashName("secret")} {
		p := btppeer.Join(t, url, user, "secret")
		p.Send(btppeer.Request(7, ilptest.Prepare("peer.config", 0)))
		got, err := ildcp.ParseResponse(p.WantReply(7))
		if err != nil || got.ClientAddress != "test.us.clients."+want || got.AssetCode != "XRP" || got.AssetScale != 9 {
			t.Errorf("%q is told %+v, %v", user, got, err)
		}
	}
}

func TestPacketsGoToTheClientThatTheyName(t *testing.T) {
	h := ilptest.Fulfilling()
	s, url := serve(t, h)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	for destination, p := range map[string]*btppeer.Peer{
		"test.us.clients.alice": alice, "test.us.clients.alice.x.y": alice, "test.us.clients.bob.z": bob,
	} {
		answer := send(s, destination)
		id, prepare := p.WantPrepare()
		if string(prepare.Destination()) != destination {
			t.Errorf("%s arrived", prepare.Destination())
		}
		p.Send(btppeer.Response(id, ilptest.Fulfill()))
		wantFulfilled(t, answer.Reply())
	}
	alice.Send(btppeer.Request(3, ilptest.Prepare("test.far", 9)))
	wantFulfilled(t, alice.WantReply(3))
	if sent := h.Sent()[0]; string(sent.Prepare.Destination()) != "test.far" {
		t.Errorf("%s went on", sent.Prepare.Destination())
	}
}

func TestPacketsForNobodyAreRefused(t *testing.T) {
	s, url := serve(t, ilptest.Fulfilling())
	gone := btppeer.Join(t, url, "gone", "a")
	wantRejected(t, send(s, "test.us.clients.other"), ilp.F02, "failed to send packet: No clients connected for account other")
	wantRejected(t, send(s, "test.us.clients"), ilp.F02,
		"failed to send packet: can't route packet that is not meant for one of my clients. destination=test.us.clients prefix=test.us.clients.")
	wantRejected(t, send(s, "test.us.clientsx.gone"), ilp.F02,
		"failed to send packet: can't route packet that is not meant for one of my clients. destination=test.us.clientsx.gone prefix=test.us.clients.")
	waits := send(s, "test.us.clients.gone")
	gone.WantPrepare()
	gone.Leave() // an answer over another connection counts once this one has ended
	again := btppeer.Join(t, url, "gone", "a")
	answer := send(s, "test.us.clients.gone")
	id, _ := again.WantPrepare()
	again.Send(btppeer.Response(id-1, ilptest.Fulfill())) // to the one from before, over the new connection
	wantFulfilled(t, waits.Reply())
	again.Send(btppeer.Response(id, ilptest.Fulfill()))
	answer.Reply()
}

func TestNamesOfClients(t *testing.T) {
	hash := miniaccounts.HashName("t")
	for _, tt := range []struct {
		names       miniaccounts.Names
		user, token string
		refused     string
	}{
		{miniaccounts.UserOrHash, "", "", "auth_token subprotocol is required"},
		{miniaccounts.User, "", "t", "auth_username subprotocol is required"},
		{miniaccounts.User, "alice", "t", ""},
		{miniaccounts.Hash, "alice", "t", "auth_username subprotocol is not available"},
		{miniaccounts.Hash, hash, "t", ""},
		{miniaccounts.Hash, "", "t", ""},
	} {
		_, url := serve(t, ilptest.Fulfilling(), func(o *miniaccounts.Options) { o.Names = tt.names })
		p := btppeer.Dial(t, url)
		p.Send(btppeer.Auth(5, tt.user, tt.token))
		if tt.refused != "" {
			p.WantRefused(tt.refused)
		} else {
			p.Want(btp.TypeResponse, 5)
		}
	}
}

// user-needs: names that are no segment of an address, and more clients than there may be.
func TestB57StrangersTakeNoNamesAndNoRoom(t *testing.T) {
	const bad = "auth_username must be one segment of an ILP address: letters, digits, _, ~ and -, at most 128"
	_, url := serve(t, ilptest.Fulfilling(), func(o *miniaccounts.Options) {
		o.ClientsMax = 2
		o.NameAllowed = func(name string) bool { return name != "root" }
	})
	for user, refused := range map[string]string{
		"a.b": bad, "a/b": bad, "a b": bad, "ä": bad, strings.Repeat("x", 129): bad, ".": bad, "..": bad, "a\x00": bad,
		"root": "auth_username is not allowed here",
	} {
		p := btppeer.Dial(t, url)
		p.Send(btppeer.Auth(5, user, "t"))
		p.WantRefused(refused)
	}
	btppeer.Join(t, url, "alice", "a")
	btppeer.Join(t, url, "bob", "b")
	p := btppeer.Dial(t, url)
	p.Send(btppeer.Auth(5, "carl", "c"))
	p.WantRefused("too many accounts")
	btppeer.Join(t, url, "alice", "a")
}

// user-needs: an impostor gets none of the packets while its token is checked, and no socket of
// a stranger disturbs the client's.
func TestB49AndB56OnlyTheOwnerOfATokenIsTheClient(t *testing.T) {
	s, url := serve(t, ilptest.Fulfilling())
	alice := btppeer.Join(t, url, "alice", "right")
	for range 3 {
		impostor := btppeer.Dial(t, url)
		impostor.Send(btppeer.Auth(5, "alice", "wrong"))
		impostor.WantRefused("incorrect token for account.")
	}
	btppeer.Dial(t, url).Close()
	answer := send(s, "test.us.clients.alice")
	id, _ := alice.WantPrepare()
	alice.Send(btppeer.Response(id, ilptest.Fulfill()))
	wantFulfilled(t, answer.Reply())
}

// user-needs: an error names no token.
func TestB51TokensAreNotRepeated(t *testing.T) {
	_, url := serve(t, ilptest.Fulfilling())
	btppeer.Join(t, url, "alice", "right")
	p := btppeer.Dial(t, url)
	p.Send(btppeer.Auth(5, "alice", "very-secret"))
	p.WantRefused("incorrect token for account.")
}

// user-needs: a packet goes to one socket, the newest, and only that one may answer it. No other
// client may, whatever request id it uses.
func TestB58OnlyWhoWasAskedAnswers(t *testing.T) {
	s, url := serve(t, ilptest.Fulfilling())
	older, newer := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "alice", "a")
	other := btppeer.Join(t, url, "bob", "b")
	answer := send(s, "test.us.clients.alice")
	id, _ := newer.WantPrepare()
	for _, p := range []*btppeer.Peer{older, other} {
		p.Send(btppeer.Response(id, ilptest.Reject(ilp.F99, "forged")))
		p.Ping() // nothing else came, and the answer was handled
	}
	newer.Send(btppeer.Response(id, ilptest.Fulfill()))
	wantFulfilled(t, answer.Reply())
	newer.Leave()
	answer = send(s, "test.us.clients.alice") // the older one is alice now
	id, _ = older.WantPrepare()
	older.Send(btppeer.Response(id, ilptest.Fulfill()))
	wantFulfilled(t, answer.Reply())
}

// user-needs: only pages of the origins that were allowed connect.
func TestB59PagesOfOtherOriginsAreKeptOut(t *testing.T) {
	_, url := serve(t, ilptest.Fulfilling(), func(o *miniaccounts.Options) {
		o.Listener.Origin = func(origin string) bool { return origin == "https://wallet.example" }
	})
	for origin, want := range map[string]int{
		"https://wallet.example": http.StatusSwitchingProtocols, "https://wallet.example.evil.com": http.StatusForbidden, "": http.StatusForbidden,
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nOrigin: %s\r\n\r\n", origin)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || response.StatusCode != want {
			t.Errorf("%q gets %+v, %v", origin, response, err)
		}
		_ = conn.Close()
	}
}

// user-needs: a response without a packet fails that request alone.
func TestB60ResponseWithoutAPacketIsAFailure(t *testing.T) {
	s, url := serve(t, ilptest.Fulfilling())
	alice := btppeer.Join(t, url, "alice", "a")
	answer := send(s, "test.us.clients.alice")
	id, _ := alice.WantPrepare()
	alice.Send(btp.AppendResponse(nil, id))
	if reply := answer.Reply(); reply.Fulfilled() {
		t.Error("it was fulfilled by nothing")
	}
	alice.Ping()
}

func TestFirstTokenOfANameCountsAfterARestart(t *testing.T) {
	kept := memory.New(slog.New(slog.DiscardHandler))
	_, url := serveWith(t, kept, ilptest.Fulfilling())
	btppeer.Join(t, url, "alice", "first")
	err := kept.Load("", func(key string, value []byte) error {
		if strings.Contains(string(value), "first") {
			t.Errorf("%s holds the token", key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, url := serveWith(t, kept, ilptest.Fulfilling())
	p := btppeer.Dial(t, url)
	p.Send(btppeer.Auth(5, "alice", "second"))
	p.WantRefused("incorrect token for account.")
	btppeer.Join(t, url, "alice", "first")
	if s.Known() != 1 {
		t.Errorf("%d are known", s.Known())
	}
}

func TestClientThatOpensManyConnectionsLosesTheOldest(t *testing.T) {
	_, url := serve(t, ilptest.Fulfilling())
	first := btppeer.Join(t, url, "alice", "a")
	for range 8 {
		btppeer.Join(t, url, "alice", "a").Ping()
	}
	first.Send(btppeer.Request(9, ilptest.Prepare("test.x", 1)))
	if got := first.Want(btp.TypeError); !strings.HasPrefix(string(got.ErrorView().Data), "This connection has been ended") {
		t.Errorf("the oldest is told %s", got.ErrorView().Data)
	}
}
