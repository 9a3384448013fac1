package link

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// connections are those that Outbound treats differently: a socket that it writes
// to by itself, and TLS.
var connections = []struct {
	name string
	pair func(t *testing.T) (near, far net.Conn)
}{{"TCP", tcpPair}, {"TLS", tlsPair}}

// unbroken is for a connection that must not break.
func unbroken(t *testing.T) func(error) {
	return func(err error) { t.Errorf("broken: %v", err) }
}

// add appends b, and reports whether there was room.
func add(o *Outbound, b []byte, must bool, batch *ilp.ReadBatch) bool {
	buf, ok := o.Begin(must)
	if ok {
		o.End(append(buf, b...), batch)
	}
	return ok
}

// within fails the test if f takes as long as something that blocks.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal(what, "blocks")
	}
}

func TestEverythingArrivesOnceInOrder(t *testing.T) {
	const writers, each, size = 4, 2000, 100
	for _, c := range connections {
		t.Run(c.name, func(t *testing.T) {
			near, far := c.pair(t)
			o := NewOutbound(near, unbroken(t))
			stalled := make(chan struct{}) // until half of it was appended
			var half, writing sync.WaitGroup
			half.Add(writers)
			for n := range writers {
				writing.Go(func() {
					var batch ilp.ReadBatch
					b := make([]byte, size)
					for i := range each {
						if i == each/2 {
							half.Done()
						}
						b[0] = byte(n)
						binary.BigEndian.PutUint32(b[1:], uint32(i))
						switch { // half of the writers write in batches
						case n%2 == 0 && !add(o, b, false, nil), n%2 == 1 && !add(o, b, false, &batch):
							t.Error("refused")
						}
						if i%7 == 0 {
							batch.End()
							batch.Begin(clock.Now())
						}
					}
					batch.End()
				})
			}
			go func() {
				half.Wait()
				close(stalled)
			}()
			<-stalled
			var next [writers]uint32
			b := make([]byte, size)
			for i := range writers * each {
				if _, err := io.ReadFull(far, b); err != nil {
					t.Fatal(err)
				}
				if n, got := b[0], binary.BigEndian.Uint32(b[1:]); got != next[n] {
					t.Fatalf("message %d: writer %d has sent %d, want %d", i, n, got, next[n])
				}
				next[b[0]]++
			}
			writing.Wait()
			o.Close()
		})
	}
}

func TestNothingBlocksAndMemoryIsBoundedWhileThePeerDoesNotRead(t *testing.T) {
	for _, c := range connections {
		t.Run(c.name, func(t *testing.T) {
			near, _ := c.pair(t)
			broken := make(chan error, 2)
			o := NewOutbound(near, func(err error) {
				_ = near.Close() // ends the goroutine that writes
				broken <- err
			})
			b := make([]byte, 1<<10)
			fill := func(must bool) (total int) {
				within(t, "sending", func() {
					for add(o, b, must, nil) {
						total += len(b)
						o.Flush()
					}
				})
				return total
			}
			if n := fill(false); n < OutboundBytesMax || n > OutboundBytesMax+1<<20 {
				t.Errorf("took %d bytes of what may be refused", n)
			}
			if len(broken) > 0 {
				t.Fatal("broken by what may be refused")
			}
			if n := fill(true); n < outboundReserve-1<<20 || n > outboundReserve+1<<20 {
				t.Errorf("took %d bytes more of what may not be lost", n)
			}
			if err := <-broken; !errors.Is(err, ErrSlow) {
				t.Errorf("broken by %v", err)
			}
			if add(o, b, true, nil) || add(o, b, false, nil) {
				t.Error("took bytes after it broke")
			}
			o.Close()
		})
	}
}

func TestBrokenIsToldOnce(t *testing.T) {
	for _, c := range connections {
		t.Run(c.name, func(t *testing.T) {
			near, far := c.pair(t)
			var told atomic.Int32
			broken := make(chan error, 10)
			o := NewOutbound(near, func(err error) {
				told.Add(1)
				broken <- err
			})
			_ = far.Close()
			for range 1000 {
				add(o, make([]byte, 1<<10), true, nil)
			}
			if err := <-broken; err == nil {
				t.Error("no reason given")
			}
			for add(o, []byte("more"), true, nil) {
			}
			o.Flush()
			o.Close()
			if told.Load() != 1 {
				t.Errorf("told %d times", told.Load())
			}
		})
	}
}

