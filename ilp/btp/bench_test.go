package btp

import "testing"

func BenchmarkParse(b *testing.B) {
	frame := AppendILP(nil, TypeMessage, 1, make([]byte, 300))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndLast(b *testing.B) {
	frame := AppendILP(nil, TypeMessage, 1, make([]byte, 300))
	b.ReportAllocs()
	for b.Loop() {
		p, err := Parse(frame)
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := p.Last(ILP); !ok {
			b.Fatal("no packet")
		}
	}
}

func BenchmarkAppendILP(b *testing.B) {
	packet := make([]byte, 300)
	out := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		out = AppendILP(out[:0], TypeMessage, 1, packet)
	}
}
