package remote

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// peerOf returns the inbox of a peer whose engine is a handler.
func peerOf(t *testing.T, engine http.HandlerFunc) (ilp.Handler, *Inbox) {
	t.Helper()
	f := newFake(t)
	f.Config.Handler = engine
	engines := new(Engines)
	engines.Add(engineAt(t, f.URL, late))
	inbox := NewInbox(engines, quiet)
	t.Cleanup(inbox.Close)
	return inbox.For(account.New("bob", account.Settings{})), inbox
}

func message(t *testing.T, data []byte, edits ...func(*ilp.Draft)) ilp.Prepare {
	t.Helper()
	edits = append(edits, ilptest.WithCondition(ilp.PeerCondition), ilptest.Data(data))
	return ilptest.Prepare(Destination, 0, edits...)
}

func TestMessagesGoFromEngineToEngine(t *testing.T) {
	o := newAPI(t, newLedger())
	o.link, _ = peerOf(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(append([]byte(r.URL.Path+" "), body...))
	})
	for _, said := range []string{"\x00\xffhello", "", strings.Repeat("x", messageMax-100)} {
		status, answer, err := o.post(t, "/accounts/bob/messages", said, "Content-Type", octetsType)
		if want := "/accounts/bob/messages " + said; status != http.StatusCreated || answer != want || err != nil {
			t.Errorf("%d %.80q %v, want %.80q", status, answer, err, want)
		}
	}
}

func TestMessageTravelsAsThePeerProtocolHasIt(t *testing.T) {
	o := newAPI(t, newLedger())
	o.link = ilp.HandlerFunc(func(up ilp.ReplyWriter, p ilp.Prepare) {
		left := time.Until(p.ExpiresAt())
		if p.Amount() != 0 || string(p.Destination()) != "peer.settle" || string(p.Data()) != "hello" ||
			!bytes.Equal(p.Condition(), ilp.PeerCondition[:]) || left <= 0 || left > timeoutDefault {
			t.Errorf("amount %d, to %s, %x, %s left, %q", p.Amount(), p.Destination(), p.Condition(), left, p.Data())
		}
		up.WriteReply(ilptest.Fulfill('h', 'i'))
	})
	if status, answer, _ := o.post(t, "/accounts/bob/messages", "hello"); status != http.StatusCreated || answer != "hi" {
		t.Errorf("%d %q", status, answer)
	}
}

func TestMessagesThatDoNotArrive(t *testing.T) {
	reject := ilp.Reject{Code: ilp.F00, TriggeredBy: Destination, Message: "no", Data: []byte("unknown type")}
	withData, err := ilp.ParseReply(reject.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		link   ilp.Handler
		path   string
		body   string
		status int
		answer string
	}{
		{"without an engine", nil, "/accounts/carl/messages", "", 404, "no settlement engine"},
		{"not connected", nil, "/accounts/bob/messages", "", 502, "not connected"},
		{"rejected", replies(ilptest.Reject(ilp.T01, "gone")), "/accounts/bob/messages", "", 502, "T01 gone"},
		{"failed", replies(ilp.Fail(ilp.T02, "busy")), "/accounts/bob/messages", "", 502, "T02 busy"},
		{"rejected in odd words", replies(ilptest.Reject(ilp.T01, "a\r\nb\x1b[2J"+strings.Repeat("x", reasonMax))), "/accounts/bob/messages", "", 502, "T01 a  b [2Jxxx"},
		{"refused by the peer's engine", replies(withData), "/accounts/bob/messages", "", 502, "unknown type"},
		{"too long", nil, "/accounts/bob/messages", strings.Repeat("x", messageMax+1), 413, "too long"},
	}
	o := newAPI(t, newLedger())
	for _, test := range tests {
		o.link = test.link
		status, answer, err := o.post(t, test.path, test.body)
		if status != test.status || !strings.Contains(answer, test.answer) || len(answer) > reasonMax+1 || err != nil {
			t.Errorf("%s: %d %q %v", test.name, status, answer, err)
		}
	}
}

