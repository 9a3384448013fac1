package ccp

import (
	"bytes"
	"testing"
)

// FuzzParseRouteControl holds that what parses and is written in the fewest bytes
// is exactly what its fields are written as.
func FuzzParseRouteControl(f *testing.F) {
	r := plainControl()
	f.Add(r.AppendData(nil))
	f.Add(append(r.AppendData(nil), 0))
	f.Add(append(r.AppendData(nil)[:21], 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseControl(t, data)
		if err != nil {
			return
		}
		back := got.AppendData(nil)
		if again, err := parseControl(t, back); err != nil || !equalControl(&again, &got) || len(back) > len(data) {
			t.Fatalf("parsed %x, wrote back %x: %v", data, back, err)
		}
		if data[21] == 1 && !bytes.HasPrefix(data, back) { // the count has no leading zeros
			t.Fatalf("parsed %x, wrote back %x", data, back)
		}
	})
}

// FuzzParseRouteUpdate holds that what parses and is written in the fewest bytes
// is exactly what its fields are written as, but for flags of props, and that
// memory is bounded.
func FuzzParseRouteUpdate(f *testing.F) {
	u := plainUpdate()
	f.Add(u.AppendData(nil))
	f.Add(append(u.AppendData(nil), 0))
	u = routesOf(3)
	f.Add(u.AppendData(nil))
	u = RouteUpdate{Speaker: "g.a"}
	f.Add(append(u.AppendData(nil)[:u.Size()-4], 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := request(t, UpdateDestination, data)
		var got RouteUpdate
		var err error
		n := bytesAllocated(func() { got, err = ParseRouteUpdate(p, now) })
		if n > bytesAllocatedMax(len(data)) {
			t.Fatalf("%d bytes allocated for %d", n, len(data))
		}
		if err != nil {
			return
		}
		back := got.AppendData(nil)
		if len(back) != got.Size() {
			t.Fatalf("%d bytes, Size says %d", len(back), got.Size())
		}
		if again, err := parseUpdate(t, back); err != nil || !equalUpdate(&again, &got) {
			t.Fatalf("parsed %x, wrote back %x: %v", data, back, err)
		}
		c := cursor{rest: data}
		head := c.updateHead()
		c.keepUpdate(&head)
		checkCanonical(t, &got, data[:len(data)-len(c.rest)], back)
	})
}

// checkCanonical compares what was read with what is written: never more bytes,
// and if as many, the same but for one byte of flags per prop.
func checkCanonical(t *testing.T, u *RouteUpdate, read, written []byte) {
	t.Helper()
	if len(written) > len(read) {
		t.Fatalf("parsed %x, wrote back %x", read, written)
	}
	if len(written) < len(read) {
		return
	}
	var props, different int
	for _, route := range u.NewRoutes {
		props += len(route.Props)
	}
	for i := range read {
		if read[i] != written[i] {
			different++
		}
	}
	if different > props {
		t.Fatalf("parsed %x, wrote back %x", read, written)
	}
}
