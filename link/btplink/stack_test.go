package btplink

import (
	"bytes"
	"log/slog"
	"runtime"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// A login needs a deep stack, and a goroutine keeps the most of it. An idle connection must not.
func TestLoginLeavesTheReaderNoStack(t *testing.T) {
	logins, readers := make(chan string, 1), make(chan string, 1)
	client := NewClient("it", slog.New(slog.DiscardHandler))
	client.Begin(ilp.HandlerFunc(func(up ilp.ReplyWriter, _ ilp.Prepare) {
		readers <- goroutine()
		up.WriteReply(ilptest.Fulfill())
	}), nil, nil)
	_, url := listen(t, nil, func(o *Options) {
		o.Login = func(Login) (*Link, error) {
			logins <- goroutine()
			return client, nil
		}
	})
	p := join(t, url, 1)
	p.send(prepare(5, ilptest.Prepare("test.x", 1)))
	p.wantReply(5)
	if login, reader := <-logins, <-readers; login == reader {
		t.Errorf("%s has let the client in, and reads", reader)
	}
}

// goroutine returns which goroutine calls it.
func goroutine() string {
	stack := make([]byte, 100)
	name, _, _ := bytes.Cut(stack[:runtime.Stack(stack, false)], []byte(" ["))
	return string(name)
}
