package engine_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// An account with an asset of its own takes the place of another while a packet to it is under
// way. The world that the packet has loaded does not know that asset.
func TestPacketMeetsAPortThatIsNewerThanItsWorld(t *testing.T) {
	var n *enginetest.Node
	come := func() {}
	n = enginetest.New(func(c *enginetest.Config) {
		c.Custom = []middleware.Named{{Name: "meanwhile", New: func(*account.Account) (in, out engine.Middleware) {
			return engine.PrepareFunc(func(*engine.Packet) engine.Verdict {
				come()
				return engine.Pass
			}), nil
		}}}
	})
	n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	come = func() {
		euros := *bob.Settings
		euros.AssetCode = "EUR"
		anew := account.New("bob", euros)
		anew.Number = bob.Number
		n.Engine.Attach(anew, ilptest.Fulfilling(), nil, nil)
	}
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5)))
}

func TestPortsStayWhenTheListGrows(t *testing.T) {
	n := enginetest.New()
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"}
	for _, id := range ids {
		n.Add(t, id, ilptest.Fulfilling())
	}
	for _, id := range ids {
		wantFulfilled(t, n.Send("a", ilptest.Prepare("test.us."+id, 1)))
	}
	n.Detach(n.Ports["q"])
	want(t, n.Send("a", ilptest.Prepare("test.us.q", 1)), ilp.F02, "no route found. source=a destination=test.us.q")
	n.Attach(n.Registry.Find("q"), ilptest.Fulfilling())
	wantFulfilled(t, n.Send("a", ilptest.Prepare("test.us.q", 1)))
}
