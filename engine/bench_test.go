package engine_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// BenchmarkForward is the engine's and the middlewares' part of a packet and its
// answer, in both directions, without any link.
func BenchmarkForward(b *testing.B) {
	n := enginetest.New()
	n.Add(b, "alice", ilptest.NewLink())
	fulfill := ilptest.Fulfill(make([]byte, 100)...)
	n.Add(b, "bob", instantly(fulfill))
	up := ilp.ReplyFunc(func(ilp.Reply) {})
	prepare := ilptest.Prepare("test.us.bob.receiver", 1, ilptest.Data(make([]byte, 200)))
	expiry := time.Now().Add(time.Minute).UnixMilli()
	var number uint64
	for b.Loop() {
		number++
		prepare.SetAmount(1000)
		prepare.SetExpiry(expiry)
		binary.BigEndian.PutUint64(prepare.Data(), number) // or it would be a duplicate
		n.Ports["alice"].HandlePrepare(up, prepare)
	}
}

// instantly is a link that answers everything at once, and keeps nothing.
type instantly ilp.Reply

func (instantly) Connected() bool { return true }

func (l instantly) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) { up.WriteReply(ilp.Reply(l)) }
