package btplink

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/link/websocket"
)

func TestHeartbeatHangsUpOnASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, 20*time.Second)
		began := time.Now()
		_ = far.conn.SetReadDeadline(time.Time{})
		done := make(chan error, 1)
		go func() { done <- s.finish(s.readLoop(s.receive)) }()
		if m, err := far.next(); m.Op != websocket.Ping || err != nil {
			t.Errorf("%+v, %v", m, err)
		}
		if waited := time.Since(began); waited < 10*time.Second || waited > 20*time.Second {
			t.Errorf("pinged after %v", waited)
		}
		if m, err := far.next(); err == nil {
			t.Errorf("then sent %+v", m)
		}
		if waited := time.Since(began); waited < 20*time.Second || waited > 40*time.Second {
			t.Errorf("hung up after %v", waited)
		}
		if err := <-done; err != errSilent {
			t.Errorf("because %v", err)
		}
	})
}

// The peer answers pings a little late, and otherwise says nothing for an hour.
func TestHeartbeatKeepsAPeerThatAnswers(t *testing.T) {
	for _, late := range []time.Duration{0, 1, time.Millisecond, 9 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s, far := pipe(t, 20*time.Second)
			_ = far.conn.SetReadDeadline(time.Time{})
			go s.readLoop(s.receive)
			began, pings := time.Now(), 0
			for ; time.Since(began) < time.Hour; pings++ {
				if m, err := far.next(); m.Op != websocket.Ping || err != nil {
					t.Fatalf("after %v: %+v, %v", time.Since(began), m, err)
				}
				time.Sleep(late)
				far.raw(far.frame(websocket.Pong, nil))
			}
			if pings < 100 || pings > 360 {
				t.Errorf("%d pings in an hour", pings)
			}
			s.close(io.EOF)
			time.Sleep(time.Hour) // nothing is left to happen
		})
	}
}

// A timer may fire late: the machine slept, the collector ran.
func TestHeartbeatHangsUpOnNobodyUnpinged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		s.timer.Stop()
		time.Sleep(24 * time.Hour)
		s.heartbeat(time.Hour)
		s.heartbeat(time.Hour)
		_ = far.conn.SetReadDeadline(time.Time{})
		if m, err := far.next(); m.Op != websocket.Ping || err != nil {
			t.Errorf("%+v, %v", m, err)
		}
		s.close(io.EOF)
	})
}

func TestBusyBufferShrinksWhenThePeerFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, 20*time.Second)
		_ = far.conn.SetReadDeadline(time.Time{})
		go s.readLoop(s.receive)
		burst := bytes.Repeat(far.frame(websocket.Pong, make([]byte, 100)), 10_000)
		far.raw(burst)
		synctest.Wait()
		if len(s.in) != readBytesMax {
			t.Errorf("%d bytes of buffer for a busy peer", len(s.in))
		}
		for range 10 {
			if m, err := far.next(); m.Op != websocket.Ping || err != nil {
				t.Fatalf("%+v, %v", m, err)
			}
			far.raw(far.frame(websocket.Pong, nil))
		}
		synctest.Wait()
		if len(s.in) != readBytesMin {
			t.Errorf("%d bytes of buffer for a silent peer", len(s.in))
		}
		s.close(io.EOF)
	})
}

// Heartbeats fall on ticks that all connections share, so the process wakes once for many of them.
func TestHeartbeatsOfManyComeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const peers, interval = 20, 20 * time.Second
		instants := make(map[int64]bool)
		var far []*peer
		for range peers {
			s, p := pipe(t, interval)
			_ = p.conn.SetReadDeadline(time.Time{})
			go s.readLoop(s.receive)
			t.Cleanup(func() { s.close(io.EOF) })
			far = append(far, p)
			time.Sleep(heartbeatTick / peers)
		}
		for range 3 {
			for _, p := range far {
				if m, err := p.next(); m.Op != websocket.Ping || err != nil {
					t.Fatalf("%+v, %v", m, err)
				}
				instants[time.Now().UnixNano()] = true
			}
			time.Sleep(pongTimeout / 2)
			for _, p := range far {
				p.raw(p.frame(websocket.Pong, nil))
			}
		}
		if len(instants) > 2*3 {
			t.Errorf("%d peers were pinged three times at %d instants", peers, len(instants))
		}
	})
}
