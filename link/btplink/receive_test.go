package btplink

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// describing is a handler that rejects, saying what it was given.
func describing() *ilptest.Link {
	l := ilptest.NewLink()
	l.Answer = func(p ilp.Prepare) ilp.Reply {
		if p.Fault() != nil {
			return ilptest.Reject(ilp.F00, p.Fault().Error())
		}
		return ilptest.Reject(ilp.F99, "amount "+string(rune('0'+p.Amount())))
	}
	return l
}

func TestRequestIsReadAsTheReferenceDoes(t *testing.T) {
	one, two := ilptest.Prepare("test.x", 1), ilptest.Prepare("test.x", 2)
	octets := func(p ilp.Prepare) btp.Entry { return entry("ilp", btp.OctetStream, string(p.Bytes())) }
	const empty, syntax = "(empty response)", `SyntaxError {"message":"Unexpected token in JSON"}`
	tests := []struct {
		name    string
		entries []btp.Entry
		want    string
	}{
		{"a packet", []btp.Entry{octets(one)}, "amount 1"},
		{"the last of two counts", []btp.Entry{octets(one), octets(two)}, "amount 2"},
		{"others are ignored", []btp.Entry{entry("custom", btp.JSON, "{}"), octets(one), entry("x", btp.Text, "y")}, "amount 1"},
		{"a content type that no RFC names", []btp.Entry{entry("ilp", 3, string(one.Bytes()))}, "amount 1"},
		{"nothing", nil, empty},
		{"nothing of ILP", []btp.Entry{entry("custom", btp.JSON, "{}")}, empty},
		{"empty text", []btp.Entry{entry("ilp", btp.Text, "")}, empty},
		{"null", []btp.Entry{entry("ilp", btp.JSON, "null")}, empty},
		{"zero", []btp.Entry{entry("ilp", btp.JSON, "0.0")}, empty},
		{"false behind a packet", []btp.Entry{octets(one), entry("ilp", btp.JSON, "false")}, empty},
		{"text", []btp.Entry{entry("ilp", btp.Text, "x")}, "data handler was passed a non-buffer. typeof=string"},
		{"a string", []btp.Entry{entry("ilp", btp.JSON, `"x"`)}, "data handler was passed a non-buffer. typeof=string"},
		{"an object", []btp.Entry{entry("ilp", btp.JSON, "{}")}, "data handler was passed a non-buffer. typeof=object"},
		{"a list", []btp.Entry{entry("ilp", btp.JSON, "[0]")}, "data handler was passed a non-buffer. typeof=object"},
		{"a number", []btp.Entry{entry("ilp", btp.JSON, "1")}, "data handler was passed a non-buffer. typeof=number"},
		{"true", []btp.Entry{entry("ilp", btp.JSON, "true")}, "data handler was passed a non-buffer. typeof=boolean"},
		{"no bytes", []btp.Entry{entry("ilp", btp.OctetStream, "")}, ilp.ErrEmpty.Error()},
		{"another packet", []btp.Entry{entry("ilp", btp.OctetStream, "\x01\x00")}, "invalid packet type received. type=1"},
		{"broken JSON beside a packet", []btp.Entry{octets(one), entry("custom", btp.JSON, "{")}, syntax},
		{"broken JSON alone", []btp.Entry{entry("custom", btp.JSON, "{")}, syntax},
		{"broken JSON as a packet", []btp.Entry{entry("ilp", btp.JSON, "{")}, syntax},
		{"no JSON at all", []btp.Entry{entry("custom", btp.JSON, "")}, syntax},
	}
	_, url := listen(t, describing())
	p := join(t, url, 1)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.t = t
			p.send(message(uint32(i), tt.entries...))
			if got := p.answer(uint32(i)); got != tt.want {
				t.Errorf("answered %s, want %s", got, tt.want)
			}
		})
	}
}

