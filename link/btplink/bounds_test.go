package btplink

import (
	"errors"
	"os"
	"testing"

	"github.com/ilp-go/connector/link/websocket"
)

// wantClosed reads until the link has closed the connection.
func (p *peer) wantClosed() {
	p.t.Helper()
	for {
		if _, err := p.next(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				p.t.Error("the connection stays open")
			}
			_ = p.conn.Close()
			return
		}
	}
}

// TestReplacedConnectionsAreBounded connects again and again: the oldest is closed at once,
// and not only when nothing has come over it for long.
func TestReplacedConnectionsAreBounded(t *testing.T) {
	_, url := listen(t, nil)
	var peers []*peer
	for i := range replacedMax + 2 {
		peers = append(peers, join(t, url, uint32(i)))
	}
	peers[0].wantClosed()
	for _, p := range peers[1:] {
		p.ping() // is still answered
	}
}

// TestPingsOfAStrangerAreBounded sends pings before the peer is authenticated. Once it is,
// there is no bound.
func TestPingsOfAStrangerAreBounded(t *testing.T) {
	_, url := listen(t, nil)
	stranger := dialPeer(t, url)
	for range authPingsMax {
		stranger.ping()
	}
	stranger.raw(stranger.frame(websocket.Ping, nil))
	stranger.wantClosed()
	known := join(t, url, 1)
	for range 10 * authPingsMax {
		known.ping()
	}
}
