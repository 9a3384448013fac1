package route

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestFollowersConverge lets neighbors follow a log that forgets withdrawals. Whatever was
// lost, repeated or forgotten, each can be brought to the routes that are advertised now.
func TestFollowersConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &logMachine{log: NewLog(), told: make(map[string]*Route)}
		m.log.keptMin, m.log.keptMax = 2, 5
		for range 3 {
			m.followers = append(m.followers, &follower{routes: make(map[string]*Route)})
		}
		t.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"announce": m.announce,
			"withdraw": m.withdraw,
			"hear":     m.hear,
			"connect":  m.connect,
			"compact":  m.compact,
			"wrap":     func(*rapid.T) { m.log.next = max(m.log.next, math.MaxUint32-2) },
		})
	})
}

// logMachine is a log, the routes that it should announce, and neighbors that follow it.
type logMachine struct {
	log       *Log
	told      map[string]*Route
	followers []*follower
}

// follower is a neighbor, with the cursor that the speaker has for it.
type follower struct {
	routes    map[string]*Route
	epoch     uint32 // the epoch of the neighbor
	cursor    Cursor // the cursor of the speaker
	connected bool
}

func (m *logMachine) announce(t *rapid.T) {
	prefix := rapid.SampledFrom(somePrefixes).Draw(t, "prefix")
	m.told[prefix] = &Route{Prefix: prefix}
	m.log.Record(prefix, m.told[prefix])
}

func (m *logMachine) withdraw(t *rapid.T) {
	prefix := rapid.SampledFrom(somePrefixes).Draw(t, "prefix")
	if m.told[prefix] == nil {
		t.Skip("not told")
	}
	delete(m.told, prefix)
	m.log.Record(prefix, nil)
}

func (m *logMachine) connect(t *rapid.T) {
	f := rapid.SampledFrom(m.followers).Draw(t, "who")
	f.connected = !f.connected
	f.cursor.Epoch = f.epoch // as its route control says
}

// hear sends a follower some updates. They may be lost, or the answer.
func (m *logMachine) hear(t *rapid.T) {
	f := rapid.SampledFrom(m.followers).Draw(t, "who")
	if !f.connected {
		t.Skip("not connected")
	}
	lost := rapid.SampledFrom([]string{"nothing", "nothing", "update", "answer"}).Draw(t, "lost")
	m.tell(t, f, rapid.IntRange(1, 3).Draw(t, "most"), lost)
}

func (m *logMachine) tell(t *rapid.T, f *follower, most int, lost string) {
	updates, next, ok := m.log.Since(f.cursor, most)
	if !ok {
		f.cursor, f.epoch = m.log.Begin(), 0 // and a new table id
		clear(f.routes)
		return
	}
	if len(updates) > most {
		t.Fatalf("%d updates, asked for %d", len(updates), most)
	}
	if lost == "update" {
		return
	}
	if from := f.cursor.Epoch; from > f.epoch {
		t.Fatalf("an update from %d makes a gap at %d", from, f.epoch)
	}
	if lost == "nothing" {
		f.cursor = next
	}
	if f.epoch > next.Epoch {
		return // it has received these updates before
	}
	for _, u := range updates {
		if u.Route != nil {
			f.routes[u.Prefix] = u.Route
		} else {
			delete(f.routes, u.Prefix)
		}
	}
	f.epoch = next.Epoch
}

func (m *logMachine) compact(t *rapid.T) {
	oldest := m.log.Epoch()
	for _, f := range m.followers {
		if f.connected {
			oldest = min(oldest, f.cursor.Epoch)
		}
	}
	before := m.reached()
	most := max(m.log.keptMax, 2*m.log.peak)
	full := m.log.withdrawn > most
	used, withdrawn := len(m.log.latest), m.log.withdrawn
	m.log.Compact(oldest, noStep)
	if len(m.log.order) > 2*used+65 || len(m.log.withdrawals) > 2*withdrawn+65 {
		t.Fatalf("%d and %d marks for %d records", len(m.log.order), len(m.log.withdrawals), used)
	}
	if m.log.withdrawn > most {
		t.Fatalf("%d withdrawals are kept", m.log.withdrawn)
	}
	for i, f := range m.followers {
		if f.connected && before[i] && !m.log.reaches(f.cursor) && !full {
			t.Fatalf("connected follower %d at %d was cut off", i, f.cursor.Epoch)
		}
	}
}

func (m *logMachine) reached() (ok []bool) {
	for _, f := range m.followers {
		ok = append(ok, m.log.reaches(f.cursor))
	}
	return ok
}

// check lets a copy of each follower receive all updates.
func (m *logMachine) check(t *rapid.T) {
	for i, f := range m.followers {
		c := follower{routes: maps.Clone(f.routes), epoch: f.epoch, cursor: f.cursor}
		c.cursor.Epoch = c.epoch
		for steps := 0; steps == 0 || c.cursor.Epoch != m.log.Epoch() || c.cursor.restarts != m.log.restarts; steps++ {
			if m.tell(t, &c, 2, "nothing"); steps > 100 {
				t.Fatalf("follower %d does not arrive", i)
			}
		}
		if !maps.Equal(c.routes, m.told) {
			t.Fatalf("follower %d ends with %v, want %v", i, c.routes, m.told)
		}
	}
	if got := m.log.Len(); got != len(m.told) {
		t.Fatalf("%d prefixes, want %d", got, len(m.told))
	}
}

