//go:build !race

package connector_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/link/websocket"
)

// A process may have 10,000 connected clients. A read buffer for each, or a stack that has grown at
// its login, would make them much larger. The heap also holds our half of the test.
func TestIdleClientsAllocateLittle(t *testing.T) {
	const clients, heapMax, stackMax = 400, 6100, 2600
	yaml, url := kids(t, "")
	c, _ := start(t, yaml)
	awaitReady(t, c)
	measure := func(first, n int) (heap, stack int64) {
		for i := range n {
			joinAndRest(t, url, fmt.Sprint("c", first+i), fmt.Sprint("c", first+i))
		}
		return memoryInUse()
	}
	const before = 50 // make what all of them share
	heap, stack := measure(0, before)
	moreHeap, moreStack := measure(before, clients)
	heap, stack = (moreHeap-heap)/clients, (moreStack-stack)/clients
	t.Logf("a client has %d bytes of heap and %d of stack", heap, stack)
	if heap > heapMax || stack > stackMax {
		t.Errorf("more than %d bytes of heap or %d of stack", heapMax, stackMax)
	}
}

// memoryInUse returns how many bytes of heap and of stacks are in use.
func memoryInUse() (heap, stack int64) {
	runtime.GC()
	runtime.GC() // frees what the first has left in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse)
}

// joinAndRest connects a client, which then has nothing but a socket.
func joinAndRest(t *testing.T, url, name, token string) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url, websocket.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	frame := websocket.AppendFrame(nil, websocket.Client, websocket.Binary, btppeer.Auth(1, name, token))
	if _, err := conn.Write(frame); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 100)
	if n, err := conn.Read(answer); err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
}
