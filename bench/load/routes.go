package load

import (
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
)

// Table is the routing table of a neighbor: the source of its updates. It is not
// safe for concurrent use.
type Table struct {
	// Speaker is the neighbor's address, the first hop of all its routes.
	Speaker string
	id      [16]byte
	epoch   uint32
}

// Bounds of an update.
const (
	updateRoutesMax = 225
	holdDown        = 45 * time.Second
	updateLifetime  = 5 * time.Minute
)

// NewTable makes an empty table.
func NewTable(speaker string) *Table {
	return &Table{Speaker: speaker, id: [16]byte{0: 0xbe, 6: 0x40, 8: 0x80, 15: 1}}
}

// Updates are the Prepares that announce prefixes, on a path by way of the hops,
// and withdraw others: both in each update, as far as they last. now is when they
// are made; they are good for a few minutes.
func (t *Table) Updates(announce, withdraw []string, by []string, now time.Time) (updates [][]byte) {
	path := append([]string{t.Speaker}, by...)
	end := t.epoch + uint32(len(announce)+len(withdraw))
	for t.epoch < end {
		u := ccp.RouteUpdate{
			RoutingTableID: t.id, CurrentEpoch: end, FromEpoch: t.epoch,
			HoldDownTime: uint32(holdDown.Milliseconds()), Speaker: t.Speaker,
		}
		n, w := share(len(announce), len(withdraw))
		for _, prefix := range announce[:n] {
			u.NewRoutes = append(u.NewRoutes, ccp.Route{Prefix: prefix, Path: path})
		}
		u.WithdrawnRoutes = withdraw[:w]
		announce, withdraw = announce[n:], withdraw[w:]
		t.epoch += uint32(n + w)
		u.ToEpoch = t.epoch
		updates = append(updates, u.Append(nil, now.Add(updateLifetime).UnixMilli()))
	}
	return updates
}

// share is how many of each go into the next update: in proportion.
func share(announce, withdraw int) (n, w int) {
	room := min(announce+withdraw, updateRoutesMax)
	n = room * announce / (announce + withdraw)
	return n, room - n
}
