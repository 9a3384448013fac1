package btplink

import (
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/websocket"
)

// swappedPrepare is a request as interledger-rs sends it: a Prepare in a Response.
func swappedPrepare(id uint32, packet ilp.Prepare) []byte {
	return btp.AppendILP(nil, btp.TypeResponse, id, packet.Bytes())
}

// swappedAnswer is an answer as interledger-rs sends it: a Fulfill or Reject in a Message.
func swappedAnswer(id uint32, reply ilp.Reply) []byte {
	return btp.AppendILP(nil, btp.TypeMessage, id, reply.Bytes())
}

func TestPacketDecidesWhetherAMessageIsARequest(t *testing.T) {
	far := counting{describing(), make(chan ilp.Reply, 10)}
	listening, url := listen(t, far)
	p := join(t, url, 1)
	one := ilptest.Prepare("test.x", 1)

	// A Prepare in a Response, twice under the same id, is a request each time.
	for range 2 {
		p.send(swappedPrepare(7, one))
		if got := p.answer(7); got != "amount 1" {
			t.Errorf("answered %s", got)
		}
	}

	// An answer in a Message is taken, and only once.
	for _, tt := range []struct {
		reply ilp.Reply
		want  ilp.Code
	}{{ilptest.Fulfill(), 0}, {ilptest.Reject(ilp.F99, "no"), ilp.F99}} {
		waits := ilptest.NewRecorder()
		listening.HandlePrepare(waits, one)
		id := p.want(btp.TypeMessage).RequestID

		// A Prepare in a Response of the id of a request is no answer to it: the ids of
		// the two sides have nothing to do with each other.
		p.send(swappedPrepare(id, one))
		if got := p.answer(id); got != "amount 1" || waits.Calls() != 0 {
			t.Errorf("answered %s, the request was answered %d times", got, waits.Calls())
		}

		p.send(swappedAnswer(id, tt.reply))
		if reply := waits.Reply(); reply.Code() != tt.want || reply.Fulfilled() != (tt.want == 0) {
			t.Errorf("%s %s, want %s", reply.Code(), reply.Message(), tt.want)
		}
		p.ping() // it is not answered itself

		for _, again := range [][]byte{swappedAnswer(id, tt.reply), response(id, tt.reply)} {
			p.send(again)
			if reply := <-far.unmatched; reply.Code() != tt.want {
				t.Errorf("unmatched %s, want %s", reply.Code(), tt.want)
			}
			if again[0] == byte(btp.TypeMessage) {
				if got := p.answer(id); got != "(empty response)" {
					t.Errorf("an unmatched answer is answered with %s", got)
				}
			}
		}
		p.ping()
		if waits.Calls() != 1 || len(far.unmatched) != 0 {
			t.Errorf("the request was answered %d times, %d more are unmatched", waits.Calls(), len(far.unmatched))
		}
	}

	// What looks like an answer and does not parse is one that says nothing.
	p.send(message(9, entry("ilp", btp.OctetStream, "\x0d")))
	if reply := <-far.unmatched; reply.Code() != ilp.F00 || reply.Fulfilled() {
		t.Errorf("a Fulfill that is cut off: %s %s", reply.Code(), reply.Message())
	}
	if got := p.answer(9); got != "(empty response)" {
		t.Errorf("answered %s", got)
	}
	// What looks like a request and does not parse is refused as one.
	p.send(btp.Append(nil, btp.TypeResponse, 9, []btp.Entry{entry("ilp", btp.OctetStream, "\x0c")}))
	if got := p.answer(9); got != ilp.ErrShort.Error() {
		t.Errorf("answered %s", got)
	}
}

// The last packet of a Message counts, and the first of a Response, whatever they are.
func TestPacketsOfBothKindsInOneMessage(t *testing.T) {
	far := counting{describing(), make(chan ilp.Reply, 10)}
	_, url := listen(t, far)
	p := join(t, url, 1)
	one := ilptest.Prepare("test.x", 1)
	no := ilptest.Reject(ilp.F99, "no")
	request, answer := entry("ilp", btp.OctetStream, string(one.Bytes())), entry("ilp", btp.OctetStream, string(no.Bytes()))
	for _, tt := range []struct {
		name    string
		typ     btp.Type
		entries []btp.Entry
		answers bool
	}{
		{"a Message that ends with an answer", btp.TypeMessage, []btp.Entry{request, answer}, true},
		{"a Message that ends with a request", btp.TypeMessage, []btp.Entry{answer, request}, false},
		{"a Response that begins with an answer", btp.TypeResponse, []btp.Entry{answer, request}, true},
		{"a Response that begins with a request", btp.TypeResponse, []btp.Entry{request, answer}, false},
	} {
		p.send(btp.Append(nil, tt.typ, 5, tt.entries))
		if tt.answers {
			if reply := <-far.unmatched; reply.Code() != ilp.F99 {
				t.Errorf("%s: unmatched %s", tt.name, reply.Code())
			}
			if tt.typ == btp.TypeMessage {
				p.answer(5)
			}
		} else if got := p.answer(5); got != "amount 1" {
			t.Errorf("%s: answered %s", tt.name, got)
		}
	}
	// A text is no packet, whatever it holds.
	p.send(message(6, entry("ilp", btp.Text, string(no.Bytes()))))
	if got := p.answer(6); got != "data handler was passed a non-buffer. typeof=string" {
		t.Errorf("answered %s", got)
	}
	p.send(btp.Append(nil, btp.TypeResponse, 6, []btp.Entry{entry("ilp", btp.Text, string(one.Bytes()))}))
	if reply := <-far.unmatched; reply.Code() != ilp.F00 {
		t.Errorf("unmatched %s", reply.Code())
	}
}

// A connection that another has replaced brings answers in Messages too, and one that ends.
func TestReplacedConnectionBringsAnswersInMessages(t *testing.T) {
	far := ilptest.NewLink()
	listening, url := listen(t, far)
	old := join(t, url, 1)
	ask := func() (waits *ilptest.Recorder, id uint32) {
		waits = ilptest.NewRecorder()
		listening.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
		return waits, old.want(btp.TypeMessage).RequestID
	}
	first, id := ask()
	behind, id2 := ask()
	join(t, url, 2)
	old.send(swappedAnswer(id, ilptest.Fulfill()))
	if reply := first.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.ping() // the connection is still there
	old.send(swappedPrepare(70, ilptest.Prepare("test.x", 7)))
	old.wantError(2, "F00", "NotAcceptedError", ended)
	old.send(swappedPrepare(71, ilptest.Prepare("test.x", 7)))
	old.send(swappedAnswer(id2, ilptest.Fulfill()))
	if reply := behind.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.wantEnd(websocket.CodeNormal)
	if n := len(far.Sent()); n != 0 {
		t.Errorf("the handler was given %d packets", n)
	}
}

func TestContentsDoNotAllocate(t *testing.T) {
	for name, b := range map[string][]byte{
		"a Prepare in a Message":  prepare(1, ilptest.Prepare("test.x", 1)),
		"a Prepare in a Response": swappedPrepare(1, ilptest.Prepare("test.x", 1)),
		"a Fulfill in a Message":  swappedAnswer(1, ilptest.Fulfill()),
		"a Fulfill in a Response": response(1, ilptest.Fulfill()),
	} {
		if allocs := testing.AllocsPerRun(100, func() {
			if p, err := btp.Parse(b); err == nil {
				contents(&p)
			}
		}); allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
