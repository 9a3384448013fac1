package dedupe

import (
	"sync/atomic"

	"github.com/ilp-go/connector/engine"
)

// Bounds of the duplicates that wait for the answers to their originals. Each keeps a
// copy of its Prepare until then. A duplicate beyond a bound is refused. It is not sent
// on, because that could move its money twice.
const (
	parkedPerOriginalMax = 64
	parkedMax            = 1 << 16
	parkedBytesMax       = 16 << 20
)

// parking counts the duplicates that wait, in all shards together, and the bytes of
// their Prepares. The zero value is empty.
type parking struct{ count, bytes atomic.Int64 }

// enter adds a duplicate of so many bytes. At a bound it adds nothing and returns false.
func (k *parking) enter(bytes int64) bool {
	count, total := k.count.Add(1), k.bytes.Add(bytes)
	if count <= parkedMax && total <= parkedBytesMax {
		return true
	}
	k.leave(1, bytes)
	return false
}

// leave takes duplicates out. It does not touch the counters for none, because all
// processors share them and most originals have no duplicates.
func (k *parking) leave(count int, bytes int64) {
	if count == 0 {
		return
	}
	k.count.Add(-int64(count))
	k.bytes.Add(-bytes)
}

// parkLocked parks a duplicate until its original is answered. At a bound it leaves the
// packet as it is and returns false.
func (m *Memory) parkLocked(o *original, p *engine.Packet) bool {
	bytes := int64(len(p.Prepare().Bytes()))
	if len(o.parked) >= parkedPerOriginalMax || !m.parked.enter(bytes) {
		return false
	}
	p.Park()
	o.parked = append(o.parked, p)
	o.parkedBytes += bytes
	return true
}
