package engine

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// BenchmarkWheel puts a packet into the wheel and takes it out, as for each packet that
// is answered in time, among 1,000 that wait.
func BenchmarkWheel(b *testing.B) {
	e := New(Options{})
	port := e.Attach(account.New("alice", account.Settings{}), nil, nil, nil)
	now := time.Now()
	packet := func(i int) *Packet {
		p := newPacket(port, ilp.ReplyFunc(func(ilp.Reply) {}), ilp.Prepare{})
		p.expiry = now.Add(time.Duration(i%30_000) * time.Millisecond).UnixMilli()
		return p
	}
	for i := range 1000 {
		e.expiry.add(packet(i))
	}
	p := packet(7)
	for b.Loop() {
		e.expiry.add(p)
		e.expiry.remove(p)
	}
}
