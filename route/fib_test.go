package route

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// TestFollowIsRightHoweverMuchChanges sets and removes thousands of prefixes, so that the
// table grows and clears removed slots.
func TestFollowIsRightHoweverMuchChanges(t *testing.T) {
	w := newWeb(3000)
	random := rand.New(rand.NewPCG(1, 2))
	rib, table := NewRIB(), new(Table)
	ann, ben := Neighbor{Account: "ann"}, Neighbor{Account: "ben", LocalPreference: 1}
	rebuilt := 0
	for range 60 {
		var changes []Change
		note := func(c Change, changed bool) {
			if changed {
				changes = append(changes, c)
			}
		}
		for range 500 {
			prefix := w.prefixes[random.IntN(len(w.prefixes))]
			switch random.IntN(4) {
			case 0:
				note(rib.Learn(ann, Route{Prefix: prefix}))
			case 1:
				note(rib.Learn(ben, Route{Prefix: prefix}))
			case 2:
				note(rib.Withdraw("ann", prefix))
			case 3:
				note(rib.Withdraw("ben", prefix))
			}
		}
		next := table.Follow(changes, someNumber)
		if next != table {
			rebuilt++
		}
		table = next
		fresh := tableOf(rib, someNumber)
		for _, destination := range w.destinations[:1000] {
			got, ok := table.Next(destination)
			if want, wantOK := fresh.Next(destination); ok != wantOK || ok && got != want {
				t.Fatalf("%s leads to %d, %t, want %d, %t", destination, got, ok, want, wantOK)
			}
		}
		if got, want := table.slots.live, fresh.slots.live; got != want {
			t.Fatalf("%d prefixes, want %d", got, want)
		}
	}
	if rebuilt < 4 || rebuilt > 50 || len(table.slots.at) > 20_000 {
		t.Errorf("%d times another table, %d slots in the end", rebuilt, len(table.slots.at))
	}
}

// TestFollowDuringLookups checks that a lookup sees a change or does not, and is right about
// all prefixes that do not change.
func TestFollowDuringLookups(t *testing.T) {
	const still, flapping, rounds = 300, 1000, 30
	number := func(account string) (Hop, bool) { return map[string]Hop{"ann": 1, "ben": 2}[account], true }
	var latest atomic.Pointer[Table]
	var changes []Change
	for i := range still {
		prefix := fmt.Sprint("g.still.", i)
		changes = append(changes, Change{Prefix: prefix, New: &Route{Prefix: prefix, NextHop: "ann"}})
	}
	latest.Store(new(Table).Follow(changes, number))

	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if hop, ok := latest.Load().Next(fmt.Append(nil, "g.still.", i%still, ".x")); !ok || hop != 1 {
					t.Errorf("hop %d, %t of a prefix that never changed", hop, ok)
					return
				}
				if hop, ok := latest.Load().Next(fmt.Append(nil, "g.flap.", i%flapping)); ok && hop != 2 {
					t.Errorf("hop %d, which it never had", hop)
					return
				}
			}
		})
	}
	for round := range rounds {
		changes = changes[:0]
		for i := range flapping {
			prefix := fmt.Sprint("g.flap.", i)
			c := Change{Prefix: prefix, New: &Route{Prefix: prefix, NextHop: "ben"}}
			if round%2 == 1 {
				c.Old, c.New = c.New, nil
			}
			changes = append(changes, c)
		}
		latest.Store(latest.Load().Follow(changes, number))
	}
	close(done)
	readers.Wait()
}

func TestFollowAllocatesNothing(t *testing.T) {
	r := &Route{Prefix: "g.a.b", NextHop: "ann"}
	there, away := []Change{{Prefix: r.Prefix, New: r}}, []Change{{Prefix: r.Prefix, Old: r}}
	table := new(Table).Follow(there, someNumber)
	if n := testing.AllocsPerRun(100, func() {
		if table.Follow(away, someNumber) != table || table.Follow(there, someNumber) != table {
			t.Error("another table")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
