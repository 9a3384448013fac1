package settle

import "testing"

// The data path calls Consider after each Fulfill, so it must be cheap when nothing is due.
func TestConsiderAllocatesNothing(t *testing.T) {
	l := startPayer(newDisk(), newBank(), plan{threshold: -100, idle: true})
	defer l.end()
	l.owe(50)
	if n := testing.AllocsPerRun(100, func() { l.payer.Consider(l.account) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkConsider(b *testing.B) {
	l := startPayer(newDisk(), newBank(), plan{threshold: -100, idle: true})
	defer l.end()
	for b.Loop() {
		l.payer.Consider(l.account)
	}
}
