package btplink

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// load keeps a number of packets in flight over a link: with every answer that
// comes the next one is sent.
type load struct {
	link   ilp.Handler
	packet ilp.Prepare
	batch  ilp.ReadBatch // of the first ones
	left   atomic.Int64
	flying atomic.Int64
	done   chan struct{}
}

// send sends n packets, so many at a time, and waits for all answers.
func (l *load) send(n, inFlight int) {
	l.left.Store(int64(n - inFlight))
	l.flying.Store(int64(inFlight))
	l.batch.Begin(clock.Reading{Wall: 1, Steady: 1})
	first := l.packet
	first.Batch = &l.batch
	for range inFlight {
		l.link.HandlePrepare(l, first)
	}
	l.batch.End()
	<-l.done
}

// WriteReply sends the next packet in the batch of the answer.
func (l *load) WriteReply(reply ilp.Reply) {
	if !reply.Fulfilled() {
		panic(fmt.Sprintf("%s %s", reply.Code(), reply.Message()))
	}
	if l.left.Add(-1) >= 0 {
		next := l.packet
		next.Batch = reply.Batch
		l.link.HandlePrepare(l, next)
	} else if l.flying.Add(-1) == 0 {
		l.done <- struct{}{}
	}
}

func newLoad(t testing.TB) *load {
	_, dialing := pair(t, batching, nil)
	return &load{
		link: dialing, done: make(chan struct{}, 1),
		packet: ilptest.Prepare("test.x", 5, ilptest.Data(make([]byte, 200))),
	}
}

// BenchmarkRoundTrip is a packet from a client to a server and its answer, both
// in this process.
func BenchmarkRoundTrip(b *testing.B) {
	for _, inFlight := range []int{1, 16, 64, 256, 4096} {
		b.Run(fmt.Sprintf("%d in flight", inFlight), func(b *testing.B) {
			l := newLoad(b)
			l.send(10_000, inFlight)
			b.ReportAllocs()
			b.ResetTimer()
			l.send(max(b.N, inFlight), inFlight)
		})
	}
}