func replies(reply ilp.Reply) ilp.Handler {
	return ilp.HandlerFunc(func(up ilp.ReplyWriter, _ ilp.Prepare) { up.WriteReply(reply) })
}

// The link answers in the end, as every link does, but message waits no more.
func TestASilentPeerIsNotWaitedForForever(t *testing.T) {
	var late ilp.ReplyWriter
	link := ilp.HandlerFunc(func(up ilp.ReplyWriter, _ ilp.Prepare) { late = up })
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if _, err := carry(ctx, link, nil); err == nil {
		t.Error("answered")
	}
	late.WriteReply(ilptest.Fulfill())
}

func TestPeerIsToldWhetherToAskAgain(t *testing.T) {
	tests := []struct {
		status int
		code   ilp.Code
		data   string
	}{
		{400, ilp.F00, "what the engine said"}, {404, ilp.F00, "what the engine said"},
		{500, ilp.T00, "what the engine said"}, {503, ilp.T00, "what the engine said"}, {302, ilp.T00, "what the engine said"},
	}
	for _, test := range tests {
		h, _ := peerOf(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.data)
		})
		wantReject(t, h, test.code, test.data)
	}
	h, _ := peerOf(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, messageMax+1)) })
	wantReject(t, h, ilp.T00, "")
	h, _ = peerOf(t, func(w http.ResponseWriter, r *http.Request) { says("")(w, r, func() {}) })
	wantReject(t, h, ilp.T00, "")
}

func wantReject(t *testing.T, h ilp.Handler, code ilp.Code, data string) {
	t.Helper()
	recorder := ilptest.NewRecorder()
	h.HandlePrepare(recorder, message(t, nil))
	reply := recorder.Reply()
	if reply.Code() != code || string(reply.TriggeredBy()) != "peer.settle" || string(reply.Data()) != data {
		t.Errorf("%s by %s: %q, want %s %q", reply.Code(), reply.TriggeredBy(), reply.Data(), code, data)
	}
}

func TestFulfillHasTheFulfillmentOfPeerProtocols(t *testing.T) {
	h, _ := peerOf(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	recorder := ilptest.NewRecorder()
	h.HandlePrepare(recorder, message(t, nil))
	if reply := recorder.Reply(); !reply.Fulfilled() || !bytes.Equal(reply.Fulfillment(), make([]byte, 32)) {
		t.Errorf("%s", reply.Code())
	}
}

func TestAccountsWithoutAnEngineDoNotSpeakTheProtocol(t *testing.T) {
	inbox := NewInbox(new(Engines), quiet)
	defer inbox.Close()
	if inbox.For(account.New("bob", account.Settings{})) != nil {
		t.Error("somebody answers")
	}
}

// An engine that hangs occupies a bounded number of goroutines, and each only until its
// packet expires.
func TestMessagesUnderWayHaveABound(t *testing.T) {
	reached := make(chan struct{}, underWayMax)
	h, inbox := peerOf(t, func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
	})
	codes := make(chan ilp.Code, underWayMax)
	for range underWayMax - 1 {
		h.HandlePrepare(ilp.ReplyFunc(func(reply ilp.Reply) { codes <- reply.Code() }), message(t, nil))
	}
	expiring := ilptest.NewRecorder()
	h.HandlePrepare(expiring, message(t, nil, ilptest.ExpiresIn(time.Second)))
	for range underWayMax {
		<-reached
	}
	wantReject(t, h, ilp.T03, "")
	if reply := expiring.Reply(); reply.Code() != ilp.T00 {
		t.Error(reply.Code())
	}
	inbox.Close()
	for range underWayMax - 1 {
		if code := <-codes; code != ilp.T00 {
			t.Error(code)
		}
	}
	wantReject(t, h, ilp.T03, "")
}
