package connector_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// There may be very many clients, so they share what is the same for all of them. A change of it
// reaches each.
func TestChildrenShareOneConfiguration(t *testing.T) {
	yaml, url := kids(t, "")
	c, _ := start(t, yaml)
	awaitReady(t, c)
	var former *config.Account
	for _, most := range []uint64{600, 300} {
		text := strconv.FormatUint(most, 10)
		if former != nil {
			changed, _, err := config.Parse("test.yaml", []byte(strings.Replace(yaml, `"600"`, strconv.Quote(text), 1)), nil, connector.Known())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.ChangeAccount(changed.Accounts[0]); err != nil {
				t.Fatal(err)
			}
			awaitConnected(t, c, "mini")
		}
		alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
		shared := connector.SharedConfig(c, "mini.alice")
		if shared != connector.SharedConfig(c, "mini.bob") || shared == former || shared.MaxPacketAmount != text {
			t.Errorf("the clients have a configuration of their own, or a former one: %+v", shared)
		}
		former = shared
		for _, name := range []string{"alice", "bob"} {
			a := connector.Configured(c, "mini."+name)
			if a.ID != "mini."+name || a.Segment() != "mini."+name || a.MaxPacketAmount != text {
				t.Errorf("%s is configured as %s with the segment %s and %s", name, a.ID, a.Segment(), a.MaxPacketAmount)
			}
		}
		for to, from := range map[string]*btppeer.Peer{"alice": bob, "bob": alice} {
			if reply := payFrom(t, from, nil, "test.us.mini."+to, most+1); reply.Code() != ilp.F08 {
				t.Errorf("a large packet to %s gets %s", to, reply.Code())
			}
		}
	}
}
