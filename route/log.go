package route

import (
	"iter"
	"math"
	"slices"
)

// Log is the history of what a View advertises. Every update gets the next epoch, and the
// Log keeps only the last update of each prefix (+ is an announcement, - a withdrawal):
//
//	epoch     0   1   2   3   4   5   6   7   8 = Epoch()
//	recorded +a  +b  +c  -b  +d  +a  -d  +e
//	kept             +c  -b      +a  -d  +e
//
// A neighbor at epoch 2 has received updates 0 and 1. If it receives all kept updates from
// its epoch on, in order, it ends with the routes that we advertise, wherever it began.
// That takes withdrawals (-b), too: a neighbor that received +b must receive -b. Compact
// forgets a withdrawal once all connected neighbors have passed it:
//
//	kept             +c          +a  -d  +e
//	horizon                  ^ 4: -b is forgotten
//
// A neighbor at 1 has received +a and perhaps +b. We can no longer tell it that b is
// withdrawn, so it must begin anew at 0 under a new table id; a correct receiver then
// drops all routes that it had from us. A neighbor that began at 0 after -b was forgotten
// has never heard of b. It may continue from any epoch, even below the horizon. To tell
// the two apart, a Cursor remembers the horizon at which its neighbor began. It is valid
// for one table id.
//
// The reference keeps the routes of the old table on a new table id, so it would keep b for
// ever. For its sake Compact stops at the epoch of the slowest connected neighbor. Only the
// bound of memory overrides that: twice as many withdrawals as the table had routes, and
// 65,536 at least. Then the slow neighbor begins anew under a table id of its own, and the
// others continue under theirs.
//
// A Log has no lock of its own.
type Log struct {
	latest      map[string]record // by prefix
	order       []mark            // of all updates; those that are not the latest are stale
	withdrawals []mark            // of withdrawals, likewise
	withdrawn   int               // withdrawals in latest
	next        uint32
	horizon     uint32 // the first epoch after the last forgotten withdrawal
	restarts    uint32 // how often the epochs began at 0 again
	peak        int    // most routes since Compact last had little to keep

	keptMin, keptMax int // bounds of withdrawn, for small tables
}

// Bounds of the withdrawals that a Log keeps.
const (
	// withdrawalsKept, or a quarter of the table, may always stay, for neighbors that
	// are away for a while.
	withdrawalsKept = 1024
	// withdrawalsMax, or twice the size that the table had, may stay while a connected
	// neighbor needs them.
	withdrawalsMax = 1 << 16
)

// Update is the last update of a prefix.
type Update struct {
	Prefix string
	Route  *Route // nil for a withdrawal
	Epoch  uint32
}

// Cursor is the position of a neighbor in a Log under one table id. Log.Begin and Log.Join
// make it. Epoch may be set back and forth to the epoch that the neighbor reports.
type Cursor struct {
	// Epoch is that of the first update that the neighbor has not received.
	Epoch    uint32
	horizon  uint32 // the Log's when the neighbor began
	restarts uint32
}

// record is an Update in a map by prefix.
type record struct {
	route *Route
	epoch uint32
}

// mark says that an update of prefix has this epoch.
type mark struct {
	prefix string
	epoch  uint32
}

// NewLog returns an empty Log.
func NewLog() *Log {
	return &Log{latest: make(map[string]record), keptMin: withdrawalsKept, keptMax: withdrawalsMax}
}

// Record adds an update: prefix is announced with r, or withdrawn if r is nil. After 2^32
// updates all cursors become invalid, and epochs begin at 0 again.
func (l *Log) Record(prefix string, r *Route) {
	if l.next == math.MaxUint32 {
		l.restart()
	}
	if old, ok := l.latest[prefix]; ok && old.route == nil {
		l.withdrawn--
	}
	m := mark{prefix, l.next}
	l.next++
	l.latest[prefix] = record{r, m.epoch}
	l.order = append(l.order, m)
	if r == nil {
		l.withdrawn++
		l.withdrawals = append(l.withdrawals, m)
	}
	l.peak = max(l.peak, l.Len())
}

// Latest returns the route that prefix was last announced with. It is nil if prefix was
// withdrawn, or never announced.
func (l *Log) Latest(prefix string) *Route { return l.latest[prefix].route }

// Len returns the number of prefixes that are announced.
func (l *Log) Len() int { return len(l.latest) - l.withdrawn }

// Epoch returns the epoch of the next update. A neighbor at it has received everything.
func (l *Log) Epoch() uint32 { return l.next }

// Begin returns the cursor of a neighbor that has received nothing. It goes with a table
// id under which the neighbor has not followed another cursor.
func (l *Log) Begin() Cursor { return Cursor{horizon: l.horizon, restarts: l.restarts} }

