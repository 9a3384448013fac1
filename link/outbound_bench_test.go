package link_test

import (
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// BenchmarkOutbound writes messages of 300 bytes to a socket, in batches as large as a
// read brings: what coalescing them is worth.
func BenchmarkOutbound(b *testing.B) {
	message := make([]byte, 300)
	for _, size := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("messages=%d", size), func(b *testing.B) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = listener.Close() }()
			read := make(chan error, 1)
			go func() {
				conn, err := listener.Accept()
				if err == nil {
					_, err = io.Copy(io.Discard, conn)
					_ = conn.Close()
				}
				read <- err
			}()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			o := link.NewOutbound(conn, func(error) {})
			var batch ilp.ReadBatch
			batch.Begin(clock.Now())
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				buf, ok := o.Begin(true)
				if !ok {
					b.Fatal("the connection is gone")
				}
				o.End(append(buf, message...), &batch)
				if i%size == size-1 {
					batch.End()
					batch.Begin(clock.Now())
				}
			}
			batch.End()
			o.Close()
			_ = conn.Close()
			<-read
		})
	}
}
