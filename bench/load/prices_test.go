//go:build linux

package load

import (
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

// atVersion is the amount that arrives in these tests.
func atVersion(sent uint64, _, receiver int, version uint32) uint64 {
	return sent * uint64(1000*(receiver+1)+int(version))
}

func newTestPrices(offered uint32) *Prices {
	p := NewPrices(atVersion)
	p.latest = make([]conversion, 2)
	p.Offer(offered)
	return p
}

func TestPacketIsConvertedAtOneVersionInForce(t *testing.T) {
	type packet struct {
		sender, receiver int
		seq              uint64
		sentAt, version  uint32 // the newest version when it was sent, and that of its amount
	}
	for name, c := range map[string]struct {
		packets []packet
		more    uint64 // added to the amount of the last packet
		wrong   string // what the error says of the last packet
	}{
		"one version":                        {packets: []packet{{0, 0, 1, 0, 0}, {0, 1, 2, 0, 0}}},
		"a newer version comes":              {packets: []packet{{0, 0, 1, 0, 1}, {0, 1, 2, 0, 3}}},
		"packets arrive out of order":        {packets: []packet{{0, 0, 2, 0, 3}, {0, 1, 1, 0, 2}}},
		"another sender is still behind":     {packets: []packet{{0, 0, 1, 0, 3}, {1, 0, 1, 0, 2}}},
		"an amount of no version":            {packets: []packet{{0, 0, 1, 0, 1}}, more: 1, wrong: "no table"},
		"a version that is not offered yet":  {packets: []packet{{0, 0, 1, 0, 4}}, wrong: "no table"},
		"an older version than when sent":    {packets: []packet{{0, 0, 1, 0, 3}, {1, 0, 1, 3, 2}}, wrong: "no table of prices from version 3 to 3"},
		"an older version than one before":   {packets: []packet{{0, 0, 1, 0, 3}, {0, 1, 2, 0, 2}}, wrong: "had converted packet 1 before"},
		"a newer version than one behind it": {packets: []packet{{0, 0, 2, 0, 1}, {0, 1, 1, 0, 2}}, wrong: "converted packet 2 after it"},
		"the price of another receiver":      {packets: []packet{{0, 1, 1, 0, 0}}, more: sampleLabel.amount() * 1000, wrong: "no table"},
	} {
		p := newTestPrices(3)
		for i, one := range c.packets {
			l := sampleLabel
			l.sender, l.seq, l.version = uint32(one.sender), one.seq, one.sentAt
			came := atVersion(l.amount(), one.sender, one.receiver, one.version)
			if last := i == len(c.packets)-1; !last {
				if err := p.check(l, one.receiver, came); err != nil {
					t.Errorf("%s: packet %d: %v", name, i, err)
				}
			} else if err := p.check(l, one.receiver, came+c.more); (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want %q", name, err, c.wrong)
			}
		}
	}
}

// The fake converts every packet at a version that rises, and the load knows it from the amounts.
// With stale true the fake goes back once.
func TestLoadKnowsTheVersionsOfPrices(t *testing.T) {
	for _, stale := range []bool{false, true} {
		prices := NewPrices(atVersion)
		var packets uint32
		l := dialFake(t, func(p *btp.Packet, packet []byte) [][]byte {
			if p.Type != btp.TypeMessage {
				return [][]byte{packet}
			}
			prepare, err := ilp.ParsePrepare(packet)
			if err != nil {
				t.Error(err)
				return nil
			}
			packets++
			version := packets / 10
			prices.Offer(version)
			if stale && version > 2 {
				version = 1
			}
			prepare.SetAmount(atVersion(prepare.Amount(), 0, 0, version))
			return [][]byte{prepare.Bytes()}
		}, func(o *Options) { o.Prices = prices })
		phases, err := l.Run(t.Context(), Plan{
			Window: 4, Packets: 100, Core: OnAnyCore, Aim: short().Aim, Phases: []Phase{{Duration: time.Millisecond, Until: l.sentAll}},
			CPU: short().CPU,
		})
		switch {
		case stale && (err == nil || !strings.Contains(err.Error(), "no table of prices from version")):
			t.Errorf("it went back, and the error is %v", err)
		case !stale && (err != nil || prices.Seen() != 10 || l.Answered() != 100):
			t.Errorf("%d packets, version %d, %d phases, %v", l.Answered(), prices.Seen(), len(phases), err)
		}
	}
}
