package ccp

import "testing"

func BenchmarkParseRouteUpdate(b *testing.B) {
	u := routesOf(50)
	p := request(b, UpdateDestination, u.AppendData(nil))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRouteUpdate(p, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefuseRouteUpdate is a hostile packet whose fault is its last byte.
func BenchmarkRefuseRouteUpdate(b *testing.B) {
	for name, u := range greedy() {
		b.Run(name, func(b *testing.B) {
			data := u.AppendData(nil)
			p := request(b, UpdateDestination, data[:len(data)-1])
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseRouteUpdate(p, now); err == nil {
					b.Fatal("not refused")
				}
			}
		})
	}
}

func BenchmarkAppendRouteUpdate(b *testing.B) {
	u := routesOf(50)
	out := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		out = u.Append(out[:0], now)
	}
}

func BenchmarkRouteUpdateSize(b *testing.B) {
	u := routesOf(50)
	for b.Loop() {
		if u.Size() == 0 {
			b.Fatal("no size")
		}
	}
}
