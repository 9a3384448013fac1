package connector_test

import (
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
)

// watchedLink is a parentLink that calls a function after each read of its status, if there is
// one.
type watchedLink struct {
	*parentLink
	read atomic.Pointer[func()]
}

func (l *watchedLink) Status() link.Status {
	s := l.parentLink.Status()
	if read := l.read.Load(); read != nil {
		(*read)()
	}
	return s
}

// The connection ends in the moment in which the answer that came over it is taken. The next
// connection may be of a parent that is configured anew, and that was not asked.
func TestAnswerOfAFormerConnectionDoesNotOpenTheNext(t *testing.T) {
	up, kid := &watchedLink{parentLink: newParentLink()}, newTestLink(ilptest.Fulfilling())
	c, _ := start(t, `
backend: one-to-one
spread: 0
accounts:
  up: {relation: parent, plugin: test, assetCode: EUR, assetScale: 6}
  kid: {relation: child, plugin: test, assetCode: EUR, assetScale: 6}
`, connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		if a.ID == "up" {
			return up, nil
		}
		return kid, nil
	}))
	<-up.handler
	up.answer(t, "test.up.us", "EUR", 6)
	fromKid := <-kid.handler
	awaitReady(t, c)
	up.disconnect()
	up.connect()
	request := <-up.asked // so the status is read next when the answer has come
	passed := make(chan ilp.Reply, 1)
	send := func() {
		up.read.Store(nil)
		r := ilptest.NewRecorder()
		fromKid.HandlePrepare(r, ilptest.Prepare("test.else", 5))
		passed <- r.Reply()
	}
	flap := func() {
		up.read.Store(&send)
		up.disconnect()
		up.connect()
	}
	up.read.Store(&flap)
	up.asked <- request
	up.answer(t, "test.up.us", "EUR", 6)
	if reply := <-passed; reply.Code() != ilp.T01 {
		t.Errorf("a packet over a connection whose parent was not asked is not refused: fulfilled %t", reply.Fulfilled())
	}
	up.answer(t, "test.up.us", "USD", 9)
	awaitAlerts(t, c, 1)
}
