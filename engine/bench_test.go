package engine_test

import (
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/rate"
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

// BenchmarkSetRates is a new table of prices of 30 currencies, with a spread.
func BenchmarkSetRates(b *testing.B) {
	const currencies = 30
	n := enginetest.New()
	for i := range currencies {
		n.Add(b, currency(i), ilptest.NewLink(), enginetest.Asset(currency(i)), enginetest.Scale(uint8(6+i%3)))
	}
	spread, err := rate.NewSpread(big.NewRat(2, 1000))
	if err != nil {
		b.Fatal(err)
	}
	for version := 0; b.Loop(); version++ {
		n.SetRates(rate.NewPriceTable("bench", versioned(version%100, currencies).Prices(), nil, spread))
	}
}
