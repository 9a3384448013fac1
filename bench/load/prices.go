package load

import (
	"fmt"
	"sync/atomic"
)

// Prices are prices of the process under test that change while packets flow. One table of them is a
// version, and versions count from 0. What arrives of a packet tells the version that converted it,
// so the load sees a packet that no single table has converted, and one that an old table has.
type Prices struct {
	// amount returns what arrives of an amount at a version of the prices.
	amount  func(sent uint64, sender, receiver int, version uint32) uint64
	offered atomic.Uint32
	seen    atomic.Uint32
	latest  []conversion // of each sender
}

// conversion is the version that has converted the packet with the highest number of a sender.
type conversion struct {
	seq     uint64
	version uint32
}

// NewPrices returns prices of version 0. amount returns what arrives of an amount at a version.
func NewPrices(amount func(sent uint64, sender, receiver int, version uint32) uint64) *Prices {
	return &Prices{amount: amount}
}

// Offer says that a version may be in force from now on. Versions before it may be for a while. It is
// called before the process hears of the version, from any goroutine.
func (p *Prices) Offer(version uint32) { p.offered.Store(version) }

// Seen returns the newest version that has converted a packet. It is safe for concurrent use.
func (p *Prices) Seen() uint32 { return p.seen.Load() }

// check compares an amount that has arrived with the versions that may have converted the packet.
// These are none before the version of the label, since that had converted a packet before this one
// was sent. A sender's packets come to the process one after the other, so they do not go back to an
// older version, whichever receivers they are for.
func (p *Prices) check(l label, receiver int, came uint64) error {
	newest := p.offered.Load()
	version, found := p.versionOf(l, receiver, came, newest)
	if !found {
		return fmt.Errorf("the amount is %d, which no table of prices from version %d to %d makes of %d", came, l.version, newest, l.amount())
	}
	latest := &p.latest[l.sender]
	switch {
	case l.seq > latest.seq && version < latest.version:
		return fmt.Errorf("version %d of the prices has converted the packet, but version %d had converted packet %d before", version, latest.version, latest.seq)
	case l.seq < latest.seq && version > latest.version:
		return fmt.Errorf("version %d of the prices has converted the packet, but version %d converted packet %d after it", version, latest.version, latest.seq)
	case l.seq > latest.seq:
		*latest = conversion{l.seq, version}
	}
	if version > p.seen.Load() { // the load alone writes it
		p.seen.Store(version)
	}
	return nil
}

// versionOf returns the version that makes what came of the amount of a packet.
func (p *Prices) versionOf(l label, receiver int, came uint64, newest uint32) (uint32, bool) {
	for v := int64(newest); v >= int64(l.version); v-- {
		if p.amount(l.amount(), int(l.sender), receiver, uint32(v)) == came {
			return uint32(v), true
		}
	}
	return 0, false
}