// answer is the answer to a request in words.
func (p *peer) answer(id uint32) string {
	m, err := p.next()
	if err != nil {
		p.t.Fatal(err)
	}
	got, err := btp.Parse(m.Payload)
	if err != nil || got.RequestID != id {
		p.t.Fatalf("answer to %d: %v", got.RequestID, err)
	}
	e, there := got.First(btp.ILP)
	switch {
	case got.Type == btp.TypeError:
		return string(got.ErrorView().Name) + " " + string(got.ErrorView().Data)
	case !there && got.Len() == 0:
		return "(empty response)"
	}
	reply, err := ilp.ParseReply(e.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(reply.Message())
}

func TestTransferIsRefused(t *testing.T) {
	_, url := listen(t, nil)
	p := join(t, url, 1)
	p.send(btp.AppendTransfer(nil, 5, 100, nil))
	p.wantError(5, "F00", "Error", `{"message":"No sendMoney functionality is included in this module"}`)
}

func TestAnswerIsReadAsTheReferenceDoes(t *testing.T) {
	octets := entry("ilp", btp.OctetStream, string(fulfill.Bytes()))
	reject := ilptest.Reject(ilp.T04, "exceeded maximum balance.")
	tests := []struct {
		name    string
		entries []btp.Entry
		want    ilp.Code // 0 is fulfilled
	}{
		{"a Fulfill", []btp.Entry{octets}, 0},
		{"a Fulfill that says it is text", []btp.Entry{entry("ilp", btp.Text, string(fulfill.Bytes()))}, 0},
		{"the first of two counts", []btp.Entry{octets, entry("ilp", btp.OctetStream, string(reject.Bytes()))}, 0},
		{"broken JSON beside it", []btp.Entry{entry("custom", btp.JSON, "{"), octets}, 0},
		{"a Reject", []btp.Entry{entry("ilp", btp.OctetStream, string(reject.Bytes()))}, ilp.T04},
		{"nothing", nil, ilp.F00},
		{"no bytes", []btp.Entry{entry("ilp", btp.OctetStream, "")}, ilp.F00},
		{"garbage", []btp.Entry{entry("ilp", btp.OctetStream, "garbage")}, ilp.F00},
	}
	listening, url := listen(t, nil)
	p := join(t, url, 1)
	for _, tt := range tests {
		r := ilptest.NewRecorder()
		listening.HandlePrepare(r, ilptest.Prepare("test.x", 1))
		answer := btp.Append(nil, btp.TypeResponse, p.want(btp.TypeMessage).RequestID, tt.entries)
		p.raw(p.frame(websocket.Binary, answer), p.frame(websocket.Binary, answer)) // the second finds nothing
		if reply := r.Reply(); reply.Code() != tt.want || reply.Fulfilled() != (tt.want == 0) {
			t.Errorf("%s: %s %s", tt.name, reply.Code(), reply.Message())
		}
		p.ping()
		if r.Calls() != 1 {
			t.Errorf("%s: answered %d times", tt.name, r.Calls())
		}
	}
}

func TestErrorOfThePeerIsTold(t *testing.T) {
	listening, url := listen(t, nil)
	p := join(t, url, 1)
	r := ilptest.NewRecorder()
	listening.HandlePrepare(r, ilptest.Prepare("test.x", 1))
	p.send(btp.AppendError(nil, p.want(btp.TypeMessage).RequestID, btp.Error{
		Code: ilp.T00, Name: "UnreachableError", TriggeredAt: time.UnixMilli(1e12), Data: `{"message":"no"}`,
	}))
	reply := r.Reply()
	if want := `failed to send packet: {"code":"T00","name":"UnreachableError","triggeredAt":"2001-09-09T01:46:40.000Z",` +
		`"data":"{\"message\":\"no\"}","protocolData":[]}`; reply.Code() != ilp.F02 || string(reply.Message()) != want {
		t.Errorf("%s %s\nwant %s", reply.Code(), reply.Message(), want)
	}
}

// A request waits for its packet's expiry and a margin, whatever the link is told, for an
// answer that comes until then is money.
func TestFulfillIsTakenUntilTheExpiryAndTheMargin(t *testing.T) {
	for _, expiresIn := range []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s, far := pipe(t, time.Hour)
			_ = far.conn.SetReadDeadline(time.Time{})
			l := s.link
			l.install(&l.accepted, s)
			go s.readLoop(s.receive)
			waits, late := ilptest.NewRecorder(), ilptest.NewRecorder()
			l.HandlePrepare(waits, ilptest.Prepare("test.x", 1, ilptest.ExpiresIn(expiresIn)))
			id := far.want(btp.TypeMessage).RequestID
			l.HandlePrepare(late, ilptest.Prepare("test.x", 1, ilptest.ExpiresIn(expiresIn)))
			other := far.want(btp.TypeMessage).RequestID
			time.Sleep(expiresIn + link.Margin - time.Millisecond)
			if waits.Calls() > 0 {
				t.Error("gave up before the margin was over")
			}
			far.send(response(id, ilptest.Fulfill()))
			if reply := waits.Reply(); !reply.Fulfilled() {
				t.Errorf("%s %s", reply.Code(), reply.Message())
			}
			reply := late.Reply() // a moment later
			if want := "failed to send packet: " + decimal(other) + " timed out"; reply.Code() != ilp.F02 || string(reply.Message()) != want {
				t.Errorf("%s %s, want %s", reply.Code(), reply.Message(), want)
			}
			far.send(response(other, ilptest.Fulfill())) // too late
			synctest.Wait()
			if late.Calls() != 1 {
				t.Errorf("answered %d times", late.Calls())
			}
			s.close(io.EOF)
		})
	}
}

