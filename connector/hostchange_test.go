package connector_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// A client is removed while the account that it belongs to changes: either it is gone, or the
// operator hears that it is not.
func TestClientIsRemovedWhileItsListenerChanges(t *testing.T) {
	f := newHousehold(t, "")
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	alice.Send(btppeer.Request(7, ilptest.Prepare("test.us.mini.bob", 0, ilptest.Data([]byte(t.Name())))))
	id, _ := bob.WantPrepare()
	changed := make(chan string, 2)
	go func() {
		status, text := ask(t, f.port, "PATCH", "/accounts/mini?ephemeral=true", `{"children":{"names":["*"]}}`)
		changed <- fmt.Sprint(status, " ", text)
	}()
	n := uint32(100)
	await(t, "the change to wait for the packet", func() bool {
		n++
		alice.Send(btppeer.Request(n, ilptest.Prepare("test.nowhere", 0)))
		reply := alice.WantReply(n)
		return reply.Code() == ilp.T03
	})
	removed := make(chan string, 1)
	go func() {
		status, text := ask(t, f.port, "DELETE", ofAlice, "")
		removed <- fmt.Sprint(status, " ", text)
	}()
	alice.WantEnd() // it is being removed, and waits for its packet
	bob.Send(btppeer.Response(id, ilptest.Fulfill()))
	if got := <-changed; !strings.HasPrefix(got, "200") {
		t.Errorf("the change is answered %s", got)
	}
	got := <-removed
	_, list := ask(t, f.port, "GET", ofMini, "")
	if strings.HasPrefix(got, "204") == strings.Contains(list, `"alice"`) {
		t.Errorf("the removal is answered %s, and the clients are %s", got, list)
	}
}