func TestClosedByUsIsNotBroken(t *testing.T) {
	near, _ := tcpPair(t)
	o := NewOutbound(near, unbroken(t))
	for range 100 { // more than the socket takes: a goroutine writes
		add(o, make([]byte, 64<<10), false, nil)
	}
	o.Close()
	_ = near.Close()
	if add(o, []byte("more"), true, nil) {
		t.Error("took bytes after Close")
	}
}

// The peer takes some bytes now and then, never all of them.
func TestPeerThatReadsSlowlyIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		o := NewOutbound(near, func(err error) {
			t.Errorf("broken: %v", err)
			_ = near.Close()
		})
		add(o, make([]byte, 2<<20), false, nil)
		b := make([]byte, 32<<10)
		for left := 2 << 20; left > 0 && !t.Failed(); left -= len(b) {
			time.Sleep(writeTimeout / 3)
			_, _ = io.ReadFull(far, b)
		}
		o.Close()
		_, _ = near.Close(), far.Close()
	})
}

func TestPeerThatStopsReadingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		broken := make(chan error, 1)
		began := time.Now()
		o := NewOutbound(near, func(err error) { broken <- err })
		add(o, make([]byte, 1<<20), false, nil)
		if err := <-broken; err == nil || time.Since(began) != writeTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		_, _ = near.Close(), far.Close()
		_ = o
	})
}

// What waits when Finish is called arrives, and then the end of the stream.
func TestFinishEndsBehindWhatWaits(t *testing.T) {
	for _, c := range connections {
		t.Run(c.name, func(t *testing.T) {
			near, far := c.pair(t)
			o := NewOutbound(near, unbroken(t))
			const size = 1 << 20 // more than the socket takes
			add(o, make([]byte, size), true, nil)
			within(t, "Finish", o.Finish)
			if add(o, []byte("more"), true, nil) {
				t.Error("took bytes after Finish")
			}
			if b, err := io.ReadAll(far); len(b) != size || err != nil {
				t.Errorf("%d of %d bytes arrived, %v", len(b), size, err)
			}
			o.Close()
		})
	}
}

func TestFinishOfNothingEndsAtOnce(t *testing.T) {
	for _, c := range connections {
		t.Run(c.name, func(t *testing.T) {
			near, far := c.pair(t)
			o := NewOutbound(near, unbroken(t))
			o.Finish()
			if b, err := io.ReadAll(far); len(b) != 0 || err != nil {
				t.Errorf("%d bytes arrived, %v", len(b), err)
			}
		})
	}
}

// discard reads all that comes until the connection ends.
func discard(t *testing.T, conn net.Conn) {
	var reading sync.WaitGroup
	reading.Go(func() {
		b := make([]byte, 64<<10)
		for {
			if _, err := conn.Read(b); err != nil {
				return
			}
		}
	})
	t.Cleanup(func() {
		_ = conn.Close()
		reading.Wait()
	})
}

func TestLargeBuffersAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		discard(t, far)
		o := NewOutbound(near, unbroken(t))
		send := func(size, times int) {
			for range times {
				add(o, make([]byte, size), false, nil)
				synctest.Wait() // until it is written
			}
		}
		send(1<<20, 2) // both buffers
		send(5, 3*quietFlushes)
		if kept := cap(o.buf) + cap(o.spare); kept > 2*outboundKept {
			t.Errorf("%d bytes are kept", kept)
		}
		o.Close()
		_ = near.Close()
	})
}

// Batches differ in size: that must not cost an allocation either.
func TestSendingDoesNotAllocate(t *testing.T) {
	near, far := connect(t, "tcp", "127.0.0.1:0")
	discard(t, far)
	o := NewOutbound(near, unbroken(t))
	defer o.Close()
	var batch ilp.ReadBatch
	b := make([]byte, 300)
	n := 0
	send := func() {
		batch.Begin(clock.Now())
		for range 1 << (n % 7) {
			add(o, b, true, &batch)
		}
		n++
		batch.End()
	}
	for range 100 {
		send()
	}
	if allocs := testing.AllocsPerRun(200, send); allocs != 0 {
		t.Errorf("%v allocations per batch", allocs)
	}
}