// Join returns the cursor of a neighbor that reports epoch, when we do not know where it
// began. The neighbor has to begin anew if a later withdrawal was forgotten.
func (l *Log) Join(epoch uint32) Cursor {
	return Cursor{Epoch: epoch, horizon: math.MaxUint32, restarts: l.restarts}
}

// Since returns the next updates for a neighbor at c, at most updatesMax (1 or more), and
// the cursor after them. ok is false if the neighbor must Begin anew: the Log has forgotten
// a withdrawal that it may need, or its epoch has not been yet.
func (l *Log) Since(c Cursor, updatesMax int) (updates []Update, next Cursor, ok bool) {
	if !l.reaches(c) {
		return nil, c, false
	}
	next = c
	start, _ := slices.BinarySearchFunc(l.order, c.Epoch, compareEpoch)
	for _, m := range l.order[start:] {
		u, ok := l.at(m)
		if !ok {
			continue
		}
		if len(updates) == updatesMax {
			next.Epoch = m.epoch
			return updates, next, true
		}
		updates = append(updates, u)
	}
	next.Epoch = l.next
	return updates, next, true
}

// All yields the last update of each prefix, in the order of epochs. If the Log changes
// meanwhile, All goes on with the updates that come after the last one.
func (l *Log) All() iter.Seq[Update] {
	return func(yield func(Update) bool) {
		for next := uint32(0); ; {
			start, _ := slices.BinarySearchFunc(l.order, next, compareEpoch)
			if start == len(l.order) {
				return
			}
			for _, m := range l.order[start:] {
				next = m.epoch + 1
				if u, ok := l.at(m); ok && !yield(u) {
					return
				}
			}
		}
	}
}

// Compact frees memory; call it after every some updates. It forgets old withdrawals, the
// oldest first, but keeps a few. oldest is the smallest epoch of the connected neighbors
// that want routes, or Epoch() if there are none.
//
// Compact calls step after each part of its work. step may read the Log, but not change it.
func (l *Log) Compact(oldest uint32, step func()) {
	l.order = l.tidy(l.order, len(l.latest), step)
	l.withdrawals = l.tidy(l.withdrawals, l.withdrawn, step)
	kept := max(l.keptMin, l.Len()/4)
	most := max(l.keptMax, 2*l.peak)
	for ; len(l.withdrawals) > 0; l.withdrawals = l.withdrawals[1:] {
		m := l.withdrawals[0]
		step()
		if l.stale(m) {
			continue
		}
		if l.withdrawn <= kept || l.withdrawn <= most && m.epoch >= oldest {
			break
		}
		delete(l.latest, m.prefix)
		l.withdrawn--
		l.horizon = m.epoch + 1
	}
	if l.withdrawn <= kept {
		l.peak = l.Len()
	}
}

// reaches reports whether a neighbor that follows the log from c ends with the routes that
// we advertise.
func (l *Log) reaches(c Cursor) bool {
	return c.restarts == l.restarts && c.Epoch <= l.next &&
		(c.horizon == l.horizon || c.Epoch >= l.horizon)
}

// restart lets epochs begin at 0 again.
func (l *Log) restart() {
	order := make([]mark, 0, l.Len())
	for u := range l.All() {
		if u.Route == nil {
			delete(l.latest, u.Prefix)
			continue
		}
		epoch := uint32(len(order))
		l.latest[u.Prefix] = record{u.Route, epoch}
		order = append(order, mark{u.Prefix, epoch})
	}
	l.order, l.withdrawals, l.withdrawn = order, nil, 0
	l.next, l.horizon = uint32(len(order)), 0
	l.restarts++
}

// at returns the update at m; ok is false if a later one of the same prefix replaced it.
func (l *Log) at(m mark) (u Update, ok bool) {
	w, ok := l.latest[m.prefix]
	return Update{m.prefix, w.route, m.epoch}, ok && w.epoch == m.epoch
}

func (l *Log) stale(m mark) bool {
	_, ok := l.at(m)
	return !ok
}

// tidy returns a copy of marks without the stale ones, once there are more of those than
// used ones.
func (l *Log) tidy(marks []mark, used int, step func()) []mark {
	if len(marks) < 2*used+64 {
		return marks
	}
	tidied := make([]mark, 0, used+used/4)
	for _, m := range marks {
		if !l.stale(m) {
			tidied = append(tidied, m)
		}
		step()
	}
	return tidied
}

func compareEpoch(m mark, epoch uint32) int {
	switch {
	case m.epoch < epoch:
		return -1
	case m.epoch > epoch:
		return 1
	}
	return 0
}
