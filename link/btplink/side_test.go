package btplink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
)

// echoing answers each message of the peer with what it was, or refuses it if it has an entry "bad".
type echoing struct{}

func (echoing) HandleMessage(m Message, answer func([]btp.Entry, error)) {
	go func() { // as one does that asks a ledger first
		if bad, there := m.Entry("bad"); there {
			answer(nil, errors.New("refused: "+string(bad.Data)))
			return
		}
		answer([]btp.Entry{entry("was", btp.Text, fmt.Sprint(m.Transfer, m.Amount, len(m.Entries)))}, nil)
	}()
}

// converse returns two links that are connected, each with a handler of messages.
func converse(t *testing.T) (server, client *Link) {
	t.Helper()
	server, url := listening(t, echoing{})
	client = New(Options{Server: &Server{URL: url, Token: secret}})
	client.SetMessages(echoing{})
	run(t, client, ilptest.NewLink())
	<-client.Ready()
	<-server.Ready()
	return server, client
}

// listening returns a link that listens, and gives messages to m.
func listening(t *testing.T, m Messages) (l *Link, url string) {
	t.Helper()
	bound := make(chan string, 1)
	l = New(Options{Listener: &Listener{Address: "127.0.0.1:0", Secret: secret, Bound: func(a string) { bound <- a }}})
	l.SetMessages(m)
	run(t, l, describing())
	return l, "ws://" + <-bound
}

func TestMessagesAreAnswered(t *testing.T) {
	server, client := converse(t)
	var asking sync.WaitGroup
	for _, from := range []*Link{server, client} {
		for i := range uint64(50) {
			asking.Go(func() {
				got, err := from.Ask(t.Context(), Message{Transfer: i%2 == 0, Amount: i, Entries: []btp.Entry{entry("claim", btp.JSON, "{}")}})
				want := fmt.Sprint(i%2 == 0, i-i%2*i, 1)
				if was, _ := entryOf(got, "was"); err != nil || string(was.Data) != want {
					t.Errorf("%v: answered %q, %v", i, was.Data, err)
				}
			})
			asking.Go(func() {
				_, err := from.Ask(t.Context(), Message{Entries: []btp.Entry{entry("bad", btp.Text, fmt.Sprint(i))}})
				refused, is := errors.AsType[*RefusedError](err)
				if !is || refused.Name != "Error" || refused.Data != fmt.Sprintf(`{"message":"refused: %d"}`, i) {
					t.Errorf("%v: %v", i, err)
				}
			})
		}
	}
	asking.Wait()
	r := ilptest.NewRecorder() // and packets pass beside
	client.HandlePrepare(r, ilptest.Prepare("test.x", 7))
	if reply := r.Reply(); reply.Code() != ilp.F99 || string(reply.Message()) != "amount 7" {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
}

func TestBrokenMessageIsRefused(t *testing.T) {
	_, url := listening(t, echoing{})
	p := join(t, url, 1)
	p.send(message(2, entry("claim", btp.JSON, "{")))
	if got := p.answer(2); got != `SyntaxError {"message":"Unexpected token in JSON"}` {
		t.Errorf("answered %s", got)
	}
	three := ilptest.Prepare("test.x", 3)
	p.send(message(3, entry("ilp", btp.OctetStream, string(three.Bytes())), entry("claim", btp.JSON, "{}")))
	if got := p.answer(3); got != "amount 3" {
		t.Errorf("a packet beside something else was answered %s", got)
	}
}

func TestMessageWithoutConnectionIsNotSent(t *testing.T) {
	if _, err := New(Options{Server: &Server{URL: "ws://127.0.0.1:1"}}).Ask(t.Context(), Message{}); !errors.Is(err, ErrNotAsked) {
		t.Errorf("%v", err)
	}
}

// A message may have come to a peer that does not answer.
func TestMessageThatIsNotAnswered(t *testing.T) {
	silent := make(mute, 10)
	server, url := listening(t, silent)
	client := New(Options{Server: &Server{URL: url, Token: secret}})
	r := run(t, client, ilptest.NewLink())
	<-client.Ready()
	<-server.Ready()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := client.Ask(ctx, Message{}); !errors.Is(err, ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("in time: %v", err)
	}
	<-silent
	if n := client.pending.Len(); n != 0 {
		t.Errorf("%d still wait", n)
	}
	got := make(chan error)
	go func() {
		_, err := client.Ask(t.Context(), Message{})
		got <- err
	}()
	<-silent // the second message
	r.stop()
	if err := <-got; !errors.Is(err, ErrNoAnswer) {
		t.Errorf("at the end: %v", err)
	}
}

// mute tells of each message and answers none.
type mute chan struct{}

func (m mute) HandleMessage(Message, func([]btp.Entry, error)) { m <- struct{}{} }