// counting is a handler that hears of answers which no request waits for.
type counting struct {
	ilp.Handler
	unmatched chan ilp.Reply
}

func (c counting) HandleUnmatched(reply ilp.Reply) {
	kept, _ := reply.Clone(nil)
	c.unmatched <- kept
}

func TestHandlerHearsOfAnswersThatNoRequestWaitsFor(t *testing.T) {
	heard := counting{ilptest.NewLink(), make(chan ilp.Reply, 10)}
	listening, url := listen(t, heard)
	p := join(t, url, 1)
	waits := ilptest.NewRecorder()
	listening.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
	id := p.want(btp.TypeMessage).RequestID
	p.send(response(id, ilptest.Fulfill()))
	if reply := waits.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	for _, tt := range []struct {
		name    string
		message []byte
		want    ilp.Code // 0 is fulfilled
		words   string
	}{
		{"second Fulfill", response(id, ilptest.Fulfill()), 0, ""},
		{"Reject of nothing", response(id+1, ilptest.Reject(ilp.F99, "never asked")), ilp.F99, "never asked"},
		{"ERROR", btp.AppendError(nil, id, btp.Error{Code: ilp.T00, Name: "UnreachableError"}), ilp.F02, "UnreachableError"},
		{"garbage", btp.Append(nil, btp.TypeResponse, id, []btp.Entry{entry("ilp", btp.OctetStream, "garbage")}), ilp.F00, ""},
		{"nothing of ILP", btp.AppendResponse(nil, id), ilp.F00, ""},
	} {
		p.send(tt.message)
		reply := <-heard.unmatched
		if reply.Code() != tt.want || reply.Fulfilled() != (tt.want == 0) || !strings.Contains(string(reply.Message()), tt.words) {
			t.Errorf("%s: %s %s", tt.name, reply.Code(), reply.Message())
		}
	}
	p.ping()
	if waits.Calls() != 1 || len(heard.unmatched) != 0 {
		t.Errorf("the request was answered %d times, %d more are unmatched", waits.Calls(), len(heard.unmatched))
	}
}

func decimal(id uint32) string {
	if id < 10 {
		return string(rune('0' + id))
	}
	return decimal(id/10) + decimal(id%10)
}

// A failure that nobody made a Reject of is told with its class.
func TestRawFailureBecomesAnError(t *testing.T) {
	failures := []struct {
		failure    ilp.Failure
		code, name string
	}{
		{ilp.Failure{Code: ilp.F02, Message: "no route"}, "T00", "UnreachableError"},
		{ilp.Failure{Code: ilp.F01, Message: "bad"}, "F00", "InvalidPacketError"},
		{ilp.Failure{Code: ilp.T04, Message: `"quoted"`}, "F00", "InsufficientLiquidityError"},
		{ilp.Failure{Code: ilp.R00, Message: "packet expired."}, "F00", "TransferTimedOutError"},
		{ilp.Failure{Code: ilp.T02, Message: "busy"}, "F00", "PeerBusyError"},
		{ilp.Failure{Code: ilp.F00, Message: "whatever"}, "F00", "Error"},
		{ilp.Failure{Code: ilp.F02, Message: "named", Name: "Error"}, "F00", "Error"},
	}
	far := ilptest.NewLink()
	_, url := listen(t, far)
	p := join(t, url, 1)
	for i, tt := range failures {
		p.send(prepare(uint32(i), ilptest.Prepare("test.x", 1)))
		far.Take().Up.WriteReply(tt.failure.Reply()) // from a goroutine of its own
		p.wantError(uint32(i), tt.code, tt.name, btp.ErrorData(tt.failure.Message))
	}
}

// Failures come from timers and from other links' readers, while our own reads.
func TestRawFailuresComeFromAnywhere(t *testing.T) {
	const packets = 200
	far := ilptest.NewLink()
	_, url := listen(t, far)
	p := join(t, url, 1)
	go func() {
		for range packets {
			far.Take().Up.WriteReply(ilp.Fail(ilp.R00, "packet expired."))
		}
	}()
	for i := range packets {
		p.send(prepare(uint32(i), ilptest.Prepare("test.x", 1)))
	}
	seen := make(map[uint32]bool)
	for range packets {
		seen[p.want(btp.TypeError).RequestID] = true
	}
	if len(seen) != packets {
		t.Errorf("%d of %d were answered", len(seen), packets)
	}
}

func TestMalformedPacketIsAnsweredByTheHandler(t *testing.T) {
	_, url := listen(t, describing())
	p := join(t, url, 1)
	p.send(message(3, entry("ilp", btp.OctetStream, "\x0c\x01")))
	if got := p.answer(3); !strings.Contains(got, "packet ends too soon") {
		t.Error(got)
	}
}