func TestSinceReturnsOnlyTheLastUpdateOfEachPrefix(t *testing.T) {
	l := NewLog()
	say(l, "+a", "+b", "+c", "-b", "+d", "+a", "-d", "+e") // the drawing of Log
	expectUpdates(t, l, l.Begin(), 9, 8, "+c2", "-b3", "+a5", "-d6", "+e7")
	expectUpdates(t, l, Cursor{Epoch: 3}, 9, 8, "-b3", "+a5", "-d6", "+e7")
	expectUpdates(t, l, Cursor{Epoch: 4}, 2, 7, "+a5", "-d6")
	expectUpdates(t, l, Cursor{Epoch: 8}, 9, 8)
	if _, _, ok := l.Since(Cursor{Epoch: 9}, 9); ok {
		t.Error("followed from an epoch that has not been")
	}
}

func TestForgottenWithdrawalCutsOffThoseThatNeedIt(t *testing.T) {
	l := NewLog()
	l.keptMin = 1
	say(l, "+a", "+b", "+c")
	_, two, _ := l.Since(l.Begin(), 2) // received +b
	say(l, "-b", "+d", "-d")
	l.Compact(l.Epoch(), noStep)
	expectUpdates(t, l, l.Begin(), 9, 6, "+a0", "+c2", "-d5")
	if _, _, ok := l.Since(two, 9); ok {
		t.Error("a neighbor that received +b need not begin anew")
	}
	later := two
	later.Epoch = 3 // where -b was
	if _, _, ok := l.Since(later, 9); ok {
		t.Error("a neighbor before the forgotten withdrawal need not begin anew")
	}
	later.Epoch = 4
	expectUpdates(t, l, later, 9, 6, "-d5")

	_, late, _ := l.Since(l.Begin(), 1) // at 2 as well, but has not received +b
	if late.Epoch != two.Epoch {
		t.Fatalf("at %d, want %d", late.Epoch, two.Epoch)
	}
	expectUpdates(t, l, late, 9, 6, "+c2", "-d5")
}

func TestConnectedNeighborKeepsWithdrawalsUpToABound(t *testing.T) {
	l := NewLog()
	l.keptMin, l.keptMax = 1, 4
	say(l, "+x")
	_, slow, _ := l.Since(l.Begin(), 9)
	for i := range 3 {
		say(l, fmt.Sprint("+", i), fmt.Sprint("-", i))
		l.Compact(slow.Epoch, noStep)
	}
	if _, _, ok := l.Since(slow, 9); !ok {
		t.Fatal("cut off below the bound")
	}
	say(l, "+3", "-3", "+4", "-4", "+5", "-5")
	l.Compact(slow.Epoch, noStep)
	if _, _, ok := l.Since(slow, 9); ok || l.withdrawn > 4 {
		t.Errorf("%d withdrawals are kept", l.withdrawn)
	}
}

// TestWithdrawalOfTheWholeTableIsKept until connected neighbors have received it.
func TestWithdrawalOfTheWholeTableIsKept(t *testing.T) {
	l := NewLog()
	l.keptMin, l.keptMax = 1, 2
	for i := range 1000 {
		say(l, fmt.Sprint("+", i))
	}
	_, heard, _ := l.Since(l.Begin(), 2000)
	for i := range 1000 {
		say(l, fmt.Sprint("-", i))
		l.Compact(heard.Epoch, noStep)
	}
	if updates, _, ok := l.Since(heard, 2000); !ok || len(updates) != 1000 {
		t.Errorf("%d updates, %t", len(updates), ok)
	}
	l.Compact(l.Epoch(), noStep)
	if l.withdrawn != 1 {
		t.Errorf("%d withdrawals are kept, though all neighbors have received them", l.withdrawn)
	}
	say(l, "+a", "-a", "+b", "-b", "+c", "-c")
	if l.Compact(heard.Epoch, noStep); l.withdrawn > 2 {
		t.Errorf("%d withdrawals are kept of a table that is small again", l.withdrawn)
	}
}

func TestFlappingPrefixTakesNoSpace(t *testing.T) {
	l := NewLog()
	say(l, "+stays")
	for range 100_000 {
		say(l, "+a", "-a")
		l.Compact(0, noStep)
	}
	if len(l.latest) != 2 || cap(l.order) > 1000 || cap(l.withdrawals) > 1000 {
		t.Errorf("%d records, room for %d and %d marks", len(l.latest), cap(l.order), cap(l.withdrawals))
	}
}

func TestEpochsBeginAgainWhenTheyRunOut(t *testing.T) {
	l := NewLog()
	say(l, "+a", "+b", "-a", "+c")
	_, end, _ := l.Since(l.Begin(), 9)
	l.next = math.MaxUint32
	end.Epoch = l.next
	expectUpdates(t, l, end, 9, math.MaxUint32)
	say(l, "+d")
	if _, _, ok := l.Since(end, 9); ok {
		t.Error("a cursor of the old numbers is still good")
	}
	if _, _, ok := l.Since(Cursor{Epoch: 2}, 9); ok {
		t.Error("an old epoch is taken for a new one")
	}
	expectUpdates(t, l, l.Begin(), 9, 3, "+b0", "+c1", "+d2")
}

// say records updates such as +a and -a.
func say(l *Log, words ...string) {
	for _, w := range words {
		var r *Route
		if w[0] == '+' {
			r = &Route{Prefix: w[1:]}
		}
		l.Record(w[1:], r)
	}
}

func expectUpdates(t *testing.T, l *Log, from Cursor, most int, wantNext uint32, want ...string) {
	t.Helper()
	updates, next, ok := l.Since(from, most)
	var got []string
	for _, u := range updates {
		sign := "+"
		if u.Route == nil {
			sign = "-"
		}
		got = append(got, fmt.Sprint(sign, u.Prefix, u.Epoch))
	}
	if !ok || !slices.Equal(got, want) || next.Epoch != wantNext {
		t.Errorf("since %d: %q, next %d, %t; want %q, next %d", from.Epoch, got, next.Epoch, ok, want, wantNext)
	}
}
