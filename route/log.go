package route

import (
	"iter"
	"math"
	"slices"
)

// Log is what a View told, numbered for neighbors to follow. Every word about a
// prefix gets the next epoch, and only the last word about each prefix is kept:
//
//	epoch   0   1   2   3   4   5   6   7   8 = Epoch()
//	said   +a  +b  +c  -b  +d  +a  -d  +e
//	kept           +c  -b      +a  -d  +e
//
// A neighbor at epoch 2 has heard of 0 and 1; whoever is told all kept words from
// its epoch on, in order, ends with what we tell, wherever it began. That includes
// withdrawals (-b), although they are about nothing: a neighbor that heard +b must
// hear -b. Compact forgets them once all neighbors that listen have passed them:
//
//	kept           +c          +a  -d  +e
//	horizon                ^ 4: -b is forgotten
//
// To a neighbor at 1, which heard +a and perhaps +b, we cannot tell any more what
// became of b. It must begin anew from 0 under a table id that it has not heard yet,
// whereupon a right receiver drops all it had from us. A neighbor that began at 0
// after b was forgotten is not in that plight at any epoch, as it never heard of b;
// therefore a Cursor remembers the horizon under which it began, and lives as long as
// the table id that was given to the neighbor with it.
//
// The reference keeps the old table's routes on a new table id, and would keep b for
// ever. So Compact takes the epoch of the slowest neighbor that is connected, and only
// a bound of memory overrides that: withdrawals of twice the size that the table had,
// and 65,536 at the least. The table id need not be the same for all neighbors: that
// of one who must begin anew changes, and the others are not disturbed.
//
// A Log belongs to the goroutine of its RIB.
type Log struct {
	latest    map[string]word // by prefix
	order     []mark          // of all words; those not the latest any more are void
	gone      []mark          // of withdrawals, likewise
	withdrawn int             // withdrawals in latest
	next      uint32
	horizon   uint32 // the first epoch after the last withdrawal forgotten
	restarts  uint32 // how often the numbers began at 0 again
	peak      int    // most routes since few withdrawals were kept

	keptMin, keptMax int // bounds of withdrawn, for small tables
}

// Bounds of the withdrawals that a Log keeps.
const (
	// withdrawalsKept, or a quarter of the table, may stay in any case, for neighbors
	// that are away for a while.
	withdrawalsKept = 1024
	// withdrawalsMax, or twice what the table was, may stay while a neighbor that is
	// connected needs them.
	withdrawalsMax = 1 << 16
)

// Update is the last word about a prefix.
type Update struct {
	Prefix string
	Route  *Route // nil if it was withdrawn
	Epoch  uint32
}

// Cursor is how far a neighbor has followed a Log under one table id. Log.Begin makes
// it. Epoch may be set back and forth to what the neighbor says it is at.
type Cursor struct {
	// Epoch is the first one that the neighbor has not heard of.
	Epoch    uint32
	horizon  uint32 // the Log's when the neighbor began
	restarts uint32
}

// word is an Update in a map by prefix.
type word struct {
	route *Route
	epoch uint32
}

// mark says that something was said about prefix at epoch.
type mark struct {
	prefix string
	epoch  uint32
}

// NewLog is a Log in which nothing was said.
func NewLog() *Log {
	return &Log{latest: make(map[string]word), keptMin: withdrawalsKept, keptMax: withdrawalsMax}
}

// Record says r about prefix, or withdraws it if r is nil. The epochs suffice for
// 2^32 words; then all cursors fail, and the next words count from 0 again.
func (l *Log) Record(prefix string, r *Route) {
	if l.next == math.MaxUint32 {
		l.restart()
	}
	if old, ok := l.latest[prefix]; ok && old.route == nil {
		l.withdrawn--
	}
	m := mark{prefix, l.next}
	l.next++
	l.latest[prefix] = word{r, m.epoch}
	l.order = append(l.tidy(l.order, len(l.latest)), m)
	if r == nil {
		l.withdrawn++
		l.gone = append(l.tidy(l.gone, l.withdrawn), m)
	}
	l.peak = max(l.peak, l.Len())
}

// Told is the last word about prefix, nil if it was withdrawn or never told.
func (l *Log) Told(prefix string) *Route { return l.latest[prefix].route }

// Len is the number of prefixes told and not withdrawn.
func (l *Log) Len() int { return len(l.latest) - l.withdrawn }

// Epoch is the epoch of the next word, at which a neighbor has heard everything.
func (l *Log) Epoch() uint32 { return l.next }

// Begin is the cursor of a neighbor that has heard nothing. Under the table id that
// goes with it the neighbor must not have followed another cursor.
func (l *Log) Begin() Cursor { return Cursor{horizon: l.horizon, restarts: l.restarts} }

// Join is the cursor of a neighbor that says it is at epoch, of which it is not known
// how it came there. It has to begin anew if a withdrawal was forgotten since.
func (l *Log) Join(epoch uint32) Cursor {
	return Cursor{Epoch: epoch, horizon: math.MaxUint32, restarts: l.restarts}
}

// Since is what a neighbor at c has to hear next, at most updatesMax words (one at
// the least), and where it is then. If ok is false, a withdrawal that it may need was
// forgotten, or it is at an epoch that has not been: it must Begin anew.
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

// All is the last word about each prefix, in the order of epochs. The Log must not
// change in between.
func (l *Log) All() iter.Seq[Update] {
	return func(yield func(Update) bool) {
		for _, m := range l.order {
			if u, ok := l.at(m); ok && !yield(u) {
				return
			}
		}
	}
}

// Compact forgets old withdrawals, the oldest first, except for a few. oldest is the
// smallest epoch of the neighbors that are connected and want routes, or Epoch() if
// there are none. Its cost is that of what it forgets; call it after every change.
func (l *Log) Compact(oldest uint32) {
	kept := max(l.keptMin, l.Len()/4)
	most := max(l.keptMax, 2*l.peak)
	for ; len(l.gone) > 0; l.gone = l.gone[1:] {
		m := l.gone[0]
		if l.void(m) {
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

// reaches reports whether following the log from c ends with what we tell.
func (l *Log) reaches(c Cursor) bool {
	return c.restarts == l.restarts && c.Epoch <= l.next &&
		(c.horizon == l.horizon || c.Epoch >= l.horizon)
}

// restart counts epochs from 0 again.
func (l *Log) restart() {
	order := make([]mark, 0, l.Len())
	for u := range l.All() {
		if u.Route == nil {
			delete(l.latest, u.Prefix)
			continue
		}
		epoch := uint32(len(order))
		l.latest[u.Prefix] = word{u.Route, epoch}
		order = append(order, mark{u.Prefix, epoch})
	}
	l.order, l.gone, l.withdrawn = order, nil, 0
	l.next, l.horizon = uint32(len(order)), 0
	l.restarts++
}

// at is what was said at m; ok is false if that is not the last word any more.
func (l *Log) at(m mark) (u Update, ok bool) {
	w, ok := l.latest[m.prefix]
	return Update{m.prefix, w.route, m.epoch}, ok && w.epoch == m.epoch
}

func (l *Log) void(m mark) bool {
	_, ok := l.at(m)
	return !ok
}

// tidy takes the void marks out once they are more than the used ones and a few.
func (l *Log) tidy(marks []mark, used int) []mark {
	if len(marks) < 2*used+64 {
		return marks
	}
	return slices.DeleteFunc(marks, l.void)
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
