package settle

import "testing"

// Packets ask after each Fulfill, so it must cost next to nothing when nothing is due.
func TestConsiderAllocatesNothing(t *testing.T) {
	l := live(newDisk(), newBank(), plan{threshold: -100, idle: true})
	defer l.end()
	l.owe(50)
	if n := testing.AllocsPerRun(100, func() { l.payer.Consider(l.account) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkConsider(b *testing.B) {
	l := live(newDisk(), newBank(), plan{threshold: -100, idle: true})
	defer l.end()
	for b.Loop() {
		l.payer.Consider(l.account)
	}
}
