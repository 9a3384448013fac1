package speaker

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// An operator knows that the neighbor has mended its table, and does not wait five minutes.
func TestResumedNeighborIsAskedForItsRoutesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		bad := net.fake(us, "bad", route.Policy{PrefixesMax: 10})
		flood := func() {
			bad.epoch = 0
			for i := range 11 {
				bad.says(fmt.Sprintf("+test.bad%d", i))
			}
			if s := us.status("bad"); s.State != Suspended {
				t.Fatalf("%+v", s)
			}
		}
		for range 2 { // which may be a mistake
			flood()
			if r, err := us.Resume("bad"); err != nil || r != (Resumed{Suspended: true}) {
				t.Errorf("resumed %+v, %v", r, err)
			}
			net.pass(time.Second)
			if s := us.status("bad"); s.State == Suspended || s.LastError != "" {
				t.Errorf("resumed: %+v", s)
			}
			if last := bad.controls[len(bad.controls)-1]; last.Mode != ccp.Sync {
				t.Errorf("it was told %v", bad.controls)
			}
		}
		bad.epoch = 0
		bad.says("+test.bad")
		if got := us.prefixes(); !slices.Equal(got, []string{"bad"}) {
			t.Errorf("learned %v", got)
		}
		if r, err := us.Resume("bad"); err != nil || r != (Resumed{}) {
			t.Errorf("with nothing to resume: %+v, %v", r, err)
		}
	})
}

// A neighbor that is away while it is suspended is not when it comes back.
func TestResumedNeighborMayBeAway(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		bad := net.fake(us, "bad", route.Policy{PrefixesMax: 1})
		bad.says("+test.a", "+test.b")
		us.Connected("bad", false)
		if r, err := us.Resume("bad"); err != nil || !r.Suspended {
			t.Errorf("resumed %+v, %v", r, err)
		}
		net.pass(time.Second)
		if s := us.status("bad"); s.State != Idle {
			t.Errorf("away: %+v", s)
		}
		us.Connected("bad", true)
		net.pass(time.Second)
		bad.epoch = 0
		bad.says("+test.a")
		if got := us.prefixes(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("learned %v", got)
		}
	})
}

func TestResumedRoutesAreUsedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		bad := net.fake(us, "bad", route.Policy{})
		for range 10 {
			bad.says("+test.bad")
			bad.says("-test.bad")
		}
		bad.says("+test.bad", "+test.calm")
		if s := us.status("bad"); s.Damped != 1 || s.Accepted != 1 {
			t.Fatalf("%+v", s)
		}
		if r, err := us.Resume("bad"); err != nil || r != (Resumed{Damped: 1}) {
			t.Errorf("resumed %+v, %v", r, err)
		}
		net.pass(time.Millisecond)
		if s := us.status("bad"); s.Damped != 0 || s.Accepted != 2 {
			t.Errorf("resumed: %+v", s)
		}
	})
}

func TestOnlyNeighborsAreResumed(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		us.Add(Neighbor{Account: "listener", Send: true, Link: nil})
		for _, account := range []string{"nobody", "listener"} {
			if _, err := us.Resume(account); !errors.Is(err, ErrNoNeighbor) {
				t.Errorf("%s: %v", account, err)
			}
		}
	})
}
