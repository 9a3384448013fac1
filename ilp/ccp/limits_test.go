package ccp

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/ilp-go/connector/ilp"
)

// TestAbsurdCountsAreRefusedAtOnce claims as many entries as six bytes can say,
// in each place where a count is, before data that would hold many: none of them
// may be looked at, nothing allocated.
func TestAbsurdCountsAreRefusedAtOnce(t *testing.T) {
	absurd := append([]byte{6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, make([]byte, 30000)...)
	control := RouteControl{}
	update := RouteUpdate{Speaker: "g.a"}
	speaker := update.AppendData(nil)[:update.Size()-2*countBytesMin]
	route := append(slices.Clip(speaker), 1, 1, 1, 'g')
	for name, c := range map[string]struct {
		destination string
		before      []byte
	}{
		"features":  {ControlDestination, control.AppendData(nil)[:21]},
		"routes":    {UpdateDestination, speaker},
		"path":      {UpdateDestination, route},
		"props":     {UpdateDestination, append(append(slices.Clip(route), 1, 0), make([]byte, authBytes)...)},
		"withdrawn": {UpdateDestination, append(slices.Clip(speaker), 1, 0)},
	} {
		p := request(t, c.destination, slices.Concat(c.before, absurd))
		if n := testing.AllocsPerRun(100, func() {
			var err error
			if c.destination == ControlDestination {
				_, err = ParseRouteControl(p, now)
			} else {
				_, err = ParseRouteUpdate(p, now)
			}
			if !errors.Is(err, ErrCount) {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// greedy are updates, as large as a packet may be, of what takes the most memory
// for a byte of the wire.
func greedy() map[string]RouteUpdate {
	address := func(i int) string { return "g." + strconv.FormatInt(int64(i), 36) }
	empty := RouteUpdate{Speaker: "g.a"}
	all := make(map[string]RouteUpdate)

	u := empty
	for r := (Route{Prefix: "g"}); u.Size()+r.size() < DataBytesMax; {
		u.NewRoutes = append(u.NewRoutes, r)
	}
	all["routes"] = u

	u = empty
	for i := 0; u.Size() < DataBytesMax-PathLenMax*6-routeBytesMin; {
		r := Route{Prefix: "gg"}
		for len(r.Path) < PathLenMax {
			r.Path = append(r.Path, address(i))
			i++
		}
		u.NewRoutes = append(u.NewRoutes, r)
	}
	all["different hops"] = u

	u = empty
	for r := (Route{Prefix: "gg", Props: slices.Repeat([]Prop{{Value: []byte{1}}}, PropsMax)}); u.Size()+r.size() < DataBytesMax; {
		u.NewRoutes = append(u.NewRoutes, r)
	}
	all["props"] = u

	u = empty
	for len(u.WithdrawnRoutes) < WithdrawnMax {
		u.WithdrawnRoutes = append(u.WithdrawnRoutes, address(len(u.WithdrawnRoutes)))
	}
	all["withdrawals"] = u
	return all
}

// bytesAllocatedMax is how much memory data of n bytes may make us allocate: far
// less than a megabyte for the largest packet.
func bytesAllocatedMax(n int) uint64 { return uint64(64<<10 + 16*n) }

// TestMemoryIsBounded holds that packets which are refused make us allocate
// nothing at all, even if their fault is the last byte.
func TestMemoryIsBounded(t *testing.T) {
	if bytesAllocatedMax(DataBytesMax) > 1<<20 {
		t.Fatal("the bound is too high")
	}
	for name, u := range greedy() {
		data := u.AppendData(nil)
		if len(data) < DataBytesMax/2 || len(data) > DataBytesMax {
			t.Fatalf("%s: %d bytes are no hard case", name, len(data))
		}
		p := request(t, UpdateDestination, data)
		n := bytesAllocated(func() {
			if got, err := ParseRouteUpdate(p, now); err != nil || !equalUpdate(&got, &u) {
				t.Errorf("%s: %v", name, err)
			}
		})
		t.Logf("%s: %d bytes of data, %d allocated", name, len(data), n)
		if n > bytesAllocatedMax(len(data)) {
			t.Errorf("%s: %d bytes allocated for %d", name, n, len(data))
		}
		short := request(t, UpdateDestination, data[:len(data)-1])
		if n := testing.AllocsPerRun(10, func() {
			if _, err := ParseRouteUpdate(short, now); !errors.Is(err, ilp.ErrShort) {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s, refused: %v allocations", name, n)
		}
	}
}
