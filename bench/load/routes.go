package load

import (
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
)

// Table makes the updates of a neighbor's routing table. It is not safe for concurrent use.
type Table struct {
	speaker string // the neighbor's address, the first hop of all its routes
	id      [16]byte
	epoch   uint32
}

// Bounds of an update.
const (
	updateRoutesMax = 225
	holdDown        = 45 * time.Second
	updateLifetime  = 5 * time.Minute
)

// NewTable returns an empty table.
func NewTable(speaker string) *Table {
	return &Table{speaker: speaker, id: [16]byte{0: 0xbe, 6: 0x40, 8: 0x80, 15: 1}}
}

// Updates returns the Prepares that announce and withdraw prefixes. The path of an announced prefix is
// the speaker and by. Each update has its share of both. The Prepares expire some minutes after now.
func (t *Table) Updates(announce, withdraw []string, by []string, now time.Time) (updates [][]byte) {
	path := append([]string{t.speaker}, by...)
	end := t.epoch + uint32(len(announce)+len(withdraw))
	for t.epoch < end {
		u := ccp.RouteUpdate{
			RoutingTableID: t.id, CurrentEpoch: end, FromEpoch: t.epoch,
			HoldDownTime: uint32(holdDown.Milliseconds()), Speaker: t.speaker,
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

// share returns how many of each go into the next update, in proportion.
func share(announce, withdraw int) (n, w int) {
	room := min(announce+withdraw, updateRoutesMax)
	n = room * announce / (announce + withdraw)
	return n, room - n
}
