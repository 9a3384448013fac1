//go:build !race

package btplink

import "testing"

func TestPacketsDoNotAllocate(t *testing.T) {
	l := newLoad(t)
	l.send(20_000, 64) // grow what must grow
	const packets = 1000
	if allocs := testing.AllocsPerRun(20, func() { l.send(packets, 64) }); allocs > packets/100 {
		t.Errorf("%v allocations for %d packets there and back", allocs, packets)
	} else {
		t.Logf("%v allocations for %d packets there and back", allocs, packets)
	}
}
