//go:build linux

package load

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// fake is a connector for the load to talk to: what the first client to connect sends is forwarded to the
// second, and back. Its hook may change, drop and double what it forwards.
type fake struct {
	listener net.Listener
	hook     func(p *btp.Packet, packet []byte) (packets [][]byte)

	mu      sync.Mutex
	conns   []net.Conn
	serving sync.WaitGroup
}

const fakeToken = "open sesame"

func startFake(t *testing.T, hook func(p *btp.Packet, packet []byte) [][]byte) *fake {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{listener: listener, hook: hook}
	f.serving.Go(f.accept)
	t.Cleanup(func() {
		listener.Close()
		f.mu.Lock()
		for _, c := range f.conns {
			c.Close()
		}
		f.mu.Unlock()
		f.serving.Wait()
	})
	return f
}

func (f *fake) endpoint() Endpoint {
	return Endpoint{URL: fmt.Sprintf("ws://%s", f.listener.Addr()), Token: fakeToken}
}

func (f *fake) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_, in, err := websocket.Accept(ctx, conn, websocket.AcceptOptions{})
		cancel()
		if err != nil {
			conn.Close()
			continue
		}
		f.mu.Lock()
		i := len(f.conns)
		f.conns = append(f.conns, conn)
		f.mu.Unlock()
		f.serving.Go(func() { f.serve(conn, i, in) })
	}
}

// serve authenticates a client and forwards what it sends.
func (f *fake) serve(conn net.Conn, i int, in []byte) {
	buf := make([]byte, 64<<10)
	authenticated := false
	for {
		frame, n, err := websocket.Cut(in, websocket.Server, payloadMax)
		if err != nil {
			return
		}
		if n == 0 {
			if n, err = conn.Read(buf); err != nil {
				return
			}
			in = append(in, buf[:n]...)
			continue
		}
		in = in[n:]
		p, err := btp.Parse(frame.Payload)
		switch {
		case err != nil:
			return
		case !authenticated:
			if token, _ := p.First("auth_token"); string(token.Data) != fakeToken {
				return
			}
			authenticated = true
			f.write(i, btp.AppendResponse(nil, p.RequestID))
		default:
			entry, _ := p.First(btp.ILP)
			for _, packet := range f.hook(&p, entry.Data) {
				f.write(1-i, btp.AppendILP(nil, p.Type, p.RequestID, packet))
			}
		}
	}
}

func (f *fake) write(i int, message []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i < len(f.conns) {
		f.conns[i].Write(websocket.AppendFrame(nil, websocket.Server, websocket.Binary, message))
	}
}
