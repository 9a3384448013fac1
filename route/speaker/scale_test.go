package speaker

import (
	"fmt"
	"testing"
	"time"

	"github.com/ilp-go/connector/route"
)

// TestLargeTableIsToldInASecond is of two of ours: without the feature it would take a
// minute.
func TestLargeTableIsToldInASecond(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		a, b := net.add("a"), net.add("b")
		const n = 20_000
		a.introduce("far", route.PeerRelation, route.Policy{}, new(wire))
		for i := range n {
			a.static.Configured = append(a.static.Configured, route.ConfiguredRoute{Prefix: fmt.Sprintf("test.net%d", i), Account: "far"})
		}
		a.settle()
		net.join("a", "b")
		net.pass(time.Second)
		if got := len(b.prefixes()); got != n+1 {
			t.Errorf("%d prefixes", got)
		}
		net.pass(toldAge)
		if s := a.status("b"); s.Advertised != n+1 {
			t.Errorf("%+v", s)
		}
		if s := b.status("a"); s.Received != n+1 || s.Accepted != n+1 {
			t.Errorf("%+v", s)
		}
	})
}
