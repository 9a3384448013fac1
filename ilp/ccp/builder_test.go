package ccp

import (
	"fmt"
	"strings"
	"testing"
)

// TestBuilderFillsAPacket adds entries until there is no room, of several sizes: what
// comes out must fit, and no further entry may.
func TestBuilderFillsAPacket(t *testing.T) {
	for _, length := range []int{1, 40, 300, 1000} {
		prefix := func(i int) string { return fmt.Sprintf("g.%05d%s", i, strings.Repeat("x", length)) }
		b := NewUpdateBuilder(RouteUpdate{Speaker: "g.a", NewRoutes: []Route{{Prefix: "g.old"}}, WithdrawnRoutes: []string{"g.old"}})
		if !b.Empty() {
			t.Fatal("there are entries before the first")
		}
		r := Route{Path: []string{"g.a", "g.b"}}
		var routes, withdrawn int
		for r.Prefix = prefix(0); routes < 20 && b.Announce(r); r.Prefix = prefix(routes) {
			routes++
		}
		for b.Withdraw(prefix(withdrawn)) {
			withdrawn++
		}
		if routes != 20 || len(b.NewRoutes) != routes || len(b.WithdrawnRoutes) != withdrawn || b.Empty() {
			t.Errorf("length %d: %d routes, %d withdrawals; %d and %d were taken", length, len(b.NewRoutes), len(b.WithdrawnRoutes), routes, withdrawn)
		}
		data := b.AppendData(nil)
		room := DataBytesMax - len(data)
		if room < 0 || withdrawn < WithdrawnMax && room > length+20 {
			t.Errorf("length %d: %d routes and %d withdrawals leave %d bytes", length, routes, withdrawn, room)
		}
		if got, err := parseUpdate(t, data); err != nil || !equalUpdate(&got, &b.RouteUpdate) {
			t.Errorf("length %d: %v", length, err)
		}
	}
}

func TestBuilderRefusesWhatNoPacketCarries(t *testing.T) {
	b := NewUpdateBuilder(RouteUpdate{Speaker: "g.a"})
	long := "g." + strings.Repeat("x", 1000)
	r := Route{Prefix: "g.b"}
	for range 40 {
		r.Path = append(r.Path, long)
	}
	if b.Announce(r) || !b.Empty() {
		t.Error("a path of 40,000 bytes fits")
	}
	if !b.Withdraw("g.b") || b.Empty() {
		t.Error("its prefix does not")
	}
}
