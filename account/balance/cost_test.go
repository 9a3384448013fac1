package balance_test

import (
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

func TestNothingAllocates(t *testing.T) {
	b := balance.New(limitsOf("-1000", "1000"))
	one, ten := balance.FromInt64(1), balance.FromInt64(10)
	minusOne, far := balance.FromInt64(-1), balance.FromInt64(5000)
	text := make([]byte, 0, 64)
	var state balance.State

	tests := []struct {
		name string
		op   func()
	}{
		{"hold and post, then edited back", func() { b.Hold(1); b.Post(1); b.Adjust(minusOne) }},
		{"hold and void", func() { b.Hold(1); b.Void(1) }},
		{"hold refused", func() { b.Hold(5000) }},
		{"reserve and owe, then edited back", func() { b.Reserve(1); b.Owe(1); b.Adjust(one) }},
		{"reserve and free", func() { b.Reserve(1); b.Free(1) }},
		{"reserve refused", func() { b.Reserve(5000) }},
		{"settle, settled, credit", func() { due, _ := b.Settle(ten, ten); b.Settled(due); b.Credit(due) }},
		{"settle and unsettled", func() { due, _ := b.Settle(ten, ten); b.Unsettled(due) }},
		{"edit refused by the maximum", func() { b.Adjust(far) }},
		{"set limits", func() { b.SetLimits(b.Snapshot().Limits) }},
		{"snapshot", func() { state = b.Snapshot(); _, _ = state.Highest(), state.Lowest() }},
		{"append text", func() { text, _ = far.AppendText(text[:0]); text, _ = state.Maximum.AppendText(text) }},
	}
	for _, test := range tests {
		if n := testing.AllocsPerRun(100, test.op); n != 0 {
			t.Errorf("%s allocates %v times", test.name, n)
		}
	}
	want(t, b, 0, 0, 0, 0)
}

func BenchmarkHoldPost(b *testing.B) {
	account := balance.New(limitsOf("-Infinity", "Infinity"))
	b.ReportAllocs()
	for b.Loop() {
		account.Hold(1)
		account.Post(1)
	}
}

func BenchmarkReserveOwe(b *testing.B) {
	account := balance.New(limitsOf("-Infinity", "Infinity"))
	b.ReportAllocs()
	for b.Loop() {
		account.Reserve(1)
		account.Owe(1)
	}
}

func BenchmarkHoldPostContended(b *testing.B) {
	account := balance.New(limitsOf("-Infinity", "Infinity"))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			account.Hold(1)
			account.Post(1)
		}
	})
}

func BenchmarkSettleNotDue(b *testing.B) {
	account := balance.New(limitsOf("-100", "100"))
	threshold, settleTo := balance.FromInt64(-50), balance.Amount{}
	for b.Loop() {
		account.Settle(threshold, settleTo)
	}
}

func BenchmarkSnapshot(b *testing.B) {
	account := balance.New(limitsOf("-100", "100"))
	for b.Loop() {
		account.Snapshot()
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		balance.Parse("-18446744073709551616")
	}
}

func BenchmarkAppendText(b *testing.B) {
	a := amountOf("-18446744073709551616")
	text := make([]byte, 0, 64)
	for b.Loop() {
		text, _ = a.AppendText(text[:0])
	}
}
