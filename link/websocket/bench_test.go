package websocket

import (
	"fmt"
	"testing"
)

// BenchmarkCut cuts and unmasks one frame, as a server does.
func BenchmarkCut(b *testing.B) {
	for _, size := range []int{30, 300, 32 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			buf := AppendFrame(nil, Client, Binary, make([]byte, size))
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, n, err := Cut(buf, Server, size); n != len(buf) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	key := [4]byte{1, 2, 3, 4}
	for _, size := range []int{7, 30, 300, 301, 32 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			buf := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				Mask(buf, key, 0)
			}
		})
	}
}

// BenchmarkAppendHeader is the cost of a frame but for its payload; a client's
// includes its random key.
func BenchmarkAppendHeader(b *testing.B) {
	for side, name := range map[Side]string{Server: "server", Client: "client"} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 64)
			for b.Loop() {
				AppendHeader(buf, side, Binary, 300)
			}
		})
	}
}
