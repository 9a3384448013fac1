package speaker

import (
	"fmt"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/route"
)

// TestLargeTableIsAdvertisedInASecond between two of our speakers. Without the bulk feature
// it would take a minute.
func TestLargeTableIsAdvertisedInASecond(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		a, b := net.add("a"), net.add("b")
		const n = 20_000
		a.introduce("far", account.Peer, route.Policy{}, new(wire))
		for i := range n {
			a.static.Configured = append(a.static.Configured, route.ConfiguredRoute{Prefix: fmt.Sprintf("test.net%d", i), Account: "far"})
		}
		a.setStatic()
		net.join("a", "b")
		net.pass(time.Second)
		if got := len(b.prefixes()); got != n+1 {
			t.Errorf("%d prefixes", got)
		}
		net.pass(countAge)
		if s := a.status("b"); s.Advertised != n+1 {
			t.Errorf("%+v", s)
		}
		if s := b.status("a"); s.Received != n+1 || s.Accepted != n+1 {
			t.Errorf("%+v", s)
		}
	})
}
