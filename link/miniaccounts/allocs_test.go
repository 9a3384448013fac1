//go:build !race

package miniaccounts

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// A packet passes a listener with many clients without an allocation, however long its
// destination is.
func TestPassingAllocatesNothing(t *testing.T) {
	s := New(Options{})
	s.SetAddress("test.us.clients")
	s.handler = ilp.HandlerFunc(func(ilp.ReplyWriter, ilp.Prepare) {})
	to := ilptest.Prepare("test.us.clients.alice."+strings.Repeat("x", 200), 5)
	from := &shared{s, "alice"}
	allocs := testing.AllocsPerRun(100, func() {
		if name, ok := s.nameIn(to.Destination()); !ok || string(name) != "alice" {
			t.Fatalf("it is for %s", name)
		}
		from.HandlePrepare(nil, to)
	})
	if allocs > 0 {
		t.Errorf("%v allocations for each packet", allocs)
	}
}
